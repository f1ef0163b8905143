"""Jobs that end before what they carry does: trials go on where they were, and so does the workflow itself.

SLURM starts a requeued job after two minutes; who asks gets it sooner, and so the tests ask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LIMITS = Path(__file__).parent / "limits"
PATIENCE = 280.0

Until = Callable[..., Any]


@pytest.fixture
def limits(without_accounting: Any, project: Callable[..., Any]) -> Any:
    return project(without_accounting, LIMITS)


def hurried(cluster: Any) -> list[str]:
    """The jobs that SLURM would start later, which now start."""
    waiting = [job for job, state, why in cluster.jobs(form="%i|%T|%r") if (state, why) == ("PENDING", "BeginTime")]
    for job in waiting:
        cluster.ask("scontrol", "update", f"JobId={job}", "StartTime=now")
    return waiting


def scores(project: Any) -> dict[str, float]:
    return {
        trial["condition"]["steps"]: project.outcome(trial["id"])["metrics"]["test.score"]
        for trial in project.trials("limits")
    }


def uninterrupted() -> dict[str, float]:
    found = {}
    for steps in (2, 3, 4, 100, 5):
        value = 1.0
        for step in range(steps):
            value = value * 1.01 + step
        found[str(steps)] = value
    return found


def test_a_trial_that_is_longer_than_its_job_goes_on_in_the_next_and_what_was_done_stays(
    limits: Any, without_accounting: Any, wait_until: Until
) -> None:
    limits.compile("spec.yaml", "--site", "site.yaml")
    snakemake = limits.start()
    jobs = wait_until(lambda: hurried(without_accounting), "its job is to be started again", PATIENCE)
    done = [limits.of(trial["id"], "outcome.json").exists() for trial in limits.trials("limits")]
    assert done == [True, True, True, False, False]
    assert snakemake.wait(PATIENCE) == 0, snakemake.said.read_text()
    assert scores(limits) == uninterrupted()
    longest = limits.trials("limits")[3]["id"]
    assert [(row["status"], row.get("cause")) for row in limits.ledger(longest) if "status" in row] == [
        ("stopped", "time"),
        ("done", None),
    ]
    assert {row["job"] for row in limits.ledger(longest) if "job" in row} == set(jobs)
    assert all(len(limits.ledger(trial["id"])) == 2 for trial in limits.trials("limits")[:3])
    froms = [line for line in limits.of(longest, "log.txt").read_text().splitlines() if line.startswith("from")]
    assert froms[0] == "from 0"
    assert int(froms[1].split()[1]) > 0
    assert "Nothing to be done" in limits.snakemake("-n")


def test_a_controller_hands_over_to_itself_and_there_is_only_one(
    limits: Any, without_accounting: Any, wait_until: Until
) -> None:
    limits.expc("run", "spec.yaml", "--site", "site.yaml", "--controller", "slurm")
    said = limits.expc("run", "spec.yaml", "--controller", "slurm", status=1)
    assert "runs this project's workflow already" in said
    log = limits.folder / "results" / "controller.log"
    wait_until(
        lambda: hurried(without_accounting) == [] and log.exists() and "complete" in log.read_text(),
        "the controller has made the table",
        PATIENCE,
    )
    assert log.read_text().count("hands over at") >= 2, log.read_text()
    assert scores(limits) == uninterrupted()
    assert {row["status"] for row in limits.results("limits")} == {"done"}
