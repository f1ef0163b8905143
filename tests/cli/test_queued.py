"""What `expc status` says of a project whose trials run on a cluster."""

from __future__ import annotations

import json
import os
import pwd
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from expc.cli.watching.progress import Progress
from expc.cli.watching.watch import _overview

from .conftest import Called, finish, planned

Call = Callable[..., Called]
Cluster = Callable[..., None]

ME = pwd.getpwuid(os.getuid()).pw_name


def moment(ago: float) -> str:
    return datetime.fromtimestamp(time.time() - ago).strftime("%Y-%m-%dT%H:%M:%S")


@pytest.fixture
def cluster(call: Call, toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A compiled spec of four trials, submitted, and a squeue that lists jobs (id, state, reason, node, lines);
    they were submitted two hours ago, and those that run began an hour ago."""
    call("compile", "spec.yaml")
    (tmp_path / ".snakemake/slurm_logs").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    (plan,) = (tmp_path / "workflow/plans").glob("*.jsonl")

    def line(number: str, state: str, reason: str, node: str, lines: tuple[int, int]) -> str:
        comment = f"rule_batch_wildcards_toy_{plan.name.split('.')[1]}_train_{lines[0]}_{lines[1]}_0"
        started = "N/A" if state == "PENDING" else moment(3600)
        return "\x1f".join(
            [number, state, reason, "gpu", node, ME, moment(7200), started, "N/A", "x", comment, str(tmp_path)]
        )

    def listing(*jobs: tuple[str, str, str, str, tuple[int, int]], fails: bool = False) -> None:
        # Each is replaced in one step, for somebody asks at any moment; and who fails lists nothing new.
        if not fails:
            (tmp_path / "listed.new").write_text("".join(line(*job) + "\n" for job in jobs), encoding="utf-8")
            (tmp_path / "listed.new").rename(tmp_path / "listed")
        squeue = "echo mute >&2; exit 1\n" if fails else f"cat {tmp_path}/listed\n"
        for name, does in {"squeue": squeue, "sacct": "exit 1\n"}.items():
            program = tmp_path / "bin" / f"{name}.new"
            program.write_text(f"#!/bin/sh\n{does}")
            program.chmod(0o755)
            program.rename(program.with_suffix(""))

    return listing


def begun(project: Path, trial: dict[str, Any], job: str) -> None:
    folder = project / "results/trials" / trial["id"]
    folder.mkdir(parents=True, exist_ok=True)
    row = {"attempt": 1, "started": "2026-01-01T00:00:00.000Z", "pid": 1, "host": "n17", "user": ME, "job": job}
    (folder / "attempts.jsonl").write_text(json.dumps(row) + "\n")


def lines(call: Call) -> list[str]:
    code, output, _ = call("status")
    assert code == 0
    return [line.strip() for line in output.splitlines()[4:]]


def test_jobs_are_told_with_their_nodes_and_why_they_wait(call: Call, cluster: Cluster, tmp_path: Path) -> None:
    begun(tmp_path, planned(tmp_path)[0], "7")
    cluster(("7", "RUNNING", "None", "n17", (1, 2)), ("8", "PENDING", "Priority", "", (3, 3)),
            ("9", "PENDING", "PartitionTimeLimit", "", (4, 4)))  # fmt: skip
    assert lines(call) == [
        "in SLURM: 1 job runs on n17, for 60 min; 2 jobs wait with 2 trials, the first for 2 h 0 min",
        "1 waits: Priority (others are before it)",
        "1 job (9) will not start by itself: PartitionTimeLimit, it asks for more time than the partition allows",
    ]
    told = json.loads(call("status", "--format", "json")[1])[0]
    assert (told["running"], told["waiting"], told["elsewhere"], told["slurm"]) == (1, 3, {}, "answers")
    ids = [trial["id"] for trial in planned(tmp_path)]
    assert [(job["id"], job["state"], job["node"], job["trials"]) for job in told["jobs"]] == [
        ("7", "RUNNING", "n17", ids[:2]), ("8", "PENDING", None, ids[2:3]), ("9", "PENDING", None, ids[3:]),
    ]  # fmt: skip


def test_what_a_job_left_is_interrupted_once_slurm_says_that_the_job_is_over(
    call: Call, cluster: Cluster, tmp_path: Path
) -> None:
    for trial, job in zip(planned(tmp_path), ("7", "6", "5"), strict=False):
        begun(tmp_path, trial, job)
    cluster(("7", "RUNNING", "None", "n17", (1, 1)), ("6", "TIMEOUT", "TimeLimit", "n17", (2, 2)))
    assert lines(call)[1:] == ["2 trials interrupted in jobs that ended (6 TIMEOUT); the next run goes on with them"]


def test_what_was_asked_to_end_was_cancelled_or_preempted_as_slurm_says(
    call: Call, cluster: Cluster, tmp_path: Path
) -> None:
    for trial, job in zip(planned(tmp_path), ("5", "6", "7"), strict=False):
        begun(tmp_path, trial, job)
        with (tmp_path / "results/trials" / trial["id"] / "attempts.jsonl").open("a") as ledger:
            ledger.write(
                json.dumps({"attempt": 1, "ended": "later", "status": "stopped", "cause": "preemption"}) + "\n"
            )
    cluster(("6", "CANCELLED", "None", "n17", (2, 2)), ("7", "PREEMPTED", "None", "n17", (3, 3)))
    (said,) = [line for line in lines(call) if "interrupted" in line]
    ends = "(6 CANCELLED, 7 PREEMPTED, 1 cancelled or preempted)"
    assert said == f"3 trials interrupted in jobs that ended {ends}; the next run goes on with them"


def test_a_cluster_that_keeps_silent_declares_nothing_over(call: Call, cluster: Cluster, tmp_path: Path) -> None:
    begun(tmp_path, planned(tmp_path)[0], "7")
    cluster(fails=True)
    assert lines(call) == [
        "SLURM doesn't answer: mute (squeue). What runs on its nodes can't be told; nothing is given up",
        "1 trial begun on n17, where it may still run: it can't be seen from here",
    ]
    told = json.loads(call("status", "--format", "json")[1])[0]
    assert (told["slurm"], told["interrupted"], told["jobs"]) == ("mute (squeue)", [], [])


def test_what_trials_used_stands_beside_what_they_asked_for(call: Call, toy: Path, tmp_path: Path) -> None:
    toy.write_text(toy.read_text() + "resources: {cpus: 4, memory: 16GiB}\n")
    call("compile", "spec.yaml")
    one, two, *_ = planned(tmp_path)
    for trial, peak in ((one, 410), (two, 300)):
        finish(tmp_path, trial)
        path = tmp_path / "results/trials" / trial["id"] / "outcome.json"
        more = {"peak_memory": peak, "cpu_seconds": 3.6, "gpu_busy": 0.35, "gpu_memory": 3174}
        path.write_text(json.dumps({**json.loads(path.read_text()), **more}))
    used = "train asked for 16.0 GiB and 4 CPUs; used 410 MiB at most, 1.2 CPUs, "
    used += "its GPUs 35% of the time (3.1 GiB at most)"
    assert used in [line.strip() for line in call("status")[1].splitlines()]
    assert json.loads(call("status", "--format", "json")[1])[0]["used"] == [
        {
            "stage": "train",
            "trials": 2,
            "memory": 16384,
            "peak": 410,
            "cpus": 4,
            "busy": 1.2,
            "gpu": 0.35,
            "gpu_memory": 3174,
        }
    ]


def test_a_run_shows_its_jobs_and_what_runs_on_their_nodes(call: Call, cluster: Cluster, tmp_path: Path) -> None:
    cluster(("7", "RUNNING", "None", "n17", (1, 2)), ("8", "PENDING", "Resources", "", (3, 4)))
    (plan,) = (tmp_path / "workflow/plans").glob("*.jsonl")
    one, two, *_ = planned(tmp_path)
    begun(tmp_path, one, "7")
    begun(tmp_path, two, "7")
    finish(tmp_path, two)
    progress = Progress([f"workflow/plans/{plan.name}"]).in_detail()
    progress.poll.every = 0.0

    def line() -> str:
        progress.look()
        return progress.line()

    def shown(text: str) -> bool:
        end = time.monotonic() + 20
        while text not in line() and time.monotonic() < end:
            time.sleep(0.02)
        return text in progress.line()

    assert shown("1/4 done · 1 running · 0 failed · jobs: 1 running, 1 pending (Resources)")
    frame = _overview(progress)
    assert list(frame.blocks[0].facts)[1] == "  1 waits: Resources (it is next, and waits for nodes that are busy)"
    cluster(fails=True)
    assert shown("1 running · 0 failed · SLURM doesn't answer")  # what ran is taken to run on
    cluster(("8", "RUNNING", "None", "n18", (3, 4)))
    assert shown("0 running · 0 failed · 1 job running")
    progress.poll.close()
