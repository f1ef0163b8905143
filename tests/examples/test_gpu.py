"""Where there is a GPU: the demo on it, two trials at once on one, and a trial that torchrun starts."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from expc.runner.gpus import visible

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not visible(os.environ), reason="no GPU is here: no /dev/nvidia*, no CUDA_VISIBLE_DEVICES"),
]

DEMO = Path(__file__).parents[2] / "examples" / "digits-optimizers" / "spec.yaml"
# Not a processor under another name: NCCL works on GPUs alone.
SUM = """\
import json
import os

import torch
import torch.distributed as dist

torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
dist.init_process_group("nccl")
found = torch.tensor([dist.get_rank() + 1.0], device="cuda")
dist.all_reduce(found)
if dist.get_rank() == 0:
    with open("metrics.json", "w") as file:
        json.dump({"sum": found.item(), "processes": dist.get_world_size()}, file)
dist.destroy_process_group()
"""
JOINED = """\
expc: 1
name: joined
task: {command: "python sum.py", code: {path: ., include: [sum.py]}, results: {file: metrics.json}}
seeds: 2
metrics: {sum: {goal: maximize}, processes: {goal: maximize}}
resources: {gpus: 1, launcher: torchrun, time: 5m}
"""


def run(folder: Path) -> None:
    command = [sys.executable, "-m", "expc", "run", "spec.yaml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def outcomes(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in folder.glob("results/trials/*/outcome.json")]


def results(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_demo_runs_on_a_gpu_two_trials_at_once(tmp_path: Path) -> None:
    resources = "\nresources: {gpus: 1, trials_at_once: 2}\n"
    (tmp_path / "spec.yaml").write_text(DEMO.read_text() + resources)
    run(tmp_path)
    found = outcomes(tmp_path)
    assert [one["status"] for one in found] == ["done"] * 18
    assert all(one["hardware"]["gpu"] and one["gpu_memory"] > 0 for one in found)
    assert max(one["gpu_busy"] for one in found) > 0
    assert at_once(found) == 2
    scores = [float(row["value"]) for row in results(tmp_path / "results/digits-optimizers/results.csv")
              if row["metric"] == "accuracy"]  # fmt: skip
    assert min(scores) > 0.9


def at_once(found: list[dict[str, Any]]) -> int:
    """The most that ran at a moment. One that ends makes room before its successor starts."""
    moments = [(datetime.fromisoformat(one["started"]), 1) for one in found]
    moments += [(datetime.fromisoformat(one["finished"]), -1) for one in found]
    running = [0]
    for _, change in sorted(moments):
        running.append(running[-1] + change)
    return max(running)


def test_torchrun_starts_a_process_on_the_gpu(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(JOINED)
    (tmp_path / "sum.py").write_text(SUM)
    run(tmp_path)
    rows = results(tmp_path / "results" / "joined" / "results.csv")
    assert sorted((row["metric"], float(row["value"])) for row in rows) == [("processes", 1.0)] * 2 + [("sum", 1.0)] * 2
