"""Processes that wait for what they are to become."""

from __future__ import annotations

import fcntl
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from expc.runner.nursery import AHEAD, Nursery
from expc.runner.process import Start
from expc.runner.reaper import Reaper
from expc.runner.signals import Signals


@pytest.fixture
def nursery(tmp_path):
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)}
    signals = Signals()
    reaper = Reaper(signals, str(tmp_path / "scratch"))
    made = Nursery(reaper)
    yield made
    made.end()
    reaper.end()
    signal.set_wakeup_fd(-1)
    for number, handler in before.items():
        signal.signal(number, handler)


def saying(folder: Path, text: str) -> Start:
    (folder / "log.txt").touch()
    return Start(str(folder), str(folder), {}, command=("echo", text))


def ended(nursery: Nursery, start: Start, private: list[int], wanted: int) -> tuple[int, int]:
    """The process that became it, and its exit status."""
    process, complaint = nursery.start(start, private, wanted)
    os.close(complaint)
    return process, os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def alive(process: int) -> bool:
    return os.waitpid(process, os.WNOHANG) == (0, 0)


def test_some_are_forked_at_a_time_and_no_more_than_are_wanted(nursery, tmp_path):
    start = saying(tmp_path, "here")
    waiting = []
    for wanted in (AHEAD + 3, 1, 2):
        nursery.end()
        assert ended(nursery, start, [], wanted)[1] == 0
        waiting.append(len(nursery.waiting))
    assert waiting == [AHEAD - 1, 0, 1]
    assert (tmp_path / "log.txt").read_text() == "here\n" * 3


def test_one_that_was_killed_while_it_waited_is_passed_over(nursery, tmp_path):
    ended(nursery, saying(tmp_path, "first"), [], 3)
    killed, following = (waits.pid for waits in nursery.waiting)
    os.kill(killed, signal.SIGKILL)
    os.waitpid(killed, 0)
    assert ended(nursery, saying(tmp_path, "second"), [], 2) == (following, 0)
    assert (tmp_path / "log.txt").read_text() == "first\nsecond\n"


def test_those_that_wait_keep_no_lock(nursery, tmp_path):
    held = os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    ended(nursery, saying(tmp_path, "here"), [held], 3)
    os.close(held)
    again = os.open(tmp_path / "lock", os.O_RDWR)
    fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert all(alive(waits.pid) for waits in nursery.waiting)
    os.close(again)


def test_what_was_forked_before_an_import_does_not_run_what_needs_it(nursery, tmp_path):
    start = saying(tmp_path, "here")
    ended(nursery, start, [], 3)
    before = {waits.pid for waits in nursery.waiting}
    process, status = ended(nursery, replace(start, preload=("json",)), [], 1)
    assert (process in before, status, len(nursery.waiting)) == (False, 0, 0)


def test_those_that_get_no_orders_end(nursery, tmp_path):
    ended(nursery, saying(tmp_path, "here"), [], 4)
    waiting = [waits.pid for waits in nursery.waiting]
    nursery.end()
    assert (len(waiting), nursery.waiting) == (3, type(nursery.waiting)())
    for process in waiting:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
