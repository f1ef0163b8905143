"""The text of a metrics.jsonl in, the value of a metric by its rule out."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

from expc.report.experiment import Metric, Stage

Step = int | float | None
Value = int | float | None


class Curve(NamedTuple):
    """What a curve is of: `on` is empty for the trial's own data."""

    split: str
    name: str
    on: str


Curves = Mapping[Curve, Mapping[Step, Value]]


def read_curves(text: str, printed: str = "") -> Curves:
    """The values of each curve by step, in the order of first appearance; a later row replaces an earlier one, and one
    that the program wrote that of a pattern. `printed` are those that patterns found in its log."""
    curves: dict[Curve, dict[Step, Value]] = {}
    for curve, step, number in _rows([*_parsed(printed.split("\n")), *_parsed(text.split("\n"))]):
        curves.setdefault(curve, {})[step] = number
    return curves


def value(curves: Curves, metric: Metric, stage: Stage, on: str = "") -> Value:
    """The metric's row without a step, else the one at the step that its rule names; None if there is none.

    `on` is the data set measured on; the step is chosen on the trial's own."""
    steps = curves.get(Curve(metric.split, metric.name, on), {})
    return steps.get(_chosen(curves, steps, metric, stage))


def has_row(curves: Curves, metric: Metric, stage: Stage, on: str = "") -> bool:
    """Whether there is a row for the metric by its rule, even if its value isn't finite."""
    steps = curves.get(Curve(metric.split, metric.name, on), {})
    return _chosen(curves, steps, metric, stage) in steps


def _rows(parsed: Sequence[Any]) -> Iterator[tuple[Curve, Step, Value]]:
    # A failed trial may have failed because of its rows: what is none is passed over.
    for row in parsed:
        if not (isinstance(row, dict) and isinstance(row.get("name"), str) and "value" in row):
            continue
        split, on, step = row.get("split") or "test", row.get("on") or "", row.get("step")
        if isinstance(split, str) and isinstance(on, str) and (step is None or _finite(step) is not None):
            yield Curve(split, row["name"], on), step, _finite(row["value"])


def _parsed(lines: Sequence[str]) -> list[Any]:
    whole = [line for line in lines if line]
    try:
        rows: list[Any] = json.loads(f"[{','.join(whole)}]")  # at once: a file has hundreds of rows, a plan many files
    except (ValueError, RecursionError):  # its end was torn when the trial was
        return [row for line in whole for row in _read(line)]
    return rows


def _read(line: str) -> list[Any]:
    try:
        return [json.loads(line)]
    except (ValueError, RecursionError):
        return []


def _finite(number: object) -> Value:
    if isinstance(number, float):
        return number if isfinite(number) else None
    whole = isinstance(number, int) and not isinstance(number, bool) and abs(number) <= sys.float_info.max
    return number if isinstance(number, int) and whole else None


def _chosen(curves: Curves, steps: Mapping[Step, Value], metric: Metric, stage: Stage) -> Step:
    return None if None in steps else _step(curves, steps, metric, stage)


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
