"""Jobs that end before what they carry does: trials go on where they were, and so does the workflow itself.

SLURM starts a requeued job after two minutes; who asks gets it sooner, and so the tests ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LIMITS = Path(__file__).parent / "limits"
PATIENCE = 280.0

Until = Callable[..., Any]


PARTITIONS = """\
  short: {time: 1m, cpus: 4, memory: 2000MiB}
"""


@pytest.fixture
def limits(project: Callable[..., Any]) -> Callable[..., Any]:
    """Five trials in a job of one minute at most, the fourth of which takes nearly all of it."""

    def make(cluster: Any, image: Path | None = None) -> Any:
        made = project(cluster, LIMITS, image)
        made.compile(cluster.site(PARTITIONS))
        return made

    return make


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
    clusters: tuple[Any, Any], limits: Callable[..., Any], wait_until: Until, image: Path
) -> None:
    projects = [limits(clusters[0]), limits(clusters[0], image), limits(clusters[1])]
    started = [project.start() for project in projects]
    for project in projects:
        fourth = project.trials("limits")[3]["id"]
        wait_until(lambda at=project, id=fourth: ended(at, id), "its first attempt is over", PATIENCE)
    while any(snakemake.poll() is None for snakemake in started[:2]):
        for cluster in clusters:
            cluster.hurried()
        time.sleep(0.3)
    for project, snakemake in zip(projects, started, strict=True):
        project.cluster.finish(snakemake)
        went_on(project)


def ended(project: Any, trial: str) -> list[tuple[str, str | None]]:
    return [(row["status"], row.get("cause")) for row in project.ledger(trial) if "status" in row]


def went_on(project: Any) -> None:
    """As if there had been no limit, in a job that was started again."""
    assert scores(project) == uninterrupted()
    longest = project.trials("limits")[3]["id"]
    *first, last = ended(project, longest)
    assert (set(first), last) == ({("stopped", "time")}, ("done", None))
    assert len({row["job"] for row in project.ledger(longest) if "job" in row}) == 1
    *short, _, following = [project.ledger(trial["id"]) for trial in project.trials("limits")]
    assert [len(ledger) for ledger in short] == [2, 2, 2]
    over = next(row["ended"] for row in project.ledger(longest) if "status" in row)
    assert max(ledger[-1]["ended"] for ledger in short) < over < following[0]["started"]
    froms = [line for line in project.of(longest, "log.txt").read_text().splitlines() if line.startswith("from")]
    assert froms[0] == "from 0"
    assert int(froms[-1].split()[1]) > 0
    assert "Nothing to be done" in project.snakemake("-n")


def test_a_controller_hands_over_to_itself_and_there_is_only_one(
    clusters: tuple[Any, Any], limits: Callable[..., Any], wait_until: Until
) -> None:
    projects = [limits(cluster) for cluster in clusters]
    for project in projects:
        project.expc("run", "spec.yaml", "--controller", "slurm")
        said = project.expc("run", "spec.yaml", "--controller", "slurm", status=1)
        assert "runs this project's workflow already" in said
    for project in projects:
        wait_until(
            lambda: (
                all(cluster.hurried() == [] for cluster in clusters) and "complete" in told(project)  # noqa: B023 - called in here alone
            ),
            "the controller has made the table",
            PATIENCE,
        )
        assert told(project).count("hands over at") >= 2, told(project)
        assert scores(project) == uninterrupted()
        assert {row["status"] for row in project.results("limits")} == {"done"}


def told(project: Any) -> str:
    """What the controller has said."""
    log = project.folder / "results" / "controller.log"
    return str(log.read_text()) if log.exists() else ""
