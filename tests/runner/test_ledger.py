"""A ledger's rows in, what they say of the way to the next outcome out; and attempts in, rows out."""

import json
from pathlib import Path
from typing import Any

import pytest

from expc.runner import ledger
from expc.runner.busy import Use
from expc.runner.ending import Ending
from expc.runner.ledger import Course
from expc.runner.process import Ended

TRIAL = {"cpus": 2, "nodes": 2, "gpus": 1, "at_once": 3}


def start(attempt: int, at: str = "", **more: Any) -> dict[str, Any]:
    return {"attempt": attempt, "started": at or f"at {attempt}", **more}


def end(attempt: int, *, final: bool = False, **more: Any) -> dict[str, Any]:
    return {"attempt": attempt, "ended": "…", "seconds": 2.0, "cpu_seconds": 3.0, "final": final, **more}


GPU = {"gpu_busy": 0.5, "gpu_memory": 100}
RETRIED = {"retried": "…", "goes_on": True}


@pytest.mark.parametrize(
    ("rows", "expected", "fresh"),
    [
        ([], Course(0, 0, None, 0, 0), True),
        ([start(1)], Course(1, 1, "at 1", 0, 0), False),
        (
            [start(1), end(1, peak_memory=7, **GPU), start(2), end(2, peak_memory=5, status="signal", **GPU)],
            Course(2, 2, "at 1", 4.0, 1, peak=7, cpu=6.0, gpu=Use(2.0, 4.0, 100)),
            False,
        ),
        ([start(4), end(4, final=True, peak_memory=9, **GPU)], Course(4, 0, None, 0, 0), True),
        (
            [start(1), end(1, final=True, status="signal"), start(2), end(2, final=True), start(3), end(3)],
            Course(3, 1, "at 3", 2.0, 0, cpu=3.0),
            False,
        ),
        ([start(1), end(1, final=True), RETRIED], Course(1, 0, None, 0, 0, goes_on=True), False),
        ([start(1), RETRIED, end(1, final=True)], Course(1, 0, None, 0, 0), True),
    ],
    ids=[
        "nothing", "an attempt that its runner never ended", "attempts add up", "an outcome", "of earlier outcomes",
        "a retry that goes on", "a retry before the outcome",
    ],
)  # fmt: skip
def test_what_stands_before_the_last_outcome_counts_for_it_and_what_comes_after_for_the_next(
    tmp_path: Path, rows: list[dict[str, Any]], expected: Course, fresh: bool
) -> None:
    (tmp_path / "attempts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = ledger.course(str(tmp_path))
    assert (found, found.fresh) == (expected, fresh)


def test_after_an_attempt_a_course_is_what_its_ledger_would_say() -> None:
    first = Ended(exit=None, signal=9, seconds=2.0, peak=700, cpu=3.0, gpu=Use(1.0, 2.0, 50))
    second = Ended(exit=0, signal=None, seconds=1.5, peak=600, cpu=1.0, gpu=Use(1.5, 1.5, 80))
    one = Course(4, 0, None, 0.0, 0, goes_on=True).after(first, begun="at 5", signalled=True)
    assert one == Course(5, 1, "at 5", 2.0, 1, peak=700, cpu=3.0, gpu=Use(1.0, 2.0, 50), goes_on=True)
    two = one.after(second, begun="at 6", signalled=False)
    assert two == Course(6, 2, "at 5", 3.5, 1, peak=700, cpu=4.0, gpu=Use(2.5, 3.5, 80), goes_on=True)


def test_a_row_says_who_started_what_for_whom_and_another_how_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("SLURM_JOB_USER", "ada")
    for name in ("SLURMD_NODENAME", "SLURM_JOB_PARTITION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(ledger, "now", lambda: "now")
    monkeypatch.setattr("os.uname", lambda: type("Names", (), {"nodename": "n5"}))
    how = Ended(exit=None, signal=15, seconds=1.23456, peak=700, cpu=2.34567, gpu=Use(0.5, 1.0, 40))
    folder = str(tmp_path)
    assert ledger.started(folder, 3, 99, TRIAL, 0, resuming=False) == "now"
    ledger.ended(folder, 3, how, Ending("stopped", by="time", detail="why"))
    ledger.started(folder, 4, 100, {"cpus": 1}, 512, resuming=True)
    ledger.ended(folder, 4, Ended(exit=0, signal=None, seconds=1, peak=1), Ending("done"))
    who = {"host": "n5", "user": "ada", "job": "7"}
    assert ledger.past_rows(folder) == [
        {"attempt": 3, "started": "now", "pid": 99, **who, "cpus": 4, "gpus": 2, "at_once": 3, "log": 0},
        {
            "attempt": 3, "ended": "now", "seconds": 1.235, "cpu_seconds": 2.346, "peak_memory": 700, "gpu_busy": 0.5,
            "gpu_memory": 40, "status": "stopped", "exit": None, "signal": 15, "detail": "why", "final": False,
            "cause": "time",
        },
        {"attempt": 4, "started": "now", "pid": 100, **who, "cpus": 1, "log_so_far": 512},
        {
            "attempt": 4, "ended": "now", "seconds": 1, "cpu_seconds": 0.0, "peak_memory": 1, "status": "done",
            "exit": 0, "signal": None, "detail": "", "final": True,
        },
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], 0),
        ([start(1, log=0)], 0),
        ([start(1, log=0), start(2, log=70), start(3, log_so_far=90), end(3)], 70),
        ([start(1, log_so_far=90)], 0),
    ],
)
def test_of_a_log_only_what_the_last_run_from_the_beginning_printed_is_looked_at(
    tmp_path: Path, rows: list[dict[str, Any]], expected: int
) -> None:
    (tmp_path / "attempts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert ledger.log_from(str(tmp_path)) == expected
