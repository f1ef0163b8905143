"""The cells of a table in, the sentences that say how many test examples of a data set stand in the training data of
another one, from which a trial learned, out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from expc.report.cells import Cell
from expc.report.experiment import RESULTS, Experiment, Table, Trial
from expc.report.familiar import PER_CENT

SIZE = 8
"""Bytes of a digest, one for each example."""

Pairs = Mapping[str, Mapping[str, None]]
"""What was learned from -> what was tested then, by ids: each fold of a data set has its own."""


def overlapping(table: Table, cells: Sequence[Cell], experiment: Experiment) -> Iterator[str]:
    """A sentence for each two sets; nothing where the prepared data are gone, or were made before this."""
    counts: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for learned, tested, met, of in _met(_pairs(table, cells, experiment), experiment.data_names):
        counts.setdefault((learned, experiment.data_names[tested]), []).append((met, of))
    for (learned, tested), folds in counts.items():
        met, total = (sum(numbers) for numbers in zip(*folds, strict=True))
        if met and met * PER_CENT >= total:
            yield (
                f"{met} of the {total} test examples of {tested} are among the training data of {learned}, the same in"
                " all: whoever learned them there by heart has them right."
            )


def _pairs(table: Table, cells: Sequence[Cell], experiment: Experiment) -> Pairs:
    """Without those that were learned from and tested alike: data.json tells of these."""
    stage = experiment.stages[table.stage]
    if len(experiment.data_names) < 2 or not any(stage.tests(stage.metric(ref)) for ref in table.metrics):
        return {}
    shown: dict[str, set[str]] = {}
    for cell in cells:
        for trial in cell.trials:
            shown.setdefault(trial, set()).update(cell.measured_on)
    planned = {trial["id"]: trial for trial in experiment.planned()}
    pairs: dict[str, dict[str, None]] = {}
    for trial, measured_on in shown.items():
        tested = [data for _, on, data, _ in planned[trial]["evaluate"] if on in measured_on]
        for one in _learned(planned[trial], planned):
            pairs.setdefault(one, {}).update({other: None for other in tested if other != one})
    return pairs


def _learned(trial: Trial, planned: Mapping[str, Trial]) -> dict[str, None]:
    """The data of a trial, and of what it takes from."""
    found = {} if trial["data"] is None else {trial["data"]: None}
    for source, _ in trial["from"].values():
        found |= _learned(planned[source], planned) if source in planned else {}
    return found


def _met(pairs: Pairs, names: Mapping[str, str]) -> Iterator[tuple[str, str, int, int]]:
    """The name of what was learned from, the id of what was tested, how many of its examples stand there, of how many.

    Folds share most of their training data: an example that stands in several of one set counts once."""
    examples = {one: _digests(one, "test") for one in {one: None for tested in pairs.values() for one in tested}}
    met: dict[tuple[str, str], set[int]] = {}
    for learned, tested in pairs.items():
        wanted = {digest for one in tested for digest in examples[one]}
        found = wanted.intersection(_digests(learned, "train") if wanted else ())  # of these there may be a million
        for one in tested:
            met.setdefault((names[learned], one), set()).update(found)
    for (learned, one), there in met.items():
        yield learned, one, sum(digest in there for digest in examples[one]), len(examples[one])


def _digests(identity: str, part: str) -> Sequence[int]:
    try:
        found = (RESULTS / "data" / identity / f"{part}.digests").read_bytes()
    except OSError:
        return ()
    return memoryview(found[: len(found) // SIZE * SIZE]).cast("Q")
