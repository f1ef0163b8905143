"""What SLURM says of an experiment's jobs in, lines for people out: what runs where, what waits and why."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from expc.cli.tally import Line, State
from expc.cli.words import count, duration
from expc.jobs.ask import Silent
from expc.jobs.controller import LOG, controllers, ended
from expc.jobs.queue import Job
from expc.jobs.queue import ended as accounted
from expc.jobs.reasons import meaning, stuck
from expc.jobs.seen import Seen
from expc.working import rows

NODES, REASONS = 6, 4
"""How many are named."""

OUTSIDE = "preemption"
"""What a ledger says of an attempt whose job was asked to end before its time."""

REMEMBERED = 50
"""Jobs that accounting is asked about."""


def led(seen: Seen, states: Mapping[str, State]) -> Iterator[str]:
    """The job that runs the workflow itself, if there is one; or that there is none any more, and trials are left."""
    for job in controllers(seen.jobs):
        why = f" ({meaning(job.reason) or job.reason})" if job.reason else ""
        where = f"on {job.node}" if job.runs else f"which waits{why}"
        yield f"run by the controller, job {job.id}, {where}; its log is {LOG}"
    gone = ended(seen.jobs)
    if gone and {"running", "waiting"} & set(states.values()):
        yield (
            f"the controller, job {gone.id}, has ended ({gone.state}): `expc run --controller slurm` or `snakemake`"
            f" does what is left; its log is {LOG}"
        )


def told(seen: Seen, name: str, states: Mapping[str, State]) -> list[str]:
    """Lines on an experiment's open jobs, stage by stage; `states` are those of its trials."""
    steps: dict[str, list[Job]] = {}
    for job in seen.of(name):
        steps.setdefault(job.batch.step if job.batch else "", []).append(job)
    return [
        line
        for step, jobs in steps.items()
        for line in _of_step(seen, jobs, states, f"{step} in SLURM" if len(steps) > 1 else "in SLURM")
    ]


def _of_step(seen: Seen, jobs: Sequence[Job], states: Mapping[str, State], head: str) -> list[str]:
    running, waiting = [job for job in jobs if job.runs], [job for job in jobs if job.waits]
    starting = [job for job in waiting if not stuck(job.reason)]
    parts = [_running(running)] if running else []
    if waiting:
        trials = {trial for job in waiting for trial in seen.trials.get(job.id, ()) if states.get(trial) == "waiting"}
        parts.append(f"{_jobs(waiting)} wait{_s(waiting)} with {count(len(trials), 'trial')}{_longest(waiting)}")
    lines = [f"{head}: {'; '.join(parts)}"] if parts else []
    return [*lines, *(f"  {line}" for line in _reasons(starting))]


def stuck_jobs(seen: Seen, name: str) -> Iterator[str]:
    """Those that don't start unless somebody does something."""
    groups: dict[str, list[Job]] = {}
    for job in seen.of(name):
        if job.waits and stuck(job.reason):
            groups.setdefault(job.reason, []).append(job)
    for reason, jobs in groups.items():
        which = ", ".join(job.id for job in jobs[:REASONS]) + (", …" if len(jobs) > REASONS else "")
        why = meaning(reason)
        yield f"{_jobs(jobs)} ({which}) will not start by itself: {reason}{f', {why}' if why else ''}"


def ends(seen: Seen, trials: Iterable[str]) -> str:
    """What became of the jobs in which these trials were interrupted, as far as SLURM or its accounting knows. A trial
    itself can't tell whether its job was preempted or cancelled."""
    last = [_last(trial) for trial in trials]
    jobs = list(dict.fromkeys(job for job, _ in last if job))[:REMEMBERED]
    found = {job: seen.by_id[job].state for job in jobs if job in seen.by_id}
    with contextlib.suppress(Silent):  # many clusters have no accounting
        found.update({job.id: job.state for job in accounted([job for job in jobs if job not in found])})
    known = [f"{job} {found[job]}" for job in jobs if job in found]
    outside = sum(cause == OUTSIDE and job not in found for job, cause in last)
    told = [*known[:REASONS], *(["…"] if len(known) > REASONS else [])]
    told += [f"{outside} cancelled or preempted"] if outside else []
    return f" in jobs that ended ({', '.join(told)})" if told else ""


