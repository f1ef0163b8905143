"""Trials of several processes: how they are started, and that none outlives its trial."""

import os
import signal
import sys

import pytest

from expc.runner import launched
from expc.runner.launched import threads

TORCHRUN = "-m torch.distributed.run"
MEETING = "--nnodes=2 --rdzv-backend=c10d --rdzv-id=t1 --rdzv-endpoint=n1:29500"
STEP = "--overlap --kill-on-bad-exit=1 --export=ALL --input=none"
# As a program of torch would: all processes add up their ranks, and one of them writes.
ADDS = """
import json, os, time
import torch
import torch.distributed as dist
dist.init_process_group("gloo")
rank, sum_of_ranks = dist.get_rank(), torch.tensor([dist.get_rank() + 1.0])
dist.all_reduce(sum_of_ranks)
print(f"rank {rank} of {dist.get_world_size()}, {os.environ['OMP_NUM_THREADS']} threads", flush=True)
open(os.path.join(os.environ["EXPC_TRIAL_DIR"], f"pid-{rank}"), "w").write(str(os.getpid()))
time.sleep(STAY)
if rank == 0:
    with open(os.path.join(os.environ["EXPC_TRIAL_DIR"], "metrics.jsonl"), "a") as rows:
        rows.write(json.dumps({"name": "sum", "value": sum_of_ranks.item()}) + "\\n")
dist.destroy_process_group()
"""


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, "python3 train.py -x"),
        ({"gpus": 2}, "python3 train.py -x"),
        ({"gpus": 2, "launcher": "torchrun"},
         f"python3 {TORCHRUN} --nproc-per-node=2 --standalone --no-python python3 TIED python3 train.py -x"),
        ({"launcher": "torchrun"},
         f"python3 {TORCHRUN} --nproc-per-node=1 --standalone --no-python python3 TIED python3 train.py -x"),
        ({"gpus": 4, "nodes": 2, "launcher": "torchrun"},
         f"srun --nodes=2 --ntasks=2 --ntasks-per-node=1 {STEP} --cpus-per-task=8"
         f" python3 {TORCHRUN} --nproc-per-node=4 {MEETING} --no-python python3 TIED python3 train.py -x"),
        ({"gpus": 4, "nodes": 2, "launcher": "srun"},
         f"srun --nodes=2 --ntasks=8 --ntasks-per-node=4 {STEP} --cpus-per-task=2 python3 train.py -x"),
        ({"nodes": 3, "launcher": "srun"},
         f"srun --nodes=3 --ntasks=3 --ntasks-per-node=1 {STEP} --cpus-per-task=8 python3 train.py -x"),
    ],
)  # fmt: skip
def test_a_launcher_starts_a_command_once_for_each_gpu_of_each_node(monkeypatch, asked, expected):
    monkeypatch.setattr(launched, "endpoint", lambda: "n1:29500")
    found = launched.launched(["python3", "train.py", "-x"], {"id": "t1", "cpus": 8, **asked})
    assert [part if part != launched.TIED else "TIED" for part in found] == expected.split()


@pytest.mark.parametrize(
    ("command", "python"),
    [("python", "python"), ("/opt/venv/bin/python3.12", "/opt/venv/bin/python3.12"), ("./train", sys.executable)],
)
def test_torchrun_comes_from_the_python_that_the_command_names(command, python):
    assert launched.launched([command], {"id": "t1", "cpus": 1, "gpus": 2, "launcher": "torchrun"})[0] == python


@pytest.mark.parametrize(
    ("trial", "found"),
    [
        ({"cpus": 8, "gpus": 4}, 8),
        ({"cpus": 8, "gpus": 4, "launcher": "srun"}, 2),
        ({"cpus": 2, "gpus": 4, "launcher": "torchrun"}, 1),
        ({"cpus": 2, "nodes": 4, "launcher": "torchrun"}, 2),
    ],
)
def test_the_processes_of_a_node_share_its_processors(trial, found):
    assert threads(trial) == found


def of_two(project, stay):
    project.variant("own", {"adds.py": ADDS.replace("STAY", str(stay))}, command=["python3", "adds.py"], results=None)
    project.plan(project.trial("t1", variant="own", checkpoints=[], gpus=2, cpus=2, launcher="torchrun"))
    return {"env": {**os.environ, "CUDA_VISIBLE_DEVICES": "0,1"}}


@pytest.mark.slow
def test_two_processes_of_one_trial_work_together_without_a_network(project):
    status, said = project.run("train", **of_two(project, 0))
    assert status == 0, said
    log = project.of("t1", "log.txt").read_text()
    assert "rank 0 of 2, 1 threads" in log and "rank 1 of 2, 1 threads" in log
    assert project.outcome("t1")["metrics"] == {"test.sum": 3.0}


@pytest.mark.slow
@pytest.mark.parametrize("kill", ["runner", "trial"])
def test_no_process_of_torchrun_outlives_its_trial(project, eventually, lives, kill):
    running = project.start("train", **of_two(project, 600))
    pids = [eventually(lambda rank=rank: read(project.of("t1", f"pid-{rank}"))) for rank in (0, 1)]
    if kill == "runner":
        running.kill()
    else:
        running.send_signal(signal.SIGTERM)
    running.communicate(timeout=120)
    eventually(lambda: not any(map(lives, pids)))


def read(path):
    return int(path.read_text() or 0) if path.exists() else 0
