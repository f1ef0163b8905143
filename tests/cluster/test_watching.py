"""What expc says of trials that SLURM runs, and what it stops of them, in the queue of a real cluster."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXPC = (sys.executable, "-m", "expc")
NAPS = Path(__file__).parent / "naps"


@pytest.fixture
def naps(cluster: Any, project: Callable[..., Any]) -> Any:
    """Two trials that last until they are woken, a job each."""
    made = project(cluster, NAPS)
    made.compile()
    return made


def wake(project: Any) -> None:
    (project.folder / "wake").touch()


def begun(*projects: Any) -> bool:
    """Whether all their trials have come to a checkpoint. Asking `expc status` again and again would take long."""
    trials = [(project, trial["id"]) for project in projects for trial in project.trials("naps")]
    return all(project.of(trial, "checkpoints/last.pt").exists() for project, trial in trials)


def queued(cluster: Any) -> list[str]:
    """Why the jobs of batches wait, as far as SLURM has said so."""
    waiting = cluster.jobs("--states=pending", form="%r|%k")
    return [why for why, comment in waiting if comment.startswith("rule_batch") and why in ("Resources", "Priority")]


def status(project: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(project.expc("status", "--format", "json"))[0]
    return found


def test_status_and_logs_follow_a_job_from_the_queue_to_its_cost(
    cluster: Any, naps: Any, wait_until: Callable[..., Any]
) -> None:
    whole = cluster.ask("sbatch", "--parsable", "--exclusive", "--nodes=3", "--output=/dev/null", "--wrap=sleep 600")
    wait_until(lambda: [whole.strip(), "RUNNING"] in cluster.jobs(), "somebody has the whole cluster")
    running = naps.start()
    wait_until(lambda: len(queued(cluster)) == 2, "the jobs are in the queue, and SLURM says why", 240)
    assert {job["reason"] for job in status(naps)["jobs"]} <= {"Resources", "Priority"}
    assert "2 jobs wait with 2 trials" in naps.expc("status")
    assert "it waits in job" in naps.expc("logs", "x=1", "seed=0")
    following = naps.cluster.start(naps.folder, *EXPC, "logs", "-f", "x=1", "seed=0")

    wait_until(lambda: "it waits in job" in following.said.read_text(), "the one who follows is told why")
    cluster.ask("scancel", whole.strip())
    wait_until(lambda: begun(naps), "all run", 240)
    found = status(naps)
    nodes = {job["id"]: job["node"] for job in found["jobs"]}
    assert (found["running"], len(nodes), set(nodes.values()) <= set(cluster.nodes)) == (2, 2, True)
    for trial in naps.trials("naps"):
        row = naps.ledger(trial["id"])[0]
        assert nodes[row["job"]] == row["node"]
    assert "2 jobs run on" in naps.expc("status")

    wake(naps)
    cluster.finish(running)
    assert following.wait(300) == 0
    followed = following.said.read_text()
    assert "it waits in job" in followed
    first = naps.trials("naps")[0]["id"]
    assert naps.of(first, "log.txt").read_text() in followed
    outcome = naps.outcome(first)
    assert f"ran in job {outcome['hardware']['job']} on {outcome['hardware']['node']}" in naps.expc("logs", first)
    cost = naps.expc("cost")
    assert ["root", "naps", "main", "2", "2"] in [line.split()[:5] for line in cost.splitlines()]
    assert ("2 jobs known to SLURM's accounting waited" in cost) == cluster.accounting


def test_cancel_stops_a_projects_jobs_and_no_others_and_the_next_run_goes_on(
    cluster: Any, naps: Any, project: Callable[..., Any], wait_until: Callable[..., Any]
) -> None:
    other = project(cluster, NAPS)
    other.compile()
    running = [naps.start(), other.start()]
    mine = cluster.ask("sbatch", "--parsable", f"--chdir={naps.folder}", "--output=/dev/null", "--wrap=sleep 600")
    wait_until(lambda: begun(naps, other), "both run", 240)
    assert (status(naps)["running"], status(other)["running"]) == (2, 2)
    one = naps.trials("naps")[0]
    assert "1 trial that runs" in naps.expc("cancel", one["id"], "--yes")
    wait_until(lambda: [row.get("status") for row in naps.ledger(one["id"])][1:] == ["stopped"], "it has stopped")
    assert "1 trial that runs" in naps.expc("cancel", "--yes")
    now = status(naps)
    assert (now["running"], len(now["interrupted"]), now["jobs"]) == (0, 2, [])
    assert status(other)["running"] == 2
    assert [mine.strip(), "RUNNING"] in cluster.jobs()
    assert running[0].wait(300) != 0  # and submits nothing more; asked twice to end, it may die of that
    cluster.ask("scancel", mine.strip())

    wake(naps)
    wake(other)
    naps.snakemake()
    cluster.finish(running[1])
    for trial in naps.trials("naps"):
        printed = naps.of(trial["id"], "log.txt").read_text().splitlines()
        assert 0 <= len(printed) - len(set(printed)) <= 1  # at most the nap in which it was interrupted comes again
        assert [row["status"] for row in naps.ledger(trial["id"]) if "status" in row] == ["stopped", "done"]
    assert [row["status"] for row in naps.results("naps")] == ["done"] * 2


def test_a_cluster_that_does_not_answer_is_said_so_and_nothing_is_given_up(
    cluster: Any, naps: Any, wait_until: Callable[..., Any], tmp_path: Path
) -> None:
    running = naps.start()
    wait_until(lambda: begun(naps), "all run", 240)
    mute = tmp_path / "mute"
    mute.mkdir()
    (mute / "squeue").write_text("#!/bin/sh\nsleep 60\n")
    (mute / "squeue").chmod(0o755)
    told = json.loads(naps.expc("status", "--format", "json", FIRST=str(mute)))[0]
    assert (told["slurm"], told["running"], told["interrupted"]) == ("squeue hasn't answered within 5 s", 2, [])
    assert "SLURM doesn't answer" in naps.expc("cancel", status=1, FIRST=str(mute))
    wake(naps)
    cluster.finish(running)
