"""A site and what a trial needs in, the partition and what its job asks for out."""

from __future__ import annotations

from typing import Any

import pytest

from expc.runner import packing, placement


def partition(name: str, **has: Any) -> dict[str, Any]:
    usual = {"time": 86_400, "cpus": 64, "memory": 256_000, "gpus": {}, "nodes": 1, "preemptible": False}
    return {"name": name, **usual, **has}


SITE = {
    "name": "university",
    "account": "ml",
    "jobs": {"most": 50, "submit": 5, "target": 2700, "shortest": 600, "check": 20},
    "partitions": [
        partition("gpu", gpus={"a100": 4, "v100": 2}, nodes=2, account="ml-gpu"),
        partition("short", time=3_600),
        partition("long", time=604_800, qos="long"),
        partition("spare", preemptible=True, constraint="ib"),
        partition("spare-gpu", gpus={"nvidia-h100": 8}, preemptible=True),
    ],
}


def need(**asked: Any) -> dict[str, Any]:
    return {"cpus": 1, "memory": 1000, "time": 60, **asked}


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({}, "short"),
        ({"time": 7_200}, "long"),
        ({"time": None}, "short"),
        ({"gpus": 1}, "gpu"),
        ({"gpus": 4, "gpu": "a100"}, "gpu"),
        ({"gpus": 4, "gpu": "v100"}, None),
        ({"gpus": 8}, None),
        ({"gpus": 8, "preemptible": True}, "spare-gpu"),
        ({"gpus": 1, "gpu": "nvidia-h100", "preemptible": True}, "spare-gpu"),
        ({"gpus": 1, "preemptible": True}, "spare-gpu"),
        ({"preemptible": True}, "spare"),
        ({"nodes": 2}, "gpu"),
        ({"nodes": 3}, None),
        ({"cpus": 64}, "short"),
        ({"cpus": 64, "at_once": 2}, None),
        ({"memory": 255_700}, "short"),
        ({"memory": 255_701}, None),
        ({"time": 700_000}, "long"),
        ({"time": 700_000, "gpus": 1}, "gpu"),
    ],
)
def test_a_trial_goes_to_the_first_partition_that_has_what_it_needs(asked: dict[str, Any], name: str | None) -> None:
    found = placement.placed(SITE, need(**asked))
    assert (found and found["name"]) == name


@pytest.mark.parametrize(
    ("asked", "trials", "job"),
    [
        ({}, 1, {"slurm_partition": "short", "runtime": 4, "mem_mb": 1300, "cpus_per_task": 1}),
        ({"at_once": 2}, 5, {"slurm_partition": "short", "runtime": 6, "mem_mb": 2300, "cpus_per_task": 2}),
        ({"at_once": 4}, 2, {"slurm_partition": "short", "runtime": 4, "mem_mb": 2300, "cpus_per_task": 2}),
        ({"time": None}, 9, {"slurm_partition": "short", "runtime": 60, "mem_mb": 1300, "cpus_per_task": 1}),
        ({"memory": None}, 1, {"slurm_partition": "short", "runtime": 4, "mem_mb": 4300, "cpus_per_task": 1}),
        (
            {"memory": None, "at_once": 64},  # a node full of them: with what the job itself takes, it holds no more
            64,
            {"slurm_partition": "short", "runtime": 4, "mem_mb": 255_980, "cpus_per_task": 64},
        ),
        ({"time": 3_600}, 9, {"slurm_partition": "short", "runtime": 60, "mem_mb": 1300, "cpus_per_task": 1}),
        (
            {"exclusive": True, "cpus": 16},
            9,
            {
                "slurm_partition": "short",
                "runtime": 12,
                "mem_mb": 1300,
                "cpus_per_task": 16,
                "slurm_extra": "--exclusive",
            },
        ),
        (
            {"gpus": 2, "gpu": "a100"},
            1,
            {
                "slurm_partition": "gpu",
                "slurm_account": "ml-gpu",
                "runtime": 4,
                "mem_mb": 1300,
                "cpus_per_task": 1,
                "gpu": 2,
                "gpu_model": "a100",
            },
        ),
        (
            {"gpus": 2, "nodes": 2, "exclusive": True},
            1,
            {
                "slurm_partition": "gpu",
                "slurm_account": "ml-gpu",
                "runtime": 4,
                "mem_mb": 1300,
                "cpus_per_task": 1,
                "nodes": 2,
                "mpi": "srun",
                "tasks": 2,
                "slurm_extra": "--exclusive --gpus-per-node=2",
            },
        ),
        (
            {"gpus": 1, "gpu": "nvidia-h100", "preemptible": True},
            1,
            {
                "slurm_partition": "spare-gpu",
                "runtime": 4,
                "mem_mb": 1300,
                "cpus_per_task": 1,
                "slurm_extra": "--gpus-per-node=nvidia-h100:1",
            },
        ),
        (
            {"preemptible": True},
            1,
            {"slurm_partition": "spare", "constraint": "ib", "runtime": 4, "mem_mb": 1300, "cpus_per_task": 1},
        ),
        (
            {"time": 604_800},
            1,
            {"slurm_partition": "long", "qos": "long", "runtime": 10_080, "mem_mb": 1300, "cpus_per_task": 1},
        ),
    ],
)
def test_a_job_asks_for_what_its_trials_need_together_and_a_margin(
    asked: dict[str, Any], trials: int, job: dict[str, Any]
) -> None:
    assert placement.job(SITE, need(**asked), trials) == {"slurm_account": "ml", **job}


def test_where_a_trial_fits_nowhere_there_is_no_job() -> None:
    assert placement.job(SITE, need(gpus=16), 1) is None


@pytest.mark.parametrize(
    ("asked", "trials", "fewest", "size"),
    [
        ({"time": 10}, 20, 1, 20),
        ({"time": 10}, 200, 1, 57),
        ({"time": 10}, 20_000, 20, 257),
        ({"time": 300}, 24, 1, 1),
        ({"time": 300}, 500, 1, 8),
        ({"time": 600}, 3_000, 3, 4),
        ({"time": 3_600}, 24, 1, 1),
        ({"time": 3_600}, 3_000, 3, 3),
        ({"time": 3_600, "at_once": 2}, 50, 1, 2),
        ({"time": None}, 24, 1, 1),
        ({"time": None}, 500, 1, 10),
        ({"gpus": 16}, 500, 3, 3),
    ],
)
def test_a_job_carries_as_many_trials_as_make_it_worth_its_while(
    asked: dict[str, Any], trials: int, fewest: int, size: int
) -> None:
    assert packing.size(SITE, need(**asked), trials, fewest) == size
