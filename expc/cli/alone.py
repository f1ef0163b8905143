"""A project in, the right to run its workflow out: of two `expc run` the later one waits.

Both would take all cores of the machine; and a trial that is timed would not be alone."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import rich_click as click

LOCK = Path("results/.cache/run.lock")


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Once nobody else has it. It ends with this process, however that ends."""
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            _wait(descriptor)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} on {os.uname().nodename}".encode(), 0)
        _tell_of_snakemake()
        yield
    finally:
        os.close(descriptor)


def _tell_of_snakemake() -> None:
    """One that `expc run` has not started: whoever started it may have reasons."""
    from expc.jobs.mains import mains

    if started := mains():
        click.echo(
            f"Snakemake runs this project's workflow already (process {', '.join(map(str, started))}). No trial is\n"
            "run twice, but each of the two takes all cores: wait for it, or end it with `expc cancel`.",
            err=True,
        )


def _wait(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        other = os.pread(descriptor, 200, 0).decode(errors="replace")
        click.echo(
            f"Another `expc run` is at work in this project (process {other}). This one waits until it has ended, and\n"
            "does then what is left. Ctrl-C to leave; `expc status` shows how far it is, `expc cancel` ends it.",
            err=True,
        )
        fcntl.flock(descriptor, fcntl.LOCK_EX)
