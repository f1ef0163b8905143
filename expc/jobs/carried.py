"""Jobs in, the trials that each of them carries out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from expc.jobs.queue import Job
from expc.runner.granted import resources
from expc.runner.outcome import Damaged, header, parsed, plan_file

Trial: TypeAlias = Mapping[str, Any]


def carried(jobs: Iterable[Job]) -> dict[str, tuple[str, ...]]:
    """The ids of each batch's trials, by the job's id; whether they are still to be done or not.

    A job may be of an older plan than the current one: then its plan says which trials it is for. A plan that is gone
    says nothing."""
    plans: dict[str, list[Job]] = {}
    for job in jobs:
        if job.batch:
            plans.setdefault(plan_file(job.batch.experiment, job.batch.plan), []).append(job)
    return {job: trials for plan, mine in plans.items() for job, trials in _of_plan(plan, mine)}


def _of_plan(plan: str, jobs: list[Job]) -> Iterator[tuple[str, tuple[str, ...]]]:
    try:
        lines = Path(plan).read_text(encoding="utf-8").splitlines()
        top = header(plan)
        for job in jobs:
            if job.batch:
                yield job.id, _class(top, [parsed(line, plan) for line in lines[job.batch.first : job.batch.last + 1]])
    except (OSError, Damaged):
        return


def _class(top: Trial, trials: list[Trial]) -> tuple[str, ...]:
    """A range's trials of one resource class: what lies between is of other batches."""
    wanted = resources(top, trials[0]) if trials else None
    return tuple(dict.fromkeys(trial["id"] for trial in trials if resources(top, trial) == wanted))
