"""How an attempt ended in, what it means for the trial out: done, failed and why, or once more."""

import signal
from dataclasses import dataclass
from typing import Optional

from .ledger import RESTARTS

AGAIN = 85
JOB, PREEMPTED = "job", "preempted"  # what a process was killed for, if its job's time was up, or it is asked to end
MOST = 500
"""Characters of what a program printed last. Cut no sooner: of half a secret, nobody knows that it is one."""
INTERRUPTED = ("time", "memory", "signal")
"""Causes after which a retry goes on from the checkpoint: with more time or memory the program may end well."""


@dataclass(frozen=True)
class Cause:
    """Why a trial or an evaluation failed; `kind` is one of code, time, memory, signal, metrics, upstream, start."""

    kind: str
    detail: str


@dataclass(frozen=True)
class Ending:
    """`status` is the ledger's word; `again` asks for another attempt. `by` says what ended the job, with an attempt
    that the next job goes on with: time, or preemption (nobody tells a job why it is asked to end before its time)."""

    status: str
    cause: Optional[Cause] = None
    again: bool = False
    detail: str = ""
    by: str = ""

    @property
    def final(self):
        """Whether an outcome follows."""
        return not self.again and self.status != "stopped" and not self.by


def judge(ended, *, signalled, advanced, time, memory):  # noqa: PLR0911 - a table, one row a line
    """`signalled` counts earlier attempts that a signal ended, `advanced` says whether this one left a new
    checkpoint; `time` (s) and `memory` (MiB) are the limits."""
    if ended.killed_for:
        return killed(ended, time, memory)
    if ended.starved is not None:
        return starved(ended, signalled)
    if ended.unstarted:
        return failed("start", f"the program can't be started: {ended.unstarted}")
    if ended.signal is not None:
        return interrupted(ended.signal, signalled)
    if ended.exit == AGAIN and advanced:
        return Ending("continue", again=True)
    if ended.exit == AGAIN:
        return failed("code", f"asked to go on (exit status {AGAIN}) without a new checkpoint")
    if ended.exit:
        return failed("code", ended.printed[:MOST] or f"exit status {ended.exit}, and it printed nothing")
    return Ending("done")


def killed(ended, time, memory):
    """We did it. What the program made of our SIGTERM, an exit status 0 even, doesn't matter."""
    if ended.killed_for == "time":
        return failed("time", f"it took more than its {time:g} s", status="time")
    if ended.killed_for == "memory":
        return failed("memory", f"it occupied {ended.peak} MiB, more than its {memory} MiB", status="memory")
    return Ending("stopped")


def starved(ended, before):
    """The kernel's choice among several may have hit the wrong one; alone, it would only happen again."""
    beside = f", beside {ended.beside} others" if ended.beside else ""
    said = (
        f"the kernel killed it for want of memory: it occupied {ended.peak} MiB{beside}, "
        f"and {ended.starved} MiB is all that may be used here"
    )
    if ended.beside and before < RESTARTS:
        return Ending("signal", again=True, detail=said)
    return failed("memory", said, status="memory")


def failed(kind, detail, *, status="failed"):
    return Ending(status, Cause(kind, detail), detail=detail)


def interrupted(number, before):
    """A signal that we didn't send: a preempted node, the kernel short of memory, somebody's kill."""
    name = signal_name(number)
    if before < RESTARTS:
        return Ending("signal", again=True, detail=f"killed by {name}")
    hint = "; the machine may have run out of memory" if number == signal.SIGKILL else ""
    return failed("signal", f"killed by {name}, {before + 1} times{hint}", status="signal")


def signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
