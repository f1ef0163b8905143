"""Two `expc run` in one project: the later one waits."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import pytest

from expc.cli.alone import LOCK, alone


def test_the_later_one_says_for_whom_it_waits_and_goes_on_when_that_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told, order = threading.Event(), list[str]()
    monkeypatch.setattr("rich_click.echo", lambda text, err: (order.append(text), told.set()))

    def later() -> None:
        with alone():
            order.append("later")

    with alone():
        process = LOCK.read_text()
        thread = threading.Thread(target=later)
        thread.start()
        assert told.wait(60)
        order.append("first")
    thread.join(60)
    (said, *rest) = order
    assert (process, rest) == (f"{os.getpid()} on {os.uname().nodename}", ["first", "later"])
    assert f"is at work in this project (process {process})" in said


def test_where_there_are_no_locks_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without(descriptor: int, operation: int) -> None:
        raise OSError("No locks available")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fcntl, "flock", without)
    with alone():
        assert capsys.readouterr().err == ""


def test_a_snakemake_that_somebody_started_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("expc.jobs.mains.mains", lambda: [4711])
    with alone():
        assert "already (process 4711). No trial is\nrun twice" in capsys.readouterr().err