def _last(trial: str) -> tuple[str, str]:
    """The job of its last attempt, and what its ledger says of that attempt's end; empty where there is nothing."""
    found = rows(trial)
    job = next((str(row.get("job", "")) for row in reversed(found) if "started" in row), "")
    return job, str(found[-1].get("cause", "")) if found else ""


def unstarted(trial: Line, seen: Seen | None) -> str:
    """Why a trial has not begun."""
    job = seen.by_trial.get(trial["id"]) if seen else None
    if seen and seen.silent:
        return f"it has not been started yet, and SLURM doesn't answer: {seen.silent}"
    if job is None:
        return "it has not been started yet"
    if job.runs:
        return f"its turn in job {job.id} has not come yet, which runs on {job.node or 'a node'}"
    why = f" ({meaning(job.reason)})" if meaning(job.reason) else ""
    return f"it waits in job {job.id}: {job.reason or 'SLURM has not said why yet'}{why}"


def place(trial: str) -> str:
    """The job and the node of a trial's last attempt; empty outside of SLURM."""
    row: Mapping[str, Any] = next((row for row in reversed(rows(trial)) if "started" in row), {})
    return f"ran in job {row['job']} on {row.get('node', row.get('host'))}" if "job" in row else ""


def brief(seen: Seen) -> str:
    """All jobs of the project in a few words: for the line of a run that goes on."""
    if seen.silent:
        return "SLURM doesn't answer"
    running, waiting = sum(job.runs for job in seen.open), [job for job in seen.open if job.waits]
    if not waiting:
        return f"{count(running, 'job')} running" if running else "no job in the queue"
    reasons = Counter(job.reason or "not told yet" for job in waiting).most_common(2)
    why = ", ".join(reason for reason, _ in reasons)
    return f"jobs: {running} running, {len(waiting)} pending ({why})"


def as_json(seen: Seen, name: str) -> list[dict[str, Any]]:
    return [
        {
            "id": job.id,
            "state": job.state,
            "reason": job.reason or None,
            "partition": job.partition,
            "node": job.node or None,
            "submitted": job.submitted,
            "started": job.started if job.runs else None,
            "expected": job.started if job.waits else None,
            "ends": job.ends if job.runs else None,
            "step": job.batch.step if job.batch else None,
            "log": f"{job.batch.stem}.log" if job.batch else None,
            "trials": list(seen.trials.get(job.id, ())),
        }
        for job in seen.of(name)
    ]


def _running(jobs: Sequence[Job]) -> str:
    nodes = list(dict.fromkeys(job.node for job in jobs if job.node))
    where = f" on {', '.join(nodes[:NODES])}{', …' if len(nodes) > NODES else ''}" if nodes else ""
    began = [job.started for job in jobs if job.started]
    since = f", {'for' if len(jobs) == 1 else 'the longest for'} {duration(time.time() - min(began))}" if began else ""
    return f"{_jobs(jobs)} run{_s(jobs)}{where}{since}"


def _longest(waiting: Sequence[Job]) -> str:
    since = [job.submitted for job in waiting if job.submitted]
    return f", {'for' if len(waiting) == 1 else 'the first for'} {duration(time.time() - min(since))}" if since else ""


def _reasons(waiting: Sequence[Job]) -> Iterator[str]:
    for reason, number in Counter(job.reason for job in waiting).most_common(REASONS):
        why = meaning(reason)
        yield f"{number} wait{'s' if number == 1 else ''}: {reason or 'SLURM has not said why yet'}" + (
            f" ({why})" if why else ""
        )
    expected = [job.started for job in waiting if job.started and job.started > time.time()]
    if expected:
        yield f"SLURM expects the next to start in {duration(min(expected) - time.time())}"


def _jobs(jobs: Sequence[Job]) -> str:
    return count(len(jobs), "job")


def _s(jobs: Sequence[Job]) -> str:
    return "s" if len(jobs) == 1 else ""
