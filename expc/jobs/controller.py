"""A workflow for a cluster in, the job that runs Snakemake itself out: found, or submitted.

It requeues itself before its time is up. So it keeps its id for as long as the workflow takes."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from expc.jobs.ask import SITE, asked
from expc.jobs.queue import Job
from expc.runner.placement import stated

COMMENT = "expc_controller"
LOG = Path("results/controller.log")

LONGEST = 2 * 24 * 3600
"""Seconds that one start of it asks for: short jobs begin sooner."""

MEMORY = 2048
"""MiB: Snakemake, and what makes tables and figures."""

PATIENCE = 30.0


def controllers(jobs: Iterable[Job]) -> tuple[Job, ...]:
    """Those that run or wait, who runs first; more than one only while one takes over from the other, or of two people
    who started at the same time."""
    found = [job for job in jobs if job.comment == COMMENT and (job.runs or job.waits)]
    return tuple(sorted(found, key=lambda job: not job.runs))


def ended(jobs: Iterable[Job]) -> Job | None:
    """The last one that was ended, or failed, and has no successor."""
    mine = [job for job in jobs if job.comment == COMMENT]
    if not mine or controllers(mine):
        return None
    last = max(mine, key=lambda job: int(job.id))
    return None if last.state == "COMPLETED" else last


def submit(command: Sequence[str], variables: Mapping[str, str], *, after: str | None = None) -> str:
    """The id of the new job, which gets these variables besides ours. Of two that were submitted at the same time one
    waits until the other has ended; `after` is a job that must have ended, too. Silent, if SLURM doesn't take it."""
    folder = Path.cwd()
    LOG.parent.mkdir(parents=True, exist_ok=True)
    order = ",".join(["singleton", *([f"afterany:{after}"] if after else [])])
    exported = ",".join(["ALL", *(f"{name}={value}" for name, value in variables.items())])
    words = [
        "sbatch", "--parsable", f"--job-name={_name(folder)}", f"--comment={COMMENT}", f"--dependency={order}",
        f"--chdir={folder}", f"--output={LOG}", "--open-mode=append", "--requeue", "--ntasks=1", "--cpus-per-task=1",
        f"--mem={MEMORY}", f"--export={exported}", *place(stated(str(SITE))),
        f"--wrap=exec {shlex.join(command)}",
    ]  # fmt: skip
    return asked(words, PATIENCE).strip().partition(";")[0]


def place(site: Mapping[str, Any]) -> list[str]:
    """Where it runs: not where jobs are preempted, nor where GPUs would idle, if there is another place."""
    partition = min(
        site["partitions"], key=lambda one: (one["preemptible"], bool(one["gpus"]), -min(one["time"], LONGEST))
    )
    wanted = {
        "partition": partition["name"],
        "account": partition.get("account") or site.get("account"),
        "qos": partition.get("qos") or site.get("qos"),
        "constraint": partition.get("constraint"),
        "time": max(1, min(partition["time"], LONGEST) // 60),
    }
    return [f"--{name}={value}" for name, value in wanted.items() if value]


def _name(folder: Path) -> str:
    """SLURM lets one job of a name run at a time, so each project has its own."""
    return f"expc-{folder.name[:30]}-{hashlib.sha256(bytes(folder)).hexdigest()[:8]}"
