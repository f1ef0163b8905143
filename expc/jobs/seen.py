"""A project in, what SLURM says of its jobs now out; or that it says nothing."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from expc.jobs.ask import Silent, concerned
from expc.jobs.carried import carried
from expc.jobs.queue import Batch, Job, queue


@dataclass(frozen=True)
class Seen:
    """`silent` says why nothing is known; then nothing may be concluded from what isn't there."""

    jobs: tuple[Job, ...] = ()
    silent: str = ""
    trials: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The trials of each job."""

    @cached_property
    def open(self) -> tuple[Job, ...]:
        return tuple(job for job in self.jobs if job.runs or job.waits)

    @cached_property
    def by_id(self) -> Mapping[str, Job]:
        return {job.id: job for job in self.jobs}

    @cached_property
    def by_trial(self) -> Mapping[str, Job]:
        """The open job of each trial; of two, the one that runs."""
        waiting_first = sorted(self.open, key=lambda job: job.runs)
        return {trial: job for job in waiting_first for trial in self.trials.get(job.id, ())}

    def of(self, experiment: str) -> tuple[Job, ...]:
        """The open jobs that carry trials of an experiment."""
        return tuple(job for job in self.open if job.batch and job.batch.experiment == experiment)

    def fate(self, row: Mapping[str, Any]) -> Literal["runs", "over", "unknown"]:
        """What became of an attempt on another machine, by the row of the ledger that says that it was started. Of
        others' jobs SLURM may keep silent."""
        job = self.by_id.get(row.get("job", ""))
        if job and job.runs:
            return "runs"
        mine = "job" in row and row.get("user") == me()
        return "over" if mine and not self.silent else "unknown"


def me() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def seen() -> Seen | None:
    """None where the project has nothing to do with SLURM: there nothing is asked, since a `squeue` whose cluster is
    down takes seconds."""
    if not concerned():
        return None
    try:
        return with_trials(queue(), {})
    except Silent as why:
        return Seen(silent=str(why))


def with_trials(jobs: tuple[Job, ...], known: Mapping[Batch, tuple[str, ...]]) -> Seen:
    """`known` are the trials of batches that were looked up before."""
    batches = {job.id: job.batch for job in jobs if job.batch and (job.runs or job.waits)}
    found = {**known, **carried({batch for batch in batches.values() if batch not in known})}
    return Seen(jobs, trials={job: found[batch] for job, batch in batches.items() if batch in found})
