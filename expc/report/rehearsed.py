"""What the trials of a rehearsal left in, for each condition whether it works and what was seen of it out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from expc.report.experiment import PREDICTIONS, Metric, Stage, stage_of
from expc.report.left import read_curves_of, read_log
from expc.report.measured import Curve, Curves, has_row, value
from expc.report.ranges import meant, spelled
from expc.runner.outcome import LOG, evaluation_file, folder, header, outcome_file, planned, stated

State = Literal["ok", "running", "broken", "not tried"]
Names = set[tuple[str, str]]
"""Metrics, by split and name."""


@dataclass(frozen=True)
class Seen:
    """One condition of one stage. A program of one's own may have been `running` when its time was up."""

    stage: str
    condition: Mapping[str, str]
    state: State
    words: str
    log: Path
    kind: str = ""
    """Of what broke: the outcome's, or `evaluation`, or `metrics`, or `range`, or `value`, or `curve`."""
    network: str = ""
    """What it had of it, as its outcome says."""


def rehearsed(plan: Path, limit: int) -> list[Seen]:
    """What was seen of each condition, in the plan's order. `plan` is in the scratch project; `limit` is in seconds."""
    scratch, top = plan.parents[2], header(plan)
    figures = _figures(scratch, str(top.get("name", "")))
    return [_seen(trial, top["stages"][trial["stage"]], scratch, limit, figures) for trial in planned(plan)]


def _figures(scratch: Path, name: str) -> Mapping[str, Any]:
    """What the spec draws; its workflow was written into the scratch project."""
    path = scratch / "workflow" / "experiments.json"
    asked = json.loads(path.read_bytes())["experiments"].get(name, {}) if path.is_file() else {}
    return dict(asked.get("figures", {}))


def _seen(
    trial: Mapping[str, Any], stage: Mapping[str, Any], scratch: Path, limit: int, figures: Mapping[str, Any]
) -> Seen:
    log, outcome = scratch / folder(trial["id"]) / "log.txt", stated(scratch / outcome_file(trial["id"]), trial["id"])
    if outcome is None:
        return Seen(trial["stage"], trial["condition"], "not tried", "it could not be started", log)
    state, words = _judged(trial, stage, scratch, limit, figures, outcome)
    kind = words.partition(":")[0] if state == "broken" else ""
    return Seen(trial["stage"], trial["condition"], state, words, log, kind, outcome.get("network", ""))


def _judged(
    trial: Mapping[str, Any],
    stage: Mapping[str, Any],
    scratch: Path,
    limit: int,
    figures: Mapping[str, Any],
    outcome: Mapping[str, Any],
) -> tuple[State, str]:
    if outcome["status"] == "cancelled":
        return "not tried", outcome["cause"]["detail"]
    curves = read_curves_of(trial, scratch)
    names = {(curve.split, curve.name) for curve in curves}
    cause = outcome["cause"]
    if cause and cause["kind"] == "time" and trial["time"] == limit:
        return "running", f"still running after {limit} s, and stopped: {_so_far(names, scratch, trial)}"
    if cause:
        return "broken", f"{cause['kind']}: {cause['detail']}"
    read = read_log(trial, scratch)
    if read and read["status"] == "failed":
        return "broken", f"metrics: {read['cause']['detail']}"
    models = (identity for identity, *_, rule in trial["evaluate"] if rule != LOG)
    made = [stated(scratch / evaluation_file(trial["id"], identity), identity) for identity in models]
    whole = stage_of(trial["stage"], stage)
    broken = _evaluated(names, made, stage) or _outside(curves, made, whole)
    if not broken and stage.get("task") is None:  # one step of a template says little of where it leads
        drawn = {name: one["y"] for name, one in figures.items() if one["stage"] == trial["stage"]}
        broken = _not_finite(curves, whole) or _undrawn(curves, drawn)
    return broken or ("ok", f"{outcome['seconds']:.1f} s")


def _evaluated(
    names: Names, made: Sequence[Mapping[str, Any] | None], stage: Mapping[str, Any]
) -> tuple[State, str] | None:
    """What is wrong with the evaluations of a trial that ended well, or with what it measured."""
    for evaluation in made:
        if evaluation is None or evaluation["status"] == "failed":
            detail = evaluation["cause"]["detail"] if evaluation else "it was not made; snakemake.log says more"
            return "broken", f"evaluation: {detail}"
        names = names | {("test", name) for name in evaluation["metrics"]}
    absent = [
        asked["ref"]
        for asked in stage["metrics"]
        if (asked["split"], asked["name"]) not in names and not asked["rule"].startswith(PREDICTIONS)
    ]
    if not absent:
        return None
    return "broken", f"metrics: the spec asks for {', '.join(absent)}, and it measured {_listed(names)}"


def _outside(curves: Curves, made: Sequence[Mapping[str, Any] | None], stage: Stage) -> tuple[State, str] | None:
    """A number that no table would count, since the metric can't have it."""
    for metric in stage.metrics:
        span = stage.ranges.get(metric.name)
        found = list(_values(curves, made, metric, stage)) if span and not metric.computed else []
        for number in found:
            if span and not stage.within_range(metric.name, number):
                hint = meant([number], span)
                words = f"{metric.ref} is {number:.6g}, outside of its range {spelled(span)}, and won't count"
                return "broken", f"range: {words}{f': {hint}' if hint else ''}"
    return None


def _not_finite(curves: Curves, stage: Stage) -> tuple[State, str] | None:
    """A metric that an own program has written, and that is no number."""
    for metric in stage.metrics:
        on = (curve.on for curve in curves if curve == Curve(metric.split, metric.name, curve.on))
        if not metric.computed and any(
            has_row(curves, metric, stage, name) and value(curves, metric, stage, name) is None for name in on
        ):
            return "broken", f"value: {metric.ref} is not finite, and won't count"
    return None


def _undrawn(curves: Curves, drawn: Mapping[str, Mapping[str, str]]) -> tuple[State, str] | None:
    """A figure of what an own program has measured in no step."""
    stepped = {(one.split, one.name) for one, steps in curves.items() if {*steps} - {None}}
    for figure, y in drawn.items():
        if (y["split"], y["name"]) not in stepped:
            wanted = f"{y['split']}.{y['name']}"
            return "broken", f"curve: figure {figure} draws {wanted} by step, and there are steps of {_listed(stepped)}"
    return None


def _values(curves: Curves, made: Sequence[Mapping[str, Any] | None], metric: Metric, stage: Stage) -> Iterator[float]:
    """On every data set that it was measured on."""
    if stage.tests(metric):
        found = [(one or {}).get("metrics", {}).get(metric.name) for one in made]
    else:
        on = dict.fromkeys(curve.on for curve in curves if curve == Curve(metric.split, metric.name, curve.on))
        found = [value(curves, metric, stage, name) for name in on]
    yield from (number for number in found if number is not None)


def _so_far(names: Names, scratch: Path, trial: Mapping[str, Any]) -> str:
    measured = f"it has measured {_listed(names)}" if names else "it has measured nothing yet"
    checkpoints = scratch / folder(trial["id"]) / "checkpoints"
    saved = checkpoints.is_dir() and any(checkpoints.iterdir())
    return f"{measured}, and saved {'a checkpoint' if saved else 'no checkpoint'}"


def _listed(names: Names) -> str:
    return ", ".join(name if split == "test" else f"{split}.{name}" for split, name in sorted(names)) or "nothing"
