"""Asking again and again, without anybody who waits for the answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from expc.jobs import poll as polling
from expc.jobs.poll import Poll
from expc.jobs.seen import Seen

from .conftest import Answer, recorded


def heard(poll: Poll, wanted: Callable[[Seen], object]) -> Seen:
    """The first answer that is wanted; no look at one takes long."""
    end = time.monotonic() + 20
    while True:
        began = time.monotonic()
        said = poll.look()
        assert time.monotonic() - began < 1
        if said is not None and wanted(said):
            return said
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_poll_tells_what_was_said_last_and_asks_again(
    answers: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "PATIENCE", 2.0)
    text = recorded("squeue.txt", tmp_path)
    answers("squeue", text, sleeps=0.3)
    poll = Poll(every=0.1)
    assert poll.look() is None
    assert len(heard(poll, lambda seen: True).open) == 6
    answers("squeue", text.replace("RUNNING", "COMPLETED"))
    second = heard(poll, lambda seen: len(seen.open) != 6)  # what was asked before may still be answered
    assert [job.id for job in second.open] == ["10", "11", "12"]
    answers("squeue", fails="no")
    assert heard(poll, lambda seen: seen.silent) == Seen(silent="squeue failed, exit status 1")
    answers("squeue", text, sleeps=30)
    assert heard(poll, lambda seen: "answered" in seen.silent).silent == "squeue has not answered within 2 s"
    poll.close()


def test_a_poll_of_a_project_without_slurm_asks_nobody(answers: Answer, tmp_path: Path) -> None:
    (tmp_path / ".snakemake/slurm_logs").rmdir()
    poll = Poll(every=0)
    assert (poll.look(), poll.look(), poll.asking) == (None, None, None)
