"""A figure's series and runs in, the sentences below its axes out."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from expc.report import notes
from expc.report.cells import trained
from expc.report.covered import said as lying
from expc.report.curves import Run, Series
from expc.report.experiment import Experiment, Figure, selector
from expc.report.kept import SIGN, footnotes, kept
from expc.report.losses import counts
from expc.report.reach import said as leaving
from expc.report.uncounted import undrawn
from expc.runner import outcome

# The runner isn't typed, for old Pythons' sake: here is what it gives.
_status: Callable[[str], str | None] = outcome.status


def caption(figure: Figure, found: Sequence[Series], shown: Sequence[Run], experiment: Experiment) -> str:
    """What the lines and bands are, what was averaged, fixed and selected, and what is not in them."""
    lost = dict.fromkeys(run.trial for run in shown if not run.curve)
    statuses = {run.trial: (_status(run.trial) or "missing") if run.trial in lost else "done" for run in shown}
    said = [
        *_lines(figure, found, shown, statuses, experiment),
        *notes.reduced(figure, shown, experiment),
        *_selection(figure, found, experiment),
        *notes.unequal(figure, shown),
    ]
    trained = dict.fromkeys(run.trial for run in shown)
    old = footnotes(kept((trial for trial in trained if trial not in lost), experiment), len(trained))
    return " ".join(
        (*said, *counts(statuses, lost), *(f"{note.removeprefix(f'{SIGN} ').rstrip('.')}." for note in old))
    )


def _lines(
    figure: Figure,
    found: Sequence[Series],
    shown: Sequence[Run],
    statuses: Mapping[str, str],
    experiment: Experiment,
) -> Iterator[str]:
    points = [(point, one.n) for one in found for point in one.points]
    whole = all(one.n == one.of for one in found)
    if any(point.sd is not None for point, _ in points):
        # without a colour there is no legend that says it
        alone = f" (n={found[0].n})" if figure.color is None and whole and found else ""
        differ = notes.differing([one.seeds for one in shown])
        yield f"Line: mean over runs that differ in their {differ}{alone}; band: ± 1 sample standard deviation."
    elif points:
        yield "No line has two runs or more: there is no band."
    elif done := [run for run in shown if statuses[run.trial] == "done"]:
        yield f"There is no curve: {undrawn(figure, done, experiment)}."
    else:
        yield f"There are no curves{' yet' if 'missing' in statuses.values() else ''}."
    if any(point.n < n for point, n in points):
        yield f"Thin, without a band: not every run reached this {figure.label}."
    yield from lying(figure, found)
    yield from leaving(figure, found)
    yield from notes.holes((one.n, one.of) for one in found)


def _selection(figure: Figure, found: Sequence[Series], experiment: Experiment) -> Iterator[str]:
    if figure.select:
        chosen = {trained(figure, one.levels): one.selected for one in found if one.selected}
        yield notes.selection(figure, selector(figure, experiment.stages[figure.stage]).ref, chosen)
