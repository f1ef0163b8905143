"""The text of a metrics.jsonl in, the value of a metric by its rule out."""

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import NamedTuple

from expc.report.experiment import Metric, Stage

Step = int | float | None
Value = int | float | None


class Curve(NamedTuple):
    """What a curve is of: `on` is empty for the trial's own data."""

    split: str
    name: str
    on: str


Curves = Mapping[Curve, Mapping[Step, Value]]


def read_curves(text: str) -> Curves:
    """The values of each curve by step, in the order of first appearance; a later row replaces an earlier one."""
    curves: dict[Curve, dict[Step, Value]] = {}
    for curve, step, number in _rows(text):
        curves.setdefault(curve, {})[step] = number
    return curves


def value(curves: Curves, metric: Metric, stage: Stage) -> Value:
    """The metric's row without a step, else the one at the step that its rule names; None if there is none."""
    steps = curves.get(Curve(metric.split, metric.name, ""), {})
    if None in steps:
        return steps[None]
    return steps.get(_step(curves, steps, metric, stage))


def _rows(text: str) -> Iterator[tuple[Curve, Step, Value]]:
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except ValueError:  # torn by the end of a trial that failed
            continue
        match row:  # a failed trial may have failed because of its rows: those that aren't are passed over
            case {"name": str(name), "value": number}:
                split, on, step = row.get("split") or "test", row.get("on") or "", row.get("step")
                if isinstance(split, str) and isinstance(on, str) and (step is None or _finite(step) is not None):
                    yield Curve(split, name, on), step, _finite(number)


def _finite(number: object) -> Value:
    if isinstance(number, int | float) and not isinstance(number, bool) and isfinite(number):
        return number
    return None


def _step(curves: Curves, steps: Mapping[Step, Value], metric: Metric, stage: Stage) -> Step:
    last = max((step for step in steps if step is not None), default=None)
    kind, _, argument = metric.rule.partition("-")
    match kind:
        case "step":
            return int(argument)
        case "best":
            split, _, name = argument.partition(".")
            by = Metric(argument, split, name, "")
            return _best(curves, by, stage.goal(by, f"{metric.ref}, at the best {argument},"))
        case "auto":
            first = stage.metrics[0]
            best = _best(curves, first.on_validation(), stage.goals[first.name]) if first.name in stage.goals else None
            return last if best is None else best
        case _:
            return last


def _best(curves: Curves, metric: Metric, goal: str) -> Step:
    """The earliest step at which the metric is best."""
    steps = curves.get(Curve(metric.split, metric.name, ""), {})
    ranked = {step: found for step, found in steps.items() if step is not None and found is not None}
    sign = -1 if goal == "maximize" else 1
    return min(ranked, key=lambda step: (sign * ranked[step], step), default=None)
