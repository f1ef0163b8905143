"""Two runs of the same trials in, for each trial what the second measured otherwise out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from expc.report.experiment import Metric, Stage, stage_of
from expc.report.left import read_curves_of
from expc.report.measured import Value
from expc.report.predicted import FILE, computed, predicted_on, read_predictions
from expc.runner.outcome import evaluation_file, folder, header, outcome_file, planned, predictions_file, stated

DONE = "done"


class _Place(NamedTuple):
    """Of a number: which metric, on which data set, and at which step or by which checkpoint."""

    metric: str
    on: str
    at: str


@dataclass(frozen=True)
class Differs:
    """A trial that measured something else when it ran again. `words` say what, one for each metric."""

    stage: str
    condition: Mapping[str, str]
    seed: int
    words: tuple[str, ...]


def repeated(plan: Path, before: Path) -> list[Differs]:
    """The trials of a rehearsal's plan that differ, without those that take from one that does. `before` is a
    project that holds the first run's, that of `plan` holds the second's. How long something took isn't compared."""
    project, stages = plan.parents[2], header(plan)["stages"]
    differing: set[str] = set()
    found: list[Differs] = []
    for trial in planned(plan):
        taken = {source for source, _ in trial["from"].values()}
        words = () if taken & differing else tuple(_differences(trial, stages[trial["stage"]], before, project))
        if words:
            found.append(Differs(trial["stage"], trial["condition"], trial["seed"], words))
        if words or taken & differing:
            differing.add(trial["id"])
    return found


def _differences(trial: Mapping[str, Any], said: Mapping[str, Any], before: Path, project: Path) -> Iterator[str]:
    stage = stage_of(trial["stage"], said)
    one, other = (numbers(root, trial, stage) for root in (before, project))
    ended, again = (_ended(root, trial) for root in (before, project))
    if ended == DONE and again not in (DONE, None):
        yield f"it ended well, and then it did not: {again}"
        return
    met: set[tuple[str, str]] = set()
    for place in {**one, **other}:
        in_both = place in one and place in other
        if (in_both and one[place] == other[place]) or not (in_both or (ended == again == DONE)) or place[:2] in met:
            continue
        met.add(place[:2])  # the first step at which they part says more than all that follow
        yield _words(place, one.get(place), other.get(place))


def _words(place: _Place, one: Value, other: Value) -> str:
    where = "".join([place.metric, f" on {place.on}" if place.on else "", place.at])
    if one is None or other is None:
        return f"{where}: {_number(one)}, and then {_number(other)}"
    return f"{where}: {_number(one)}, and then {_number(other)} ({abs(one - other):.2g} apart)"


def _number(value: Value) -> str:
    return "nothing" if value is None else f"{value:.6g}"


def _ended(root: Path, trial: Mapping[str, Any]) -> str | None:
    """How it ended by itself; None if it was stopped, so that chance says how far it had come."""
    outcome = stated(root / outcome_file(trial["id"]), trial["id"])
    if outcome is None:
        return "it could not be started"
    cause = outcome["cause"]
    if cause is None:
        return DONE
    return None if cause["kind"] == "time" else f"{cause['kind']}: {cause['detail']}"


def numbers(root: Path, trial: Mapping[str, Any], stage: Stage) -> dict[_Place, Value]:
    """What a trial and its evaluations measured of the spec's metrics."""
    metrics = [metric for metric in stage.metrics if metric.name not in stage.timing]
    return {
        **dict(_written(root, trial, [metric for metric in metrics if not metric.computed])),
        **dict(_evaluated(root, trial, [metric for metric in metrics if metric.split == "test"])),
        **dict(_predicted(root, trial, [metric for metric in metrics if metric.computed])),
    }


def _written(root: Path, trial: Mapping[str, Any], metrics: list[Metric]) -> Iterator[tuple[_Place, Value]]:
    for curve, steps in read_curves_of(trial, root).items():
        if any((metric.split, metric.name) == (curve.split, curve.name) for metric in metrics):
            name = curve.name if curve.split == "test" else f"{curve.split}.{curve.name}"
            for step, number in steps.items():
                yield _Place(name, curve.on, "" if step is None else f" at step {step:g}"), number


def _evaluated(root: Path, trial: Mapping[str, Any], metrics: list[Metric]) -> Iterator[tuple[_Place, Value]]:
    for identity, on, _, rule in trial["evaluate"]:
        found = stated(root / evaluation_file(trial["id"], identity), identity)
        measured = (found or {}).get("metrics") or {}
        for metric in metrics:
            if metric.name in measured:
                yield _Place(metric.name, on, f" of the checkpoint {rule}"), measured[metric.name]


def _predicted(root: Path, trial: Mapping[str, Any], metrics: list[Metric]) -> Iterator[tuple[_Place, Value]]:
    for metric in metrics:
        files = {"": root / folder(trial["id"]) / FILE}
        if metric.tested_at:
            asked = [(on, identity) for identity, on, _, rule in trial["evaluate"] if rule == metric.tested_at]
            files = {on: root / predictions_file(trial["id"], identity) for on, identity in asked}
        for name, path in files.items():
            text = read_predictions(path)
            for on in predicted_on(text):
                yield _Place(metric.ref, on or name, ""), computed(text, metric.computed, on)[0]
