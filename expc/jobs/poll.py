"""squeue, asked again and again, in; what it said last out, without anybody waiting for it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from typing import IO

from expc.jobs.ask import PATIENCE, concerned, plain
from expc.jobs.queue import Batch, command, listed
from expc.jobs.seen import Seen, with_trials

EVERY = 15.0
"""Seconds between two questions. Administrators count them."""


class Poll:
    """`look` never waits: it tells what was known last, and asks again when that is old."""

    def __init__(self, every: float = EVERY) -> None:
        self.every = every
        self.last: Seen | None = None
        self.known: dict[Batch, tuple[str, ...]] = {}
        self.asking: subprocess.Popen[bytes] | None = None
        self.output: IO[bytes] | None = None
        self.next = 0.0
        self.since = 0.0

    def look(self) -> Seen | None:
        """None where nobody has answered yet, or nobody is to be asked."""
        now = time.monotonic()
        if self.asking:
            self._hear(self.asking, now)
        if not self.asking and now >= self.next:
            self.next, self.since = now + self.every, now
            if concerned():
                self._ask()
        return self.last

    def close(self) -> None:
        if self.asking:
            self.asking.kill()
            self.asking.wait()
        if self.output:
            self.output.close()
        self.asking = self.output = None

    def _ask(self) -> None:
        # A file, not a pipe: nobody reads until it has ended, and a pipe would fill.
        self.output = tempfile.TemporaryFile()  # noqa: SIM115  (`close` closes it)
        with contextlib.suppress(OSError):
            self.asking = subprocess.Popen(
                command(),
                stdin=subprocess.DEVNULL,
                stdout=self.output,
                stderr=subprocess.DEVNULL,
                env=plain(os.environ),
                process_group=0,  # an interrupt from the terminal is not meant for it
            )

    def _hear(self, asking: subprocess.Popen[bytes], now: float) -> None:
        status = asking.poll()
        if status is None and now < self.since + PATIENCE:
            return
        if status == 0 and self.output:
            self.output.seek(0)
            self.last = with_trials(listed(self.output.read().decode(errors="replace")), self.known)
            self.known.update({job.batch: self.last.trials.get(job.id, ()) for job in self.last.open if job.batch})
        else:
            why = f"has not answered within {PATIENCE:g} s" if status is None else f"failed, exit status {status}"
            self.last = Seen(silent=f"squeue {why}")
        self.close()
