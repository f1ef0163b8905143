"""A trial's folder in, what it left behind out: its status, its curves, its evaluations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expc.report.experiment import Metric, Stage, Trial
from expc.report.measured import Curves, Value, read_curves, value
from expc.report.predicted import FILE, Damaged, computed, predicted_on, read_predictions
from expc.runner import outcome
from expc.runner.outcome import LOG

# The runner isn't typed, for old Pythons' sake: here is what it gives.
_folder: Callable[[str], str] = outcome.folder
_outcome_file: Callable[[str], str] = outcome.outcome_file
_rows_file: Callable[[str, str], str] = outcome.rows_file
_evaluation_file: Callable[[str, str], str] = outcome.evaluation_file
_predictions_file: Callable[[str, str], str] = outcome.predictions_file
_stated: Callable[[str, str], dict[str, Any] | None] = outcome.stated
_fallen: Callable[[Trial, Callable[[str], str | None]], bool] = outcome.fallen

Stated = Mapping[str, Any]
HERE = Path()


@dataclass(frozen=True)
class Left:
    """`evaluations` are those that ended, by their ids; only a trial that is done has any."""

    status: str
    marked: str
    curves: Curves
    evaluations: Mapping[str, Stated]


def read_left(trial: Trial, statuses: Mapping[str, str | None]) -> Left:
    """`statuses` are those of the trials before it in the plan."""
    found = stated_outcome(trial["id"])
    status = found["status"] if found else "missing"
    if status == "cancelled" and not _fallen(trial, statuses.get):  # what it takes from was retried since
        status = "missing"
    marked = "; ".join(map(str, found.get("marked") or ())) if found else ""
    curves = read_curves_of(trial) if status in ("done", "failed") else {}
    return Left(status, marked, curves, read_evaluations(trial) if status == "done" else {})


def stated_outcome(trial: str) -> Stated | None:
    return _stated(_outcome_file(trial), trial)


def read_curves_of(trial: Trial, root: Path = HERE) -> Curves:
    """What the trial wrote, and what patterns found in its log. `root` is its project."""
    printed = _text(root / _rows_file(trial["id"], read["id"])) if (read := read_log(trial, root)) else ""
    return read_curves(_text(root / _folder(trial["id"]) / "metrics.jsonl"), printed)


def read_log(trial: Trial, root: Path = HERE) -> Stated | None:
    """The evaluation of what the trial printed; None if nobody asks for that, or it isn't there."""
    wanted = next((evaluation for evaluation, *_, rule in trial["evaluate"] if rule == LOG), None)
    return _stated(str(root / _evaluation_file(trial["id"], wanted)), wanted) if wanted else None


def curves_in(rows: Path) -> Curves:
    return read_curves(_text(rows))


def _text(rows: Path) -> str:
    try:
        return rows.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:  # it failed before its first row, or only prints
        return ""


def read_evaluations(trial: Trial) -> Mapping[str, Stated]:
    found = {
        evaluation: _stated(_evaluation_file(trial["id"], evaluation), evaluation)
        for evaluation, *_ in trial["evaluate"]
    }
    return {evaluation: stated for evaluation, stated in found.items() if stated}


def values(trial: Trial, stage: Stage, metric: Metric, left: Left, own: str) -> Iterator[tuple[str, Value]]:
    """The metric's value on each data set that it is measured on; none of a failed trial, whatever it wrote, and none
    outside of the metric's range."""
    if not stage.tests(metric):
        for on in _measured_on(trial, metric, left):
            found = _written(trial, stage, metric, left, on) if left.status == "done" else None
            yield on or own, found if stage.within_range(metric.name, found) else None
        return
    for evaluation, on, _, rule in trial["evaluate"]:
        if rule == metric.tested_at:
            found = _tested(trial["id"], metric, left.evaluations.get(evaluation))
            yield on, found if stage.within_range(metric.name, found) else None


def computed_of(trial: str, metric: Metric, on: str) -> tuple[Value, str]:
    """A metric that is computed from what the trial predicted, or why it has no value."""
    return _computed(Path(_folder(trial), FILE), metric.computed, on)


def predicted_rows(trial: str) -> Mapping[str, int]:
    """How many examples of each data set a trial itself predicted; empty is its own."""
    try:
        return predicted_on(read_predictions(Path(_folder(trial), FILE)))
    except Damaged:
        return {}


def computed_by(evaluation: Stated, trial: str, metric: Metric) -> tuple[Value, str]:
    """The same, from what an evaluation of the trial predicted."""
    return _computed(Path(_predictions_file(trial, evaluation["id"])), metric.computed)


def _computed(path: Path, what: str, on: str = "") -> tuple[Value, str]:
    try:
        return computed(read_predictions(path), what, on)
    except Damaged as error:
        return (
            None,
            f"line {error.line} of {path} is damaged: mend it, or delete outcome.json, and the trial runs again",
        )


def _measured_on(trial: Trial, metric: Metric, left: Left) -> list[str]:
    """The trial's own data, which are empty, and every other set of which it wrote the metric."""
    if left.status != "done":
        return [""]
    if metric.computed:
        found = list(predicted_rows(trial["id"]))
    else:
        found = [curve.on for curve in left.curves if (curve.split, curve.name) == (metric.split, metric.name)]
    return list(dict.fromkeys(["", *found]))


def _written(trial: Trial, stage: Stage, metric: Metric, left: Left, on: str) -> Value:
    return computed_of(trial["id"], metric, on)[0] if metric.computed else value(left.curves, metric, stage, on)


def _tested(trial: str, metric: Metric, evaluation: Stated | None) -> Value:
    if not metric.computed:
        return tested(evaluation).get(metric.name)
    done = evaluation is not None and evaluation["status"] == "done"
    return computed_by(evaluation, trial, metric)[0] if evaluation and done else None


def tested(evaluation: Stated | None) -> Mapping[str, Value]:
    """What an evaluation measured; nothing if it failed."""
    return evaluation.get("metrics", {}) if evaluation and evaluation["status"] == "done" else {}


def accepted(trial: str) -> str:
    """Why the trial has the results of an earlier form of itself; empty if they are its own."""
    try:
        if b'"accepted"' not in Path(_outcome_file(trial)).read_bytes():  # of thousands, few have it: don't parse
            return ""
    except OSError:
        return ""
    said = (stated_outcome(trial) or {}).get("accepted") or ()
    return "; ".join(dict.fromkeys(str(one["because"]) for one in said))
