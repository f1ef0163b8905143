"""The folders of an experiment's trials in, results.csv and curves.csv out."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expc.report.experiment import Experiment, Metric, Stage, Trial, read_experiment
from expc.report.longform import curves_columns, results_columns
from expc.report.measured import Curves, Value, read_curves, value
from expc.runner import outcome
from expc.whole import replacing

# The runner isn't typed, for old Pythons' sake: here is what it gives.
_folder: Callable[[str], str] = outcome.folder
_outcome_file: Callable[[str], str] = outcome.outcome_file
_evaluation_file: Callable[[str, str], str] = outcome.evaluation_file
_stated: Callable[[str, str], dict[str, Any] | None] = outcome.stated
_fallen: Callable[[Trial, Callable[[str], str | None]], bool] = outcome.fallen

Row = list[str]


@dataclass(frozen=True)
class Left:
    """What a trial left behind. `tested` has, for each evaluation that succeeded, its metrics."""

    status: str
    marked: str
    curves: Curves
    tested: Mapping[str, Mapping[str, Value]]


def collect(name: str) -> None:
    """Write results.csv and curves.csv of the experiment `name`, whole, in the plan's order.

    A trial that isn't done has rows with an empty value, so that every table can count n of N."""
    experiment = read_experiment(name)
    results, curves = experiment.folder / "results.csv", experiment.folder / "curves.csv"
    with replacing(results) as new_results, replacing(curves) as new_curves:
        _write(experiment, new_results, new_curves)


def _write(experiment: Experiment, results: Path, curves: Path) -> None:
    # newline="": the csv module ends the lines itself, and a level's name may hold a newline
    with (
        open(results, "w", encoding="utf-8", newline="") as results_file,
        open(curves, "w", encoding="utf-8", newline="") as curves_file,
    ):
        write_result = csv.writer(results_file, lineterminator="\n").writerows
        write_curve = csv.writer(curves_file, lineterminator="\n").writerows
        write_result([results_columns(experiment)])
        write_curve([curves_columns(experiment)])
        statuses: dict[str, str | None] = {}
        for trial in experiment.planned():
            left = _left(trial, statuses)
            statuses[trial["id"]] = left.status
            first, last = _frame(experiment, trial)
            write_result([*first, *row, *last] for row in _results(experiment, trial, left))
            write_curve([*first, *row, *last] for row in _curves(experiment, trial, left))


def _left(trial: Trial, statuses: Mapping[str, str | None]) -> Left:
    found = _stated(_outcome_file(trial["id"]), trial["id"])
    status = found["status"] if found else "missing"
    if status == "cancelled" and not _fallen(trial, statuses.get):  # what it takes from was retried since
        status = "missing"
    marked = "; ".join(map(str, found.get("marked") or ())) if found else ""
    curves = _curves_of(trial["id"]) if status in ("done", "failed") else {}
    tested = dict(_tested(trial)) if status == "done" else {}
    return Left(status, marked, curves, tested)


def _curves_of(identity: str) -> Curves:
    try:
        rows = Path(_folder(identity), "metrics.jsonl").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:  # it failed before its first row
        return {}
    return read_curves(rows)


def _tested(trial: Trial) -> Iterator[tuple[str, Mapping[str, Value]]]:
    for evaluation, *_ in trial["evaluate"]:
        found = _stated(_evaluation_file(trial["id"], evaluation), evaluation)
        if found and found["status"] == "done":
            yield evaluation, found["metrics"]


def _frame(experiment: Experiment, trial: Trial) -> tuple[Row, Row]:
    """The cells before and after those that are measured."""
    condition = trial["condition"]
    seeds = [trial["seed"], *(trial["seeds"].get(stage, "") for stage in experiment.seed_stages)]
    said = " ".join(f"{factor}={condition[factor]}" for factor in experiment.factors if factor in condition)
    first = [experiment.name, trial["stage"], trial["id"], said, *map(str, seeds), ""]
    return first, [str(condition.get(factor, "")) for factor in experiment.factors]


def _results(experiment: Experiment, trial: Trial, left: Left) -> Iterator[Row]:
    stage = experiment.stages[trial["stage"]]
    own = experiment.own_data(trial)
    for metric in (*stage.metrics, *experiment.selections[stage.name]):
        for on, found in _values(trial, stage, metric, left, own):
            yield [left.status, left.marked, metric.ref, metric.split, on, _text(found)]


def _values(trial: Trial, stage: Stage, metric: Metric, left: Left, own: str) -> Iterator[tuple[str, Value]]:
    """The metric's value on each data set that it is measured on; none of a failed trial, whatever it wrote."""
    if not (stage.evaluated and metric.split == "test"):
        yield own, value(left.curves, metric, stage) if left.status == "done" else None
        return
    for evaluation, on, _, rule in trial["evaluate"]:
        if rule == metric.rule:
            yield on, left.tested.get(evaluation, {}).get(metric.name)


def _curves(experiment: Experiment, trial: Trial, left: Left) -> Iterator[Row]:
    own = experiment.own_data(trial)
    for curve, steps in left.curves.items():
        named = f"{curve.split}.{curve.name}"
        for step, found in steps.items():
            if step is not None:
                yield [left.status, named, curve.split, curve.on or own, str(step), _text(found)]


def _text(number: Value) -> str:
    return "" if number is None else repr(number)
