"""How an attempt ended in, what it means for the trial out."""

from __future__ import annotations

from typing import Any

import pytest

from expc.runner.ending import Cause, Ending, judge
from expc.runner.process import Ended


def failed(status: str, kind: str, detail: str) -> Ending:
    return Ending(status, Cause(kind, detail), detail=detail)


KILLED = "killed by SIGKILL"
HINT = "; the machine may have run out of memory"
NO_CHECKPOINT = "asked to go on (exit status 85) without a new checkpoint"
MANY = "x" * 499 + "yz"


@pytest.mark.parametrize(
    ("how", "before", "advanced", "ending", "final"),
    [
        ({"exit": 0}, 3, False, Ending("done"), True),
        ({"exit": 85}, 3, True, Ending("continue", again=True), False),
        ({"exit": 85}, 0, False, failed("failed", "code", NO_CHECKPOINT), True),
        ({"exit": 2, "printed": MANY}, 0, True, failed("failed", "code", MANY[:500]), True),
        ({"exit": 2}, 0, True, failed("failed", "code", "exit status 2, and it printed nothing"), True),
        ({"signal": 9}, 2, False, Ending("signal", again=True, detail=KILLED), False),
        ({"signal": 9}, 3, False, failed("signal", "signal", f"{KILLED}, 4 times{HINT}"), True),
        ({"signal": 11}, 3, False, failed("signal", "signal", "killed by SIGSEGV, 4 times"), True),
        ({"signal": 99}, 3, False, failed("signal", "signal", "killed by signal 99, 4 times"), True),
        ({"unstarted": "no sh"}, 0, False, failed("failed", "start", "the program can't be started: no sh"), True),
        ({"exit": 0, "killed_for": "time"}, 0, True, failed("time", "time", "it took more than its 1.5 s"), True),
        (
            {"signal": 9, "killed_for": "memory", "peak": 300},
            0,
            True,
            failed("memory", "memory", "it occupied 300 MiB, more than its 200 MiB"),
            True,
        ),
        ({"exit": 85, "killed_for": "stopped"}, 0, True, Ending("stopped"), False),
        ({"signal": 15, "killed_for": "job"}, 3, True, Ending("stopped"), False),
    ],
)
def test_an_attempt_is_judged_by_how_it_ended_and_by_those_before(
    how: dict[str, Any], before: int, advanced: bool, ending: Ending, final: bool
) -> None:
    usual = {"exit": None, "signal": None, "seconds": 2.0, "peak": 100}
    found = judge(Ended(**{**usual, **how}), signalled=before, advanced=advanced, time=1.5, memory=200)
    assert (found, found.final) == (ending, final)


def test_no_outcome_follows_an_attempt_that_the_next_job_goes_on_with() -> None:
    assert [Ending("continue", by=by).final for by in ("", "time", "preemption")] == [True, False, False]
