"""The folders of an experiment's trials in, results.csv and curves.csv out."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from expc.report.experiment import Experiment, Trial, read_experiment
from expc.report.kept import kept
from expc.report.left import Left, read_left, values
from expc.report.longform import curves_columns, results_columns
from expc.report.measured import Value
from expc.whole import replacing

Row = list[str]


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
        old = kept((trial["id"] for trial in experiment.planned()), experiment)
        write_result([results_columns(experiment, accepted=bool(old))])
        write_curve([curves_columns(experiment)])
        statuses: dict[str, str | None] = {}
        for trial in experiment.planned():
            left = read_left(trial, statuses)
            statuses[trial["id"]] = left.status
            first, last = _frame(experiment, trial)
            marks = [left.marked, old.get(trial["id"], "") if left.status == "done" else ""][: 2 if old else 1]
            write_result([*first, *row, *last] for row in _results(experiment, trial, left, marks))
            write_curve([*first, *row, *last] for row in _curves(experiment, trial, left))


def _frame(experiment: Experiment, trial: Trial) -> tuple[Row, Row]:
    """The cells before and after those that are measured."""
    condition = trial["condition"]
    seeds = [trial["seed"], *(trial["seeds"].get(stage, "") for stage in experiment.seed_stages)]
    said = " ".join(f"{factor}={condition[factor]}" for factor in experiment.factors if factor in condition)
    first = [experiment.name, trial["stage"], trial["id"], said, *map(str, seeds), str(trial.get("fold", ""))]
    return first, [str(condition.get(factor, "")) for factor in experiment.factors]


def _results(experiment: Experiment, trial: Trial, left: Left, marks: Sequence[str]) -> Iterator[Row]:
    stage = experiment.stages[trial["stage"]]
    own = experiment.own_data(trial)
    for metric in (*stage.metrics, *experiment.selections[stage.name]):
        for on, found in values(trial, stage, metric, left, own):
            yield [left.status, *marks, metric.ref, metric.split, on, _text(found)]


def _curves(experiment: Experiment, trial: Trial, left: Left) -> Iterator[Row]:
    own = experiment.own_data(trial)
    for curve, steps in left.curves.items():
        named = f"{curve.split}.{curve.name}"
        for step, found in steps.items():
            if step is not None:
                yield [left.status, named, curve.split, curve.on or own, str(step), _text(found)]


def _text(number: Value) -> str:
    return "" if number is None else repr(number)
