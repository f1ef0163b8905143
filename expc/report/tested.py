"""The cells of a table in, on how many examples their runs were tested, where that is known, out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from expc.report.cells import Cell
from expc.report.experiment import Experiment, Metric, Stage, Table, Trial
from expc.report.familiar import described
from expc.report.headings import OWN
from expc.report.left import predicted_rows
from expc.report.notes import LEVELS, listed

Counts = frozenset[int]
"""Those of a cell's runs: several of folds, mostly."""


def tested(table: Table, cells: Sequence[Cell], experiment: Experiment) -> Iterator[str]:
    """One sentence; and what differs where cells of one data set weren't tested on equally many."""
    found = _found(table, cells, experiment)
    same = {name: next(iter(counts)) for name, counts in found.items() if len(counts) == 1}
    if same:
        several = len({name for cell in cells for name in cell.measured_on}) > 1
        yield f"Test examples of each run: {listed(list(_sets(same, named=several)))}."
    for name, counts in found.items():
        if len(counts) > 1:
            parts = [f"{_span(some)} for {_first(cells)}" for some, cells in sorted(counts.items(), key=_most)]
            of = f" of {name}" if name else ""
            yield f"Not all were tested on the same examples{of}, so that they don't compare: {'; '.join(parts)}."


def _found(table: Table, cells: Sequence[Cell], experiment: Experiment) -> dict[str, dict[Counts, list[str]]]:
    """Data set -> how many examples -> the cells tested on so many, by their levels."""
    stage = experiment.stages[table.stage]
    metrics = {ref: stage.metric(ref) for ref in table.metrics}
    shown = {trial for cell in cells for trial in cell.trials}
    planned = {trial["id"]: trial for trial in experiment.planned() if trial["id"] in shown}
    found: dict[str, dict[Counts, list[str]]] = {}
    for cell in cells:
        met: dict[str, set[int]] = {}
        for trial in cell.trials:
            for name, count in _examples(planned[trial], cell, metrics[cell.metric], stage, experiment):
                met.setdefault(name, set()).add(count)
        for name, counts in met.items():
            named = found.setdefault(name, {}).setdefault(frozenset(counts), [])
            if (levels := " ".join((*cell.row, *cell.column))) not in named:
                named.append(levels)
    return found


def _examples(
    trial: Trial, cell: Cell, metric: Metric, stage: Stage, experiment: Experiment
) -> Iterator[tuple[str, int]]:
    """By the prepared data where a checkpoint is tested, else by what the trial itself predicted."""
    if stage.tests(metric):
        for _, on, data, rule in trial["evaluate"]:
            count = described(data).get("examples", {}).get("test")
            if rule == metric.tested_at and on in cell.measured_on and count:
                yield on, count
    elif metric.split == "test" and (metric.computed or trial["data"] is not None):
        own = experiment.own_data(trial)
        for on in cell.measured_on:
            count = predicted_rows(trial["id"], "" if on == own else on)
            if count:
                yield on, count


def _span(counts: Counts) -> str:
    return " to ".join(f"{count:,}" for count in dict.fromkeys((min(counts), max(counts))))


def _sets(same: Mapping[str, Counts], *, named: bool) -> Iterator[str]:
    """Those with equally many together: `181 (plain, bold)`."""
    names: dict[Counts, list[str]] = {}
    for name, counts in same.items():
        names.setdefault(counts, []).append(name)
    for counts, mine in names.items():
        yield f"{_span(counts)} ({', '.join(name or OWN for name in mine)})" if named else _span(counts)


def _most(counted: tuple[Counts, Iterable[str]]) -> tuple[int, int]:
    return -max(counted[0]), -min(counted[0])


def _first(names: Sequence[str]) -> str:
    return listed([*names[:LEVELS], f"{len(names) - LEVELS} more"] if len(names) > LEVELS else names)
