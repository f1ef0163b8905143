"""An experiment in, a line on trials whose rows are no longer the numbers with which they ended out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from expc.report.experiment import read_experiment
from expc.report.left import curves_in
from expc.report.measured import Curves
from expc.runner.outcome import LOG, evaluation_file, folder, outcome_file, rows_file, stated

NAMED = 3
"""Files that are named; more are only counted."""
AGAIN = "delete the trial's folder, and it runs again"
READ_AGAIN = "delete `evaluations` beside it, and the log is read again"


class Rows(NamedTuple):
    """A file of rows, and the one that states what they come to, under an id."""

    path: Path
    stated: Path
    id: str


def altered(name: str) -> Iterator[str]:
    """That a trial is done says nothing of rows that were emptied, edited or half copied afterwards."""
    trials = {trial["id"]: trial for trial in read_experiment(name).planned()}
    written = [Rows(Path(folder(one), "metrics.jsonl"), Path(outcome_file(one)), one) for one in trials]
    logs = [(one, identity) for one in trials for identity, *_, rule in trials[one]["evaluate"] if rule == LOG]
    yield from _told(written, AGAIN)
    yield from _told([Rows(Path(rows_file(*one)), Path(evaluation_file(*one)), one[1]) for one in logs], READ_AGAIN)


def _told(files: Iterable[Rows], mend: str) -> Iterator[str]:
    found = [str(one.path) for one in files if _is_newer(one) and _is_altered(one)]
    if found:
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        hold = "holds" if len(found) == 1 else "hold"
        yield (
            f"NOT WHAT WAS MEASURED: {', '.join(found[:NAMED])}{more} {hold} other numbers than the trial ended with,"
            f" or none. Put the file back as it was; or {mend}"
        )


def _is_newer(rows: Rows) -> bool:
    """Whether they were written after what states them, or are gone: of thousands, only these are read."""
    try:
        there, said = rows.path.stat(), rows.stated.stat()
    except OSError:
        return rows.stated.exists()
    return there.st_mtime_ns > said.st_mtime_ns or not there.st_size


def _is_altered(rows: Rows) -> bool:
    found = stated(str(rows.stated), rows.id)
    if found is None or found["status"] != "done":
        return False
    final = _final(curves_in(rows.path))
    return any(
        value is not None and final.get(metric) != value for metric, value in (found.get("metrics") or {}).items()
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
