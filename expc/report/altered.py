"""An experiment in, a line on trials whose rows are no longer the numbers with which they ended out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from expc.report.experiment import read_experiment
from expc.report.left import stated_outcome, written_curves
from expc.report.measured import Curves
from expc.runner.outcome import folder, outcome_file

NAMED = 3
"""Trials that are named; more are only counted."""


def altered(name: str) -> Iterator[str]:
    """That a trial is done says nothing of rows that were emptied, edited or half copied afterwards."""
    trials = dict.fromkeys(trial["id"] for trial in read_experiment(name).planned())
    found = [trial for trial in trials if _is_newer(trial) and _is_altered(trial)]
    if found:
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        files = f"{', '.join(f'{folder(trial)}/metrics.jsonl' for trial in found[:NAMED])}{more}"
        hold = "holds" if len(found) == 1 else "hold"
        yield (
            f"NOT WHAT WAS MEASURED: {files} {hold} other numbers than the trial ended with, or none."
            " Put the file back as it was; or delete the trial's folder, and it runs again"
        )


def _is_newer(trial: str) -> bool:
    """Whether the rows were written after the outcome, or are gone: of thousands, only these are read."""
    try:
        rows, outcome = Path(folder(trial), "metrics.jsonl").stat(), Path(outcome_file(trial)).stat()
    except OSError:
        return Path(outcome_file(trial)).exists()
    return rows.st_mtime_ns > outcome.st_mtime_ns or not rows.st_size


def _is_altered(trial: str) -> bool:
    stated = stated_outcome(trial)
    if stated is None or stated["status"] != "done":
        return False
    final = _final(written_curves(trial))
    return any(
        value is not None and final.get(metric) != value for metric, value in (stated.get("metrics") or {}).items()
    )


def _final(curves: Curves) -> dict[str, float | None]:
    """As the runner sums a trial up: each metric's value without a step, or else its last."""
    return {
        f"{curve.split}.{curve.name}": steps[None]
        if None in steps
        else steps[max(step for step in steps if step is not None)]
        for curve, steps in curves.items()
        if not curve.on
    }
