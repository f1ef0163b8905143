"""The job that runs the workflow is ended in; what it has submitted goes on, and the next start does the rest out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NAPS = Path(__file__).parent / "naps"
PATIENCE = 280.0

Until = Callable[..., Any]


@pytest.fixture
def naps(cluster: Any, project: Callable[..., Any], wait_until: Until) -> Any:
    return napping(project(cluster, NAPS), wait_until)


def napping(made: Any, wait_until: Until) -> Any:
    """Four trials that last until they are woken, two a job; a controller has submitted them, and two have begun."""
    spec = made.folder / "spec.yaml"
    spec.write_text(spec.read_text().replace("trials_per_job: 1", "trials_per_job: 2").replace("seeds: 1", "seeds: 2"))
    made.expc("run", "spec.yaml", "--site", str(made.site()), "--controller", "slurm")
    wait_until(lambda: len(begun(made)) == 2, "two trials have begun", PATIENCE)
    return made


def begun(project: Any) -> list[str]:
    """Those that have come to a checkpoint."""
    return [trial["id"] for trial in project.trials("naps") if project.of(trial["id"], "checkpoints/last.pt").exists()]


def controller(cluster: Any) -> list[str]:
    """Its job and node, if it is in the queue; and whether it runs."""
    found = [job for job in cluster.jobs(form="%i|%N|%T|%k") if job[3] == "expc_controller"]
    return found[0][:3] if found else []


def log(project: Any) -> str:
    path = project.folder / "results" / "controller.log"
    return str(path.read_text()) if path.exists() else ""


def whole(project: Any, *, starts: int) -> bool:
    """Every trial was done once, in so many starts in all; there is a table, and nothing is left."""
    ledgers = [project.ledger(trial["id"]) for trial in project.trials("naps")]
    assert [[row["status"] for row in ledger if row.get("final")] for ledger in ledgers] == [["done"]] * 4
    assert sum("started" in row for ledger in ledgers for row in ledger) == starts
    assert [row["status"] for row in project.results("naps")] == ["done"] * 4
    return "Nothing to be done" in project.snakemake("-n")


def test_cancelled_it_says_so_and_leaves_its_jobs_alone_and_the_next_start_does_only_what_is_left(
    cluster: Any, naps: Any, wait_until: Until
) -> None:
    job, _, _ = controller(cluster)
    carry = {job for job, comment in cluster.jobs(form="%i|%k") if comment.startswith("rule_batch")}
    cluster.ask("scancel", job)
    wait_until(lambda: not controller(cluster), "it has ended")
    told = [line.split(" ", 2)[2] for line in log(naps).splitlines() if re.match(r"\d{4}-", line)]
    assert told[-1] in (
        "controller: asked to end; jobs that it has submitted go on",
        "controller: has ended; `expc run --controller slurm` or `snakemake` does what is left",
    )
    said = naps.expc("status")
    assert f"the controller, job {job}, has ended (CANCELLED): `expc run --controller slurm` or `snakemake` " in said
    assert {job for job, _ in cluster.jobs("--states=running")} == carry
    if cluster.accounting:
        following = naps.start()
    else:
        naps.expc("run", "spec.yaml", "--controller", "slurm")
        wait_until(
            lambda: f"waits for 2 jobs that are under way: {' '.join(sorted(carry, key=int))}" in log(naps), "it waits"
        )
    (naps.folder / "wake").touch()
    if cluster.accounting:
        assert following.wait(PATIENCE) == 0, following.said.read_text()
    else:
        wait_until(lambda: "the workflow is complete" in log(naps), "it is complete", PATIENCE)
        wait_until(lambda: not controller(cluster), "it has ended")
    assert whole(naps, starts=4)


def test_when_its_node_dies_it_is_started_on_another_and_goes_on(
    cluster: Any, project: Callable[..., Any], wait_until: Until, impatient: Path
) -> None:
    naps = napping(project(cluster, NAPS, checkout=impatient), wait_until)
    job, node, _ = controller(cluster)
    there = {job for job, name in cluster.jobs("--states=running", form="%i|%N") if name == node}
    cluster.kill_node(node)
    (naps.folder / "wake").touch()
    wait_until(lambda: cluster.hurried() == [] and "the workflow is complete" in log(naps), "it is complete", PATIENCE)
    wait_until(lambda: not controller(cluster), "it has ended")
    starts = re.findall(r"controller: job (\d+) on (\S+?)(?:,|$)", log(naps), re.MULTILINE)
    assert (starts[0], {number for number, _ in starts}, len(starts)) == ((job, node), {job}, 2)
    assert whole(naps, starts=4 + len(there - {job}))
