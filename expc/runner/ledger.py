"""Attempts in, a trial's ledger out: one row when an attempt starts and one when it ends."""

import datetime
import os
from dataclasses import dataclass, replace
from typing import Optional

from .busy import NOTHING, Use, use_in
from .files import append_row, rows
from .job import held, job, user
from .shape import without_faults

RESTARTS = 3


@dataclass(frozen=True)
class Course:
    """The attempts towards one outcome. `last` numbers the trial's last attempt ever, `peak` is in MiB, `cpu` in
    seconds; `goes_on` says that a retry left what the earlier ones reached."""

    last: int
    attempts: int
    begun: Optional[str]
    seconds: float
    signalled: int
    peak: int = 0
    goes_on: bool = False
    cpu: float = 0.0
    gpu: Use = NOTHING

    @property
    def fresh(self):
        """Whether nothing of what lies in the trial's folder belongs to these attempts."""
        return self.attempts == 0 and not self.goes_on

    def after(self, ended, *, begun, signalled):
        return replace(
            self,
            last=self.last + 1,
            attempts=self.attempts + 1,
            begun=self.begun or begun,
            seconds=self.seconds + ended.seconds,
            signalled=self.signalled + signalled,
            peak=max(self.peak, ended.peak),
            cpu=self.cpu + ended.cpu,
            gpu=self.gpu + ended.gpu,
        )


def started(folder, attempt, pid, trial, printed, *, resuming):
    """Returns the time that it wrote. `printed` is the size of log.txt."""
    row = {"attempt": attempt, "started": now(), "pid": pid, "host": os.uname().nodename, "user": user(os.environ)}
    row.update(job(os.environ), **held(trial))
    row["log_so_far" if resuming else "log"] = printed
    append_row(ledger(folder), row)
    return row["started"]


def ended(folder, attempt, how, ending):
    """`how` it ended, and what that means. A final row says that an outcome follows."""
    append_row(
        ledger(folder),
        {
            "attempt": attempt,
            "ended": now(),
            "seconds": round(how.seconds, 3),
            "cpu_seconds": round(how.cpu, 3),
            "peak_memory": how.peak,
            **how.gpu.said(),
            "status": ending.status,
            "exit": how.exit,
            "signal": how.signal,
            "detail": ending.detail,
            "final": ending.final,
            **({"cause": ending.by} if ending.by else {}),
        },
    )


def log_from(folder):
    """The byte of log.txt from which on it is of the run that goes on, or has just ended."""
    return next((row["log"] for row in reversed(past_rows(folder)) if "log" in row), 0)


def retried(folder):
    """The next attempt goes on from where the last one came to."""
    append_row(ledger(folder), {"retried": now(), "goes_on": True})


def course(folder):
    """What the ledger tells of the way to the next outcome. Rows up to the last final one belong to earlier ones."""
    past = past_rows(folder)
    ends = [index for index, row in enumerate(past) if row.get("final")]
    mine = past[ends[-1] + 1 :] if ends else past
    begun = [row["started"] for row in mine if "started" in row]
    return Course(
        last=max((row.get("attempt", 0) for row in past), default=0),
        attempts=len(begun),
        begun=begun[0] if begun else None,
        seconds=sum(row.get("seconds", 0.0) for row in mine),
        signalled=sum(row.get("status") == "signal" for row in mine),
        peak=max((row.get("peak_memory", 0) for row in mine), default=0),
        cpu=sum(row.get("cpu_seconds", 0.0) for row in mine),
        gpu=sum(map(use_in, mine), NOTHING),
        goes_on=any(row.get("goes_on") is True for row in mine),
    )


def past_rows(folder):
    return [without_faults(row) for row in rows(ledger(folder))]


def ledger(folder):
    return os.path.join(folder, "attempts.jsonl")


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
