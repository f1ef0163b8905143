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
    """The first answer that is wanted."""
    end = time.monotonic() + 120
    while True:
        said = poll.look()
        if said is not None and wanted(said):
            return said
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_poll_tells_what_was_said_last_and_asks_again(
    answers: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "PATIENCE", 120.0)
    text = recorded("squeue.txt", tmp_path)
    answers("squeue", text, until="asked")
    poll = Poll(every=0.1)
    assert [poll.look() for _ in range(3)] == [None] * 3  # it waits for nobody
    Path("asked").touch()
    assert len(heard(poll, lambda seen: True).open) == 6
    answers("squeue", text.replace("RUNNING", "COMPLETED"))
    second = heard(poll, lambda seen: len(seen.open) != 6)  # what was asked before may still be answered
    assert [job.id for job in second.open] == ["10", "11", "12"]
    answers("squeue", fails="no")
    assert heard(poll, lambda seen: seen.silent) == Seen(silent="squeue failed, exit status 1")
    monkeypatch.setattr(polling, "PATIENCE", 0.5)
    answers("squeue", text, until="never")
    assert heard(poll, lambda seen: "answered" in seen.silent).silent == "squeue has not answered within 0.5 s"
    poll.close()


def test_a_poll_of_a_project_without_slurm_asks_nobody(answers: Answer, tmp_path: Path) -> None:
    (tmp_path / ".snakemake/slurm_logs").rmdir()
    poll = Poll(every=0)
    assert (poll.look(), poll.look(), poll.asking) == (None, None, None)
