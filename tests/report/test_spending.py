"""What trials have cost, as their ledgers tell it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from expc.report.spending import Attempt, Clock, Sum, attempts, jobs_to_ask, total, trials

HOUR = 3600.0
NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z


def start(hour: int, *, fresh: bool, **more: Any) -> dict[str, Any]:
    row = {"attempt": 1, "started": f"2026-01-01T{hour:02}:00:00.000Z", "user": "ada", "host": "n1", "cpus": 2, **more}
    return {**row, "log": 0} if fresh else row


def end(hours: float, status: str = "done") -> dict[str, Any]:
    return {"attempt": 1, "ended": "…", "seconds": hours * HOUR, "status": status}


def ledger(project: Path, trial: str, *rows: dict[str, Any], status: str | None = None, torn: str = "") -> None:
    folder = project / "results/trials" / trial
    folder.mkdir(parents=True)
    (folder / "attempts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + torn)
    if status:
        (folder / "outcome.json").write_text(json.dumps({"id": trial, "status": status}))


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


GONE_ON = [start(0, fresh=True), end(1, "signal"), start(2, fresh=False), end(3)]
AGAIN = [start(0, fresh=True), end(1, "failed"), start(2, fresh=True), end(3)]
KILLED = [start(0, fresh=True, job="7"), start(3, fresh=False, job="8")]


@pytest.mark.parametrize(
    ("rows", "status", "jobs", "running", "expected"),
    [
        (GONE_ON, "done", {}, False, [(1, "kept"), (3, "kept")]),
        (AGAIN, "done", {}, False, [(1, "repeated"), (3, "kept")]),
        (AGAIN, "failed", {}, False, [(1, "repeated"), (3, "failed")]),
        (GONE_ON, "failed", {}, False, [(1, "failed"), (3, "failed")]),
        (GONE_ON[:2], None, {}, False, [(1, "kept")]),  # the next start goes on
        (KILLED, None, {}, False, [(None, "kept"), (None, "kept")]),
        (KILLED, None, {"7": 2, "8": 5}, False, [(2, "kept"), (2, "kept")]),
        (KILLED, None, {"7": 4}, False, [(3, "kept"), (None, "kept")]),  # it had begun again before its job ended
        (KILLED, None, {}, True, [(None, "kept"), (6, "kept")]),  # it runs since three o'clock, and it is nine
    ],
)
def test_an_attempt_lasts_as_its_ledger_its_job_or_the_clock_says(
    project: Path,
    rows: list[dict[str, Any]],
    status: str | None,
    jobs: dict[str, int],
    running: bool,
    expected: list[tuple[float | None, str]],
) -> None:
    ledger(project, "t1", *rows, status=status)
    ends = {job: NOW + hour * HOUR for job, hour in jobs.items()}
    found = attempts("t1", Clock(NOW + 9 * HOUR, frozenset({"t1"} if running else ()), ends))
    assert [(one.seconds if one.seconds is None else one.seconds / HOUR, one.fate) for one in found] == expected


def test_an_attempt_has_what_its_row_says_and_evaluations_count_with_the_last(project: Path) -> None:
    ledger(
        project, "t1",
        start(0, fresh=True, gpus=1, at_once=4, partition="gpu", job="7"), end(2), {"retried": "…", "goes_on": True},
        start(4, fresh=False), end(1), status="done", torn='{"attempt": 3, "sta',
    )  # fmt: skip
    folder = project / "results/trials/t1/evaluations"
    folder.mkdir()
    (folder / "e1.json").write_text('{"seconds": 1800.0}')
    (folder / "e2.json").write_text("{")
    first, last = attempts("t1", Clock(NOW))
    assert first == Attempt("t1", "ada", "gpu", "7", 2 * HOUR, 2.0, 0.25, "kept")
    assert last == Attempt("t1", "ada", "n1", "", 1.5 * HOUR, 2.0, 0.0, "kept")
    assert (first.cpu_hours, first.gpu_hours, last.cpu_hours) == (4.0, 0.5, 3.0)
    assert (trials(), jobs_to_ask("t1")) == (["t1"], set())


def test_a_ledger_of_an_old_version_says_less(project: Path) -> None:
    ledger(project, "t1", {"attempt": 1, "started": "2026-01-01T00:00:00.000Z", "pid": 1, "host": "n1"}, end(1))
    assert attempts("t1", Clock(NOW)) == [Attempt("t1", "?", "n1", "", HOUR, 1.0, 0.0, "kept")]


def test_sums_tell_apart_what_was_in_vain_and_count_money_where_there_are_prices() -> None:
    kept = Attempt("t1", "ada", "gpu", "7", 2 * HOUR, 4.0, 1.0, "kept")
    some = [kept, kept._replace(trial="t2", fate="failed", seconds=HOUR), kept._replace(place="cpu", seconds=None)]
    assert total(some, {"gpu": {"gpu_hour": 2.0, "cpu_hour": 0.5}}) == Sum(2, 3, 12.0, 3.0, 4.0, 1.0, 1, 12.0, 4.0)
    assert total(some, {}) == Sum(2, 3, 12.0, 3.0, 4.0, 1.0, 1, None, None)
