"""An experiment in, its metrics without a number that counts and its figures without a curve out, with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from expc.report.curves import Run, runs
from expc.report.experiment import Experiment, Figure, Metric, Stage, read_experiment
from expc.report.left import read_curves_of, stated_outcome
from expc.report.longform import Measurement, read_results
from expc.report.losses import Gap, gaps
from expc.report.ranges import meant, spelled


def uncounted(name: str) -> Iterator[str]:
    """A sentence for each: that all trials are done says nothing, where their tables are empty."""
    experiment = read_experiment(name)
    found = [one for one in read_results(experiment) if one.status == "done"]
    for stage in experiment.stages.values():
        for metric in stage.metrics:
            mine = [one for one in found if (one.stage, one.metric) == (stage.name, metric.ref)]
            if mine and all(one.value is None for one in mine):
                yield f"NO NUMBER COUNTS: {metric.ref} {_why(mine, metric, stage, experiment)}"
    for figure in experiment.figures.values():
        shown = runs(figure, experiment)
        if any(run.curve for run in shown):  # before any outcome is read: there are as many as runs
            continue
        if done := [run for run in shown if (stated_outcome(run.trial) or {}).get("status") == "done"]:
            yield f"NO CURVE IN FIGURE {figure.name}: {undrawn(figure, done, experiment)}"


def undrawn(figure: Figure, done: Sequence[Run], experiment: Experiment) -> str:
    """Why a figure is empty although trials are done: what they have measured by step, in the figure's place."""
    wanted = f"{figure.split}.{figure.y}"
    ended = {run.trial for run in done}
    left = [read_curves_of(trial) for trial in experiment.planned() if trial["id"] in ended]
    written = {f"{one.split}.{one.name}" for curves in left for one in curves}
    stepped = {f"{one.split}.{one.name}" for curves in left for one, values in curves.items() if {*values} - {None}}
    if wanted in stepped:
        return f"{wanted} is not finite in any step"
    said = f"{wanted} was measured {'once, without a step' if wanted in written else 'in no step'}"
    return f"{said}; the trials that are done have steps of {', '.join(sorted(stepped)) or 'nothing'}"


def _why(mine: Sequence[Measurement], metric: Metric, stage: Stage, experiment: Experiment) -> str:
    lost = [gap for _, gap in gaps(mine, experiment)]
    kinds = {gap.kind for gap in lost}
    span = stage.ranges.get(metric.name)
    if kinds == {"outside"} and span:
        numbers = [float(gap.why) for gap in lost]
        hint = meant(numbers, span)
        return (
            f"lies outside of its range {spelled(span)} wherever it was measured, as {numbers[0]:.6g} does{_and(hint)}"
        )
    if kinds == {"absent"}:
        return f"was never measured; the trials wrote {_first(lost)}"
    return f"has no value in any of the trials that are done: {_first(lost)}"


def _first(lost: Sequence[Gap]) -> str:
    return next((gap.why for gap in lost if gap.kind != "outside"), "the notes below the tables say why")


def _and(hint: str) -> str:
    return f": {hint}" if hint else ""
