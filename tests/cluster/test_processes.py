"""Trials of several processes on several nodes, and trials that share a GPU, through a real SLURM."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SPEC = """\
expc: 1
name: wide
task: {command: "python ranks.py", code: {path: ., include: [ranks.py]}, results: {file: metrics.json}}
factors: {how: {joined: {launcher: torchrun}, stepped: {launcher: srun}}}
metrics: {processes: {goal: maximize}, sum: {goal: maximize}}
baseline: {how: joined}
environment: {network: host}
resources: {nodes: 2, gpus: 2, cpus: 2, memory: 1500MB, time: 5m, launcher: torchrun}
overrides: [{when: {how: stepped}, resources: {launcher: srun}}]
"""
# All add up their ranks from 1; where torchrun has started them, by way of each other.
RANKS = """\
import json, os

if "RANK" in os.environ:
    import torch
    import torch.distributed as dist

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
SITE = """\
site: 1
name: testbed
partitions:
  main: {time: 1-00:00:00, cpus: 8, memory: 4000MB, gpus: {fake: 2}, nodes: 2}
jobs: {most: 2, check: 1}
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "wide"
    folder.mkdir()
    for name, text in {"spec.yaml": SPEC, "ranks.py": RANKS, "site.yaml": SITE}.items():
        (folder / name).write_text(text)
    return folder


def test_torchrun_and_srun_start_one_process_for_each_gpu_of_two_nodes(
    without_accounting: Any, project: Callable[..., Any], source: Path
) -> None:
    found = project(without_accounting, source)
    found.expc("run", "spec.yaml", "--site", "site.yaml")
    measured = {(row["factor.how"], row["metric"]): row["value"] for row in found.results("wide")}
    assert {key: float(value) for key, value in measured.items()} == {
        ("joined", "processes"): 4.0, ("joined", "sum"): 10.0, ("stepped", "processes"): 4.0, ("stepped", "sum"): 10.0,
    }  # fmt: skip
    assert json.loads((found.folder / "workflow/site.json").read_text())["name"] == "testbed"
