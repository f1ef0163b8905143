"""Trials of several processes, on one node and on several, in a container and not, through a real SLURM."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SPEC = """\
expc: 1
name: wide
task: {command: "python3 ranks.py", code: {path: ., include: [ranks.py]}, results: {file: metrics.json}}
factors: {how: {alone: {launcher: torchrun}, joined: {launcher: torchrun}, stepped: {launcher: srun}}}
metrics: {processes: {goal: maximize}, sum: {goal: maximize}}
baseline: {how: joined}
resources: {gpus: 2, cpus: 2, memory: 1500MB, time: 5m, launcher: torchrun}
overrides:
  - {when: {how: joined}, resources: {nodes: 2}}
  - {when: {how: stepped}, resources: {nodes: 2, launcher: srun}}
environment: {network: host}
"""
ALONE = """\
expc: 1
name: wide
task: {command: "python3 ranks.py", code: {path: ., include: [ranks.py]}, results: {file: metrics.json}}
metrics: {processes: {goal: maximize}, sum: {goal: maximize}}
resources: {gpus: 2, cpus: 2, memory: 1500MB, time: 5m, launcher: torchrun}
"""
# All add up their ranks from 1; where torchrun has started them, by way of each other. Each has a GPU of its own.
RANKS = """\
import json, os

gpus = os.environ["CUDA_VISIBLE_DEVICES"].split(",")
assert len(set(gpus)) == 2, gpus
if "RANK" in os.environ:
    import torch
    import torch.distributed as dist

    assert int(os.environ["LOCAL_RANK"]) < len(gpus)
    dist.init_process_group("gloo")
    rank, found = dist.get_rank(), torch.tensor([dist.get_rank() + 1.0])
    dist.all_reduce(found)
    processes, total = dist.get_world_size(), found.item()
    dist.destroy_process_group()
else:
    rank, processes = int(os.environ["SLURM_PROCID"]), int(os.environ["SLURM_NTASKS"])
    total = processes * (processes + 1) / 2
if rank == 0:
    with open("metrics.json", "w") as file:
        json.dump({"processes": processes, "sum": total}, file)
"""
PARTITIONS = """\
  main: {time: 1-00:00:00, cpus: 8, memory: 4000MB, gpus: {fake: 2}, nodes: 2}
"""


@pytest.fixture
def wide(project: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    def make(cluster: Any, spec: str, image: Path | None = None) -> Any:
        source = tmp_path / "wide"
        source.mkdir()
        (source / "spec.yaml").write_text(spec)
        (source / "ranks.py").write_text(RANKS)
        made = project(cluster, source, image)
        made.compile(cluster.site(PARTITIONS))
        return made

    return make


def measured(project: Any) -> dict[tuple[str, str], float]:
    return {(row.get("factor.how", ""), row["metric"]): float(row["value"] or "nan") for row in project.results("wide")}


def test_torchrun_and_srun_start_one_process_for_each_gpu_of_each_node(cluster: Any, wide: Callable[..., Any]) -> None:
    project = wide(cluster, SPEC)
    project.snakemake()
    assert measured(project) == {
        ("alone", "processes"): 2.0, ("alone", "sum"): 3.0,
        ("joined", "processes"): 4.0, ("joined", "sum"): 10.0,
        ("stepped", "processes"): 4.0, ("stepped", "sum"): 10.0,
    }  # fmt: skip


def test_in_a_container_without_a_network_the_processes_of_one_node_find_each_other(
    with_accounting: Any, wide: Callable[..., Any], image: Path
) -> None:
    project = wide(with_accounting, ALONE, image)
    project.snakemake()
    assert measured(project) == {("", "processes"): 2.0, ("", "sum"): 3.0}
    (trial,) = project.trials("wide")
    assert (project.outcome(trial["id"])["network"], project.outcome(trial["id"])["marked"]) == ("none", [])
    with_accounting.mend()
