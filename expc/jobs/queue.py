"""What squeue and sacct print in, this project's jobs out.

Which job is whose is said by its working directory, and by the comment that Snakemake's executor gives it:
`rule_batch_wildcards_<experiment>_<plan>_<step>_<first>_<last>_<n>`. Both are kept by SLURM itself."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from expc.jobs.ask import asked

SEPARATOR = "\x1f"
"""Between fields: a folder's name may hold anything else."""

FIELDS = ("%A", "%T", "%r", "%P", "%N", "%u", "%V", "%S", "%e", "%j", "%k", "%Z")
ENDED = (
    "JobIDRaw",
    "State",
    "Partition",
    "NodeList",
    "User",
    "Submit",
    "Start",
    "End",
    "JobName",
    "Comment",
    "WorkDir",
)

AT_ONCE = 500
"""Jobs that one sacct is asked about."""

WAITING = frozenset(("PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT", "RESV_DEL_HOLD"))
RUNNING = frozenset(("RUNNING", "CONFIGURING", "COMPLETING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT"))

OF_A_BATCH = re.compile(r"([a-z0-9-]+)_([0-9a-f]+)_(.+)_(\d+)_(\d+)_(\d+)")
OF_A_RULE = re.compile(r"rule_([A-Za-z0-9]+)(?:_wildcards_(.*))?")


@dataclass(frozen=True)
class Batch:
    """The trials of a job: lines of a plan."""

    experiment: str
    plan: str
    step: str
    first: int
    last: int
    n: int

    @property
    def stem(self) -> str:
        """The batch's marker and log, without what they end in."""
        return f"results/{self.experiment}/batches/{self.plan}/{self.step}-{self.first}-{self.last}.{self.n}"

    @property
    def wildcards(self) -> str:
        return f"{self.experiment}_{self.plan}_{self.step}_{self.first}_{self.last}_{self.n}"


@dataclass(frozen=True)
class Job:
    """`reason` says why it waits, `node` may name several, moments are in Unix time; None is not known."""

    id: str
    state: str
    reason: str
    partition: str
    node: str
    user: str
    submitted: float | None
    started: float | None
    """Of one that waits: when SLURM expects it to start."""
    ends: float | None
    name: str
    comment: str
    folder: str

    @property
    def waits(self) -> bool:
        return self.state in WAITING

    @property
    def runs(self) -> bool:
        return self.state in RUNNING

    @property
    def batch(self) -> Batch | None:
        return batch_of(self.comment.removeprefix("rule_batch_wildcards_")) if self.rule == "batch" else None

    @property
    def rule(self) -> str:
        """The rule of the workflow that it runs; empty if it is none of Snakemake's jobs."""
        found = OF_A_RULE.fullmatch(self.comment)
        return found.group(1) if found else ""


def command() -> list[str]:
    """What asks for my jobs, also for those that ended a few minutes ago."""
    return ["squeue", "--noheader", "--states=all", f"--user={os.getuid()}", f"--format={SEPARATOR.join(FIELDS)}"]


def queue() -> tuple[Job, ...]:
    """My jobs of this project that wait, run, or ended a few minutes ago."""
    return listed(asked(command()))


def listed(text: str) -> tuple[Job, ...]:
    """This project's, of what squeue has printed."""
    return ours(parsed(text.splitlines(), FIELDS))


def ended(jobs: Sequence[str]) -> tuple[Job, ...]:
    """These jobs, as accounting remembers them; none where there is no accounting, or it has forgotten them."""
    sacct = ["sacct", "--noheader", "--allocations", "--parsable2", f"--delimiter={SEPARATOR}"]
    lines: list[str] = []
    for start in range(0, len(jobs), AT_ONCE):
        some = ",".join(jobs[start : start + AT_ONCE])
        lines += asked([*sacct, f"--jobs={some}", f"--format={','.join(ENDED)}"]).splitlines()
    return parsed(lines, ENDED)


def batch_of(wildcards: str) -> Batch | None:
    """The batch of which Snakemake's executor has joined the wildcards."""
    found = OF_A_BATCH.fullmatch(wildcards)
    if not found:
        return None
    experiment, plan, step, first, last, n = found.groups()
    return Batch(experiment, plan, step, int(first), int(last), int(n))


def parsed(lines: Iterable[str], fields: Sequence[str]) -> tuple[Job, ...]:
    rows = (line.split(SEPARATOR) for line in lines)
    return tuple(_job(dict(zip(fields, row, strict=True))) for row in rows if len(row) == len(fields))


def ours(jobs: Iterable[Job]) -> tuple[Job, ...]:
    """Those that were submitted in this folder, whatever it is called there."""
    known: dict[str, bool] = {}
    found = []
    for job in jobs:
        if job.folder not in known:
            known[job.folder] = _here(job.folder)
        if known[job.folder]:
            found.append(job)
    return tuple(found)


def _here(folder: str) -> bool:
    try:
        return Path(folder).samefile(".")
    except OSError:
        return False


def _job(said: Mapping[str, str]) -> Job:
    def get(*names: str) -> str:
        value = next((said[name].strip() for name in names if name in said), "")
        return "" if value in ("(null)", "None", "N/A", "Unknown", "None assigned") else value

    return Job(
        id=get("%A", "JobIDRaw"),
        state=get("%T", "State").partition(" ")[0].rstrip("+"),  # "CANCELLED by 0"
        reason=get("%r"),
        partition=get("%P", "Partition"),
        node=get("%N", "NodeList"),
        user=get("%u", "User"),
        submitted=_moment(get("%V", "Submit")),
        started=_moment(get("%S", "Start")),
        ends=_moment(get("%e", "End")),
        name=get("%j", "JobName"),
        comment=get("%k", "Comment"),
        folder=get("%Z", "WorkDir"),
    )


def _moment(text: str) -> float | None:
    """SLURM says it in local time."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None
