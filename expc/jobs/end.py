"""What somebody wants stopped in, the jobs to remove, to end, and to leave alone out; and their end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from expc.jobs.ask import asked
from expc.jobs.controller import COMMENT
from expc.jobs.queue import Job
from expc.jobs.seen import Seen

AT_ONCE = 200
"""Jobs that one scancel names."""

PATIENCE = 30.0
"""Seconds for one scancel: a scheduler with a full queue is slow to forget."""


@dataclass(frozen=True)
class Wanted:
    """What is to stop: these trials, and all jobs of these experiments. `left` are all trials that are unfinished,
    `everything` says that nothing of the workflow is to go on."""

    trials: Collection[str]
    experiments: Collection[str]
    left: Collection[str]
    everything: bool


@dataclass(frozen=True)
class Ends:
    """What becomes of the open jobs. `waiting` are removed from the queue; `running` end, or are made to; `shared` go
    on, with trials that nobody wants stopped."""

    waiting: tuple[Job, ...] = ()
    running: tuple[Job, ...] = ()
    shared: tuple[Job, ...] = ()


def ends(seen: Seen, wanted: Wanted) -> Ends:
    kinds = [(job, _kind(job, seen.trials.get(job.id, ()), wanted)) for job in seen.open]
    whole = [job for job, kind in kinds if kind == "whole"]
    return Ends(
        waiting=tuple(job for job in whole if job.waits),
        running=tuple(job for job in whole if job.runs),
        shared=tuple(job for job, kind in kinds if kind == "shared"),
    )


def _kind(job: Job, carried: Sequence[str], wanted: Wanted) -> str:
    """`whole`, `shared`, or none: a job of somebody's own in the same folder, or one that carries other trials."""
    if job.comment == COMMENT:
        return "whole" if wanted.everything else ""
    if not job.rule:
        return ""
    if wanted.everything or (job.batch and job.batch.experiment in wanted.experiments):
        return "whole"
    if not any(trial in wanted.trials for trial in carried):
        return ""
    return "whole" if all(trial in wanted.trials or trial not in wanted.left for trial in carried) else "shared"


def remove(jobs: Sequence[Job]) -> None:
    """Take jobs out of the queue, and end those that run. Silent, if SLURM doesn't answer."""
    for start in range(0, len(jobs), AT_ONCE):
        asked(["scancel", *(job.id for job in jobs[start : start + AT_ONCE])], PATIENCE)
