"""`expc run --controller slurm`: a compiled workflow in, a small job that runs Snakemake to its end out.

Sites kill long processes on login nodes, and laptops are closed. The job ends before its time is up, without ending
those that it has submitted; started again, it waits for them, and goes on with what is left."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from expc.cli.watching.broke import broke
from expc.cli.watching.hindered import Hindered
from expc.errors import ExpcError
from expc.jobs.ask import Silent, concerned, plain
from expc.jobs.controller import LOG, controllers, submit
from expc.jobs.queue import Job, queue
from expc.runner.in_job import end_of, requeued
from expc.runner.stops import STARTED

if TYPE_CHECKING:
    from expc.compiler.reading.site import Site

Over = Callable[[], bool]
BLINK = 0.2
"""Seconds. SLURM may kill us two seconds after it has asked us to end, and we have something to say."""
SNAKEMAKE_LOG = Path("results/snakemake.log")

HANDOVER, PART = 120.0, 0.2
"""Seconds before its job's end at which a controller stops; of a short job, this part."""

LOOK = 15.0
"""Seconds between two looks at the jobs of an earlier controller, at most."""


class AlreadyRunningError(ExpcError):
    """This project's workflow has a controller."""


def refuse_unless_possible(site: Site | None, *, here: bool) -> None:
    """No two controllers: each would submit all that is left. And none without a cluster."""
    if site is None or here:
        raise click.UsageError("--controller slurm is for a cluster: name its site file, with `--site`")
    try:
        found = controllers(queue())
    except Silent as why:
        raise ExpcError(f"SLURM doesn't answer: {why}. Whether a controller runs already can't be known") from why
    _refuse(found)


def refuse_beside_a_controller() -> None:
    """Who runs a workflow here while a controller does: each would submit all that is left, or do it."""
    if not concerned():
        return
    with contextlib.suppress(Silent):  # who runs it at the cluster is told of that
        _refuse(controllers(queue()))


def _refuse(found: Sequence[Job]) -> None:
    if found:
        raise AlreadyRunningError(
            f"job {found[0].id} runs this project's workflow already ({found[0].state.lower()}; its log is {LOG}).\n"
            f"    `expc status` shows how far it is, `expc cancel` or `scancel {found[0].id}` ends it; after that,\n"
            "    `expc run` goes on with what is left."
        )


def start(options: Sequence[str]) -> None:
    """Submit the controller."""
    try:
        job = _submit(options)
    except Silent as why:
        raise ExpcError(f"the controller's job was not submitted: {why}") from why
    click.echo(f"Job {job} runs the workflow from now on; nothing here needs to stay open. Its log is {LOG}.")
    click.echo(f"`expc status` shows how far it is; `scancel {job}` ends it, `expc cancel` it and all that it started.")


def _submit(options: Sequence[str], *, after: str | None = None) -> str:
    """The workflow was started once, however often it is handed over: what was asked to stop since then stays so."""
    command = [sys.executable, "-P", "-m", "expc", "internal", "control", "--", *options]
    started = os.environ.get(STARTED) or f"{time.time():.3f}"
    return submit(command, {STARTED: started}, after=after)


def control(options: Sequence[str]) -> int:
    """What the controller's job does; its exit status."""
    job = os.environ["SLURM_JOB_ID"]
    asked_to_end: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: asked_to_end.append(number))
    began, ends = time.time(), end_of(job)
    until = None if ends is None else ends - min(HANDOVER, PART * (ends - began))
    _say(
        f"controller: job {job} on {os.environ.get('SLURMD_NODENAME', os.uname().nodename)}"
        + (f", hands over at {_clock(until)}" if until else "")
    )

    def over() -> bool:
        return bool(asked_to_end) or (until is not None and time.time() >= until)

    _wait_for_earlier_jobs(over)
    status = None if over() else _snakemake(options, over)
    if status is None:
        return _hand_over(job, options, cancelled=bool(asked_to_end))
    _say("controller: the workflow is complete" if status == 0 else f"controller: {broke(SNAKEMAKE_LOG, Path())}")
    return 1 if status else 0


def _wait_for_earlier_jobs(over: Over) -> None:
    """What an earlier start of Snakemake has submitted goes on by itself; submitted twice, it would wait for itself."""
    told, pause = False, 1.0
    while not over():
        jobs = _earlier()
        if jobs == ():
            return
        if jobs and not told:
            told = True
            _say(f"controller: waits for {len(jobs)} jobs that are under way: {' '.join(job.id for job in jobs[:12])}")
        _sleep(pause, over)
        pause = min(LOOK, 2 * pause)


def _earlier() -> tuple[Job, ...] | None:
    """The open jobs of this workflow; None if nobody can tell."""
    try:
        open_ = (job for job in queue() if job.rule and (job.runs or job.waits))
        return tuple(sorted(open_, key=lambda job: int(job.id)))
    except Silent:
        return None


def _snakemake(options: Sequence[str], over: Over) -> int | None:
    """Its exit status; None if it was left before its end. Killed, it leaves its jobs alone; asked, it cancels them."""
    hindered = Hindered(SNAKEMAKE_LOG, lambda: False)
    with SNAKEMAKE_LOG.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "snakemake", *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
            env=plain(os.environ),  # what SLURM says of our own job, sbatch would take for its options
        )
        while process.poll() is None:
            if over():
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return None
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=BLINK)
            if news := hindered.news():
                _say(f"controller: {news}")
    return process.returncode


def _hand_over(job: str, options: Sequence[str], *, cancelled: bool) -> int:
    """To the same job, started again; where that can't be done, to another one."""
    if cancelled:
        _say("controller: asked to end; jobs that it has submitted go on")
    if requeued(job):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        time.sleep(60)  # SLURM ends us now, and only then starts the job again
    if not cancelled:
        try:
            _say(f"controller: hands over to job {_submit(options, after=job)}")
        except Silent as why:
            _say(f"controller: its time is up, and no other job could be submitted: {why}; `expc run` goes on")
            return 1
        return 0
    _say("controller: has ended; `expc run --controller slurm` or `snakemake` does what is left")
    return 1


def _sleep(seconds: float, over: Over) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not over():
        time.sleep(BLINK)


def _clock(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))


def _say(text: str) -> None:
    click.echo(f"{_clock(time.time())} {text}")
