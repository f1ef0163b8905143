"""The cells of a table in, on how many examples their runs were tested, where that is known, out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache

from expc.report.cells import Cell
from expc.report.experiment import Experiment, Metric, Table, Trial
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


def _found(
    table: Table, cells: Sequence[Cell], experiment: Experiment
) -> Mapping[str, Mapping[Counts, Mapping[str, None]]]:
    """Data set -> how many examples -> the cells tested on so many, by their levels."""
    found: dict[str, dict[Counts, dict[str, None]]] = {}
    for cell, met in zip(cells, _met(table, cells, experiment), strict=True):
        for name, counts in met.items():
            found.setdefault(name, {}).setdefault(frozenset(counts), {})[" ".join((*cell.row, *cell.column))] = None
    return found


def _met(table: Table, cells: Sequence[Cell], experiment: Experiment) -> Sequence[Mapping[str, set[int]]]:
    """For each cell: data set -> on how many examples the trials were tested that its mean is of.

    Of the others nobody knows it: a trial that failed, or still runs, has left some of its predictions."""
    found: list[dict[str, set[int]]] = [{} for _ in cells]
    for place, on, count in _counted(table, cells, experiment):
        found[place].setdefault(on, set()).add(count)
    return found


def _counted(table: Table, cells: Sequence[Cell], experiment: Experiment) -> Iterator[tuple[int, str, int]]:
    """A cell's place, a data set, and on how many of its examples one of the cell's trials was tested."""
    metrics = map(experiment.stages[table.stage].metric, table.metrics)
    told = [metric for metric in metrics if _is_told(metric, table, experiment)]
    places = _places(cells, {metric.ref for metric in told})
    size = cache(_size)  # data sets are few, trials many
    for trial in experiment.planned() if places else ():
        mine = places.get(trial["id"], ())
        examples = _examples(trial, told, experiment, size) if mine else {}
        for place in mine:
            known = examples.get(cells[place].metric, {})
            shown = cells[place].measured_on
            yield from ((place, on, count) for on, count in known.items() if count and on in shown)


def _is_told(metric: Metric, table: Table, experiment: Experiment) -> bool:
    """Whether anything may say on how many examples it is measured; of what a program measures by itself, nothing."""
    predicts = metric.split == "test" and bool(metric.computed or experiment.data_names)
    return predicts or experiment.stages[table.stage].tests(metric)


def _places(cells: Sequence[Cell], told: Collection[str]) -> Mapping[str, Sequence[int]]:
    """For each trial that counts in the mean of a cell of these metrics, the places of such cells."""
    found: dict[str, list[int]] = {}
    for place, cell in enumerate(cells):
        for trial in cell.counted if cell.metric in told else ():
            found.setdefault(trial, []).append(place)
    return found


def _examples(
    trial: Trial, told: Sequence[Metric], experiment: Experiment, size: Callable[[str], int]
) -> Mapping[str, Mapping[str, int]]:
    """By metric and data set: the prepared data's where a checkpoint is tested, else what the trial predicted."""
    stage = experiment.stages[trial["stage"]]
    tests = {
        one.ref: {on: size(data) for _, on, data, at in trial["evaluate"] if at == one.tested_at}
        for one in told
        if stage.tests(one)
    }
    predicts = [one.ref for one in told if one.ref not in tests and (one.computed or trial["data"] is not None)]
    return {**tests, **dict.fromkeys(predicts, _predicted(trial, experiment) if predicts else {})}


def _size(data: str) -> int:
    count: int = described(data).get("examples", {}).get("test", 0)
    return count


def _predicted(trial: Trial, experiment: Experiment) -> Mapping[str, int]:
    own, found = experiment.own_data(trial), predicted_rows(trial["id"])
    return {own: found.get("", 0)} | {on: count for on, count in found.items() if on not in ("", own)}


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


def _first(levels: Iterable[str]) -> str:
    names = list(levels)
    return listed([*names[:LEVELS], f"{len(names) - LEVELS} more"] if len(names) > LEVELS else names)
