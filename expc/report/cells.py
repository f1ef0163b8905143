"""The measurements of an experiment and a table's definition in, the table's cells out.

Replicates are the seed paths of a cell: a trial's seed, those of what it took from, and its fold. A replicate's value
is the mean over the averaged factors' levels; one that lacks any of them isn't counted, so that n < N shows the hole.
A cell's mean and spread are over its replicates."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import Protocol, TypeVar

from expc.errors import ExpcError
from expc.report.experiment import ON, Experiment, Metric, Table, View
from expc.report.longform import Measurement

Levels = tuple[str, ...]


class Placed(Protocol):
    """What stands somewhere in the design, whatever was measured there."""

    @property
    def trial(self) -> str: ...
    @property
    def stage(self) -> str: ...
    @property
    def seeds(self) -> tuple[str, ...]: ...
    @property
    def levels(self) -> Mapping[str, str]: ...


P = TypeVar("P", bound=Placed)
K = TypeVar("K", bound=Hashable)

Replicates = Mapping[Levels, Sequence[Measurement]]


@dataclass(frozen=True)
class Summary:
    """`values` has one value for each of the `n` replicates that are whole, of `of`; `sd` is that of the sample."""

    mean: float | None
    sd: float | None
    n: int
    of: int
    values: tuple[float, ...]


@dataclass(frozen=True)
class Cell:
    """`row` and `column` are levels in the order of the table's factors, `selected` the levels chosen on validation.

    `trials` are all that were planned for the cell, `counted` those whose values its mean is of, `measured_on` the data
    sets, `marked` why trials are marked."""

    row: Levels
    column: Levels
    metric: str
    summary: Summary
    selected: Levels
    trials: tuple[str, ...]
    counted: tuple[str, ...]
    measured_on: frozenset[str]
    marked: tuple[str, ...]
    best: bool = False
    chosen_by: str = ""
    """The metric by which levels were selected."""


def cells(table: Table, measurements: Sequence[Measurement], experiment: Experiment) -> tuple[Cell, ...]:
    """The cells that hold planned trials: by rows, then columns, then metrics."""
    stage = experiment.stages[table.stage]
    shown = relevant(table, measurements, experiment)
    keys = sorted_keys(grouped(shown, table.by), table.by, experiment)
    found = []
    for ref in table.metrics:
        metric = stage.metric(ref)
        by, chosen = _choice(table, measurements, metric, experiment) if table.select else ("", {})
        groups = grouped((m for m in shown if m.metric == ref), table.by)
        made = [_cell(table, key, metric, groups[key], chosen) for key in keys if key in groups]
        made = [replace(cell, chosen_by=by) for cell in made]
        found += _with_best(made, stage.goals.get(metric.name))
    place = {key: number for number, key in enumerate(keys)}
    return tuple(sorted(found, key=lambda cell: place[*cell.row, *cell.column]))  # stable: the metrics keep their order


def _choice(
    table: Table, measurements: Sequence[Measurement], metric: Metric, experiment: Experiment
) -> tuple[str, dict[Levels, Levels]]:
    """The metric by which levels are selected, and the levels: where a metric has no value on validation data at
    all, by the first one of the table that has."""
    stage = experiment.stages[table.stage]
    others = [stage.metric(ref) for ref in table.metrics if stage.metric(ref) != metric]
    for one in (metric, *(other for other in others if other.name in stage.goals)):
        chosen = selected(table, measurements, one.on_validation(), experiment)
        if chosen:
            return one.on_validation().ref, chosen
    return metric.on_validation().ref, {}


def relevant(view: View, placed: Iterable[P], experiment: Experiment) -> list[P]:
    """What the view shows: its stage, at the fixed levels, on the trial's own data unless the view names `on`."""
    own = {} if ON in view.named else {trial["id"]: experiment.own_data(trial) for trial in experiment.planned()}
    shown = [
        one
        for one in placed
        if one.stage == view.stage
        and all(one.levels[factor] == level for factor, level in view.at.items())
        and (not own or one.levels[ON] == own.get(one.trial))
    ]
    for factor in unnamed(view, experiment):
        if not determines([name for name in view.named if name != ON], factor, shown):
            ways = "show it, or name it under average, at or select"
            raise ExpcError(f"{view.name} doesn't say what to do with the factor {factor!r}: {ways}")
    return shown


def unnamed(view: View, experiment: Experiment) -> list[str]:
    """The factors of its stage that a view says nothing of: those that it names must leave them one level."""
    return [factor for factor in experiment.stages[view.stage].factors if factor not in view.named]


def determines(factors: Iterable[str], other: str, placed: Iterable[Placed]) -> bool:
    """Whether the levels of some factors leave one of another, wherever anything stands."""
    names = list(factors)
    met: dict[Levels, str] = {}
    return all(
        met.setdefault(tuple(one.levels[name] for name in names), one.levels[other]) == one.levels[other]
        for one in placed
    )


def grouped(placed: Iterable[P], by: Sequence[str]) -> dict[Levels, list[P]]:
    groups: dict[Levels, list[P]] = {}
    for one in placed:
        groups.setdefault(tuple(one.levels[factor] for factor in by), []).append(one)
    return groups


