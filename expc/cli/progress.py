"""Trial folders in, one honest line out: how many are done, running, failed, and how long it will take."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from expc.cli.words import count, duration
from expc.runner.outcome import EVALUATE, folder, missing_evaluations, outcome_file, planned, status, survey

TICK = 0.5
"""Seconds between looks, at least; a look may take a tenth of the time."""
REPORT = 60.0
"""The same where no terminal shows the line: a look at thousands of trials would only take time from them."""


class Progress:
    """What is known of the trials of some plans; each trial is looked at until it has an outcome."""

    def __init__(self, plans: Sequence[str]) -> None:
        trials = {trial["id"]: trial for plan in plans for trial in planned(plan)}
        steps = survey(list(trials.values()))
        self.left = {identity: step for identity, (step, _) in zip(trials, steps, strict=True) if step}
        self.trials = {identity: trials[identity] for identity in self.left}
        self.statuses = [found for step, found in steps if not step]
        self.total = len(trials)
        self.here_before = len(self.statuses)
        self.started = time.monotonic()
        self.running = 0
        self.before = {identity: _stamp(identity) for identity in self.left}

    def look(self) -> None:
        held = _locked()
        running = 0
        for identity in list(self.left):
            if found := self.ended(identity):
                self.statuses.append(found)
                del self.left[identity]
            elif held and _inode(identity) in held:
                running += 1
        self.running = running

    def ended(self, identity: str) -> str | None:
        """How a trial has ended since the start; its evaluations count where they alone were left."""
        if self.left[identity] == EVALUATE:
            return None if missing_evaluations(self.trials[identity]) else "done"
        return status(identity) if _stamp(identity) != self.before[identity] else None

    def line(self) -> str:
        done, failed = self.statuses.count("done"), self.statuses.count("failed")
        parts = [f"{done}/{self.total} done", f"{self.running} running", f"{failed} failed"]
        if cancelled := self.statuses.count("cancelled"):
            parts.append(f"{cancelled} cancelled")
        fresh = len(self.statuses) - self.here_before
        if self.left and fresh:
            left = (time.monotonic() - self.started) / fresh * len(self.left)
            parts.append(f"about {duration(left)} left")
        return " · ".join(parts)

    def summary(self) -> str:
        done, failed = self.statuses.count("done"), self.statuses.count("failed")
        missing = f", {len(self.left)} not finished" if self.left else ""
        cancelled = self.statuses.count("cancelled")
        stopped = f", {cancelled} cancelled" if cancelled else ""
        hint = "; `expc retry` lets failed trials run again" if failed else ""
        took = duration(time.monotonic() - self.started)
        return f"{done} of {count(self.total, 'trial')} done, {failed} failed{stopped}{missing}, in {took}{hint}"


def watch(process: subprocess.Popen[bytes], progress: Progress) -> int:
    """Show the line until the process ends; its exit status. Without a terminal, a line each minute."""
    terminal = sys.stderr.isatty()
    tick = TICK if terminal else REPORT
    pause = tick
    while True:
        try:
            code = process.wait(timeout=pause)
        except subprocess.TimeoutExpired:
            looked = time.monotonic()
            progress.look()
            pause = max(tick, 10 * (time.monotonic() - looked))
            if terminal:
                sys.stderr.write(f"\r\x1b[2K{progress.line()}")
                sys.stderr.flush()
            else:
                sys.stderr.write(f"{progress.line()}\n")
            continue
        progress.look()
        if terminal:
            sys.stderr.write("\r\x1b[2K")
        return code


def _stamp(identity: str) -> int | None:
    try:
        return Path(outcome_file(identity)).stat().st_mtime_ns
    except OSError:
        return None


def _inode(identity: str) -> int | None:
    try:
        return Path(folder(identity), "lock").stat().st_ino
    except OSError:
        return None


def _locked() -> set[int]:
    """The inodes of all files locked on this machine; none where the kernel doesn't tell.

    Looking is better than trying a lock: a runner that met ours would take the trial for another's."""
    try:
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return set()
    return {int(line.split()[5].rpartition(":")[2]) for line in lines if " FLOCK " in line and "->" not in line}
