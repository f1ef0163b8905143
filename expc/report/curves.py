"""The curves of an experiment and a figure's definition in, the mean curve of each series out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import NamedTuple

from expc.report.cells import Levels, grouped, relevant, replicates, selected, sorted_keys, trained
from expc.report.experiment import ON, Experiment, Figure, selector
from expc.report.longform import read_points, read_results

Curve = Mapping[float, float]


class Run(NamedTuple):
    """A planned trial, measured on one data set; its curve is empty if it isn't done."""

    trial: str
    stage: str
    seeds: tuple[str, ...]
    levels: Mapping[str, str]
    curve: Curve


class MeanPoint(NamedTuple):
    """The mean at a step over the `n` replicates that reached it; `sd` is that of the sample, from two on."""

    step: float
    mean: float
    sd: float | None
    n: int


@dataclass(frozen=True)
class Series:
    """`levels` are those of the figure's `by`; of the replicates that are planned (`of`), `n` have a curve."""

    levels: Levels
    selected: Levels
    points: tuple[MeanPoint, ...]
    n: int
    of: int


def runs(figure: Figure, experiment: Experiment) -> list[Run]:
    """Every planned trial that the figure shows, those without a curve too."""
    curves: dict[str, dict[str, dict[float, float]]] = {}
    for point in read_points(experiment, figure.stage, f"{figure.split}.{figure.y}"):
        if point.status == "done" and point.value is not None:
            curves.setdefault(point.trial, {}).setdefault(point.on, {})[point.step] = point.value
    return relevant(figure, _runs(figure, experiment, curves), experiment)


def series(figure: Figure, shown: Sequence[Run], experiment: Experiment) -> tuple[Series, ...]:
    """The series of the runs that a figure shows, in the order of the factors' levels."""
    chosen: Mapping[Levels, Levels] = {}
    if figure.select:
        metric = selector(figure, experiment.stages[figure.stage])
        chosen = selected(figure, read_results(experiment), metric, experiment)
    groups = grouped(shown, figure.by)
    return tuple(_series(figure, key, groups[key], chosen) for key in sorted_keys(groups, figure.by, experiment))


def _runs(figure: Figure, experiment: Experiment, curves: Mapping[str, Mapping[str, Curve]]) -> Iterator[Run]:
    for trial in experiment.planned():
        if trial["stage"] == figure.stage:
            above = (str(trial["seeds"].get(stage, "")) for stage in experiment.seed_stages)
            seeds = (str(trial["seed"]), *above, str(trial.get("fold", "")))
            levels = {factor: trial["condition"].get(factor, "") for factor in experiment.factors}
            found = curves.get(trial["id"], {})
            for on in dict.fromkeys((experiment.own_data(trial), *found)):
                yield Run(trial["id"], figure.stage, seeds, {ON: on, **levels}, found.get(on, {}))


def _series(figure: Figure, key: Levels, members: list[Run], chosen: Mapping[Levels, Levels]) -> Series:
    levels = chosen.get(trained(figure, key), ())
    if figure.select:
        members = grouped(members, figure.select).get(levels, [])
    whole = [_mean_curve([run.curve for run in found]) for found in replicates(members, figure.average).values()]
    curves = [curve for curve in whole if curve]
    steps = sorted({step for curve in curves for step in curve})
    points = (_point(step, [curve[step] for curve in curves if step in curve]) for step in steps)
    return Series(key, levels, tuple(points), len(curves), len(whole))


def _mean_curve(curves: Sequence[Curve]) -> Curve:
    """The mean at the steps that all curves have."""
    steps = set.intersection(*(set(curve) for curve in curves)) if curves else set()
    return {step: fmean(curve[step] for curve in curves) for step in steps}


def _point(step: float, values: Sequence[float]) -> MeanPoint:
    return MeanPoint(step, fmean(values), stdev(values) if len(values) > 1 else None, len(values))