def sorted_keys(groups: Mapping[Levels, object], by: Sequence[str], experiment: Experiment) -> list[Levels]:
    """The groups' levels in the order of the spec; data sets measured on in that of their first appearance."""
    met = tuple(dict.fromkeys(level for key in groups for factor, level in zip(by, key, strict=True) if factor == ON))
    orders = [{level: n for n, level in enumerate(experiment.factors.get(factor, met))} for factor in by]
    return sorted(groups, key=lambda key: [order[level] for order, level in zip(orders, key, strict=True)])


def replicates(placed: Iterable[P], average: Sequence[str]) -> dict[Levels, list[P]]:
    """For each seed path what was measured at the averaged levels; nothing if any level of the cell is not planned."""
    paths: dict[Levels, dict[Levels, P]] = {}
    for one in placed:
        paths.setdefault(one.seeds, {})[tuple(one.levels[factor] for factor in average)] = one
    wanted = {levels for found in paths.values() for levels in found}
    return {path: list(found.values()) if len(found) == len(wanted) else [] for path, found in paths.items()}


def summary(measurements: Iterable[Measurement], average: Sequence[str]) -> Summary:
    return _summary(replicates(measurements, average))


def _summary(found: Replicates) -> Summary:
    values = [fmean(numbers) for members in found.values() if (numbers := _numbers(members))]
    mean = fmean(values) if values else None
    return Summary(mean, stdev(values) if len(values) > 1 else None, len(values), len(found), tuple(values))


def _numbers(members: Sequence[Measurement]) -> list[float]:
    """A replicate's values; nothing if it lacks any."""
    numbers = [member.value for member in members if member.value is not None]
    return numbers if len(numbers) == len(members) else []


def selected(
    view: View, measurements: Iterable[Measurement], metric: Metric, experiment: Experiment
) -> dict[Levels, Levels]:
    """For each group of the view the levels of the selected factors that are best in `metric`, the first on ties.

    `metric` is one on validation data, which is the trial's own: the data measured on plays no part in the choice."""
    blind = _blind(view)
    goal = experiment.stages[view.stage].goal(metric, f"{view.name}: selecting {', '.join(view.select)}")
    groups = grouped((m for m in relevant(blind, measurements, experiment) if m.metric == metric.ref), blind.by)
    chosen = {}
    for key, members in groups.items():
        candidates = grouped(members, view.select)
        ordered = sorted_keys(candidates, view.select, experiment)
        best = leaders({levels: summary(candidates[levels], blind.average) for levels in ordered}, goal)
        chosen.update({key: best[0]} if best else {})
    return chosen


def leaders(candidates: Mapping[K, Summary], goal: str) -> list[K]:
    """Those with the best mean, unrounded. One with holes can lead only where none is complete: trials that failed
    were often the worse ones, and what is left of them flatters."""
    counted = {key: found for key, found in candidates.items() if found.mean is not None}
    eligible = {key: found for key, found in counted.items() if found.n == found.of} or counted
    means = {key: found.mean for key, found in eligible.items() if found.mean is not None}
    best = (max if goal == "maximize" else min)(means.values(), default=None)
    return [key for key, mean in means.items() if mean == best]


def trained(view: View, key: Levels) -> Levels:
    """The levels of a group of the view, less that of `on`, which is not the training's: what is selected for."""
    return tuple(level for factor, level in zip(view.by, key, strict=True) if factor != ON)


def _blind(view: View) -> View:
    """The view without the data measured on."""
    at = {factor: level for factor, level in view.at.items() if factor != ON}
    by, average = (tuple(factor for factor in factors if factor != ON) for factors in (view.by, view.average))
    return replace(view, by=by, average=average, at=at)


def _cell(
    table: Table, key: Levels, metric: Metric, members: list[Measurement], chosen: Mapping[Levels, Levels]
) -> Cell:
    levels: Levels | None = chosen.get(trained(table, key)) if table.select else ()
    if levels is None:  # nothing to choose by: the cell stays empty, and says of how many
        levels, members = (), [member._replace(value=None) for member in members]
    elif table.select:
        members = grouped(members, table.select).get(levels, [])
    found = replicates(members, table.average)
    return Cell(
        row=key[: len(table.rows)],
        column=key[len(table.rows) :],
        metric=metric.ref,
        summary=_summary(found),
        selected=levels,
        trials=tuple(dict.fromkeys(member.trial for member in members)),
        counted=tuple(dict.fromkeys(one.trial for whole in found.values() if _numbers(whole) for one in whole)),
        measured_on=frozenset(member.levels[ON] for member in members),
        marked=tuple(dict.fromkeys(member.marked for member in members if member.marked)),
    )


def _with_best(found: list[Cell], goal: str | None) -> list[Cell]:
    """The best of each column is marked as such, among what was measured on the same data; none where all are equal."""
    best: set[int] = set()
    rivals: dict[Hashable, dict[int, Summary]] = {}
    for number, cell in enumerate(found):
        rivals.setdefault((cell.column, cell.measured_on), {})[number] = cell.summary
    for candidates in rivals.values():
        counted = [rival for rival in candidates.values() if rival.n]
        alike = len({(rival.mean, rival.n == rival.of) for rival in counted}) == 1
        if goal and not alike:
            best.update(leaders(candidates, goal))
    return [replace(cell, best=number in best) for number, cell in enumerate(found)]
