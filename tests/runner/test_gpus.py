"""GPUs that a start may use: who gets which, and what is said where there are none."""

# ruff: noqa: E501  A table is read along its rows.

import json
import os
from itertools import pairwise

import pytest

from expc.runner.devices import absent, fits
from expc.runner.gpus import Gpus, models, visible

OWN = {"command": ["sh", "-c", "true"], "results": None}
# Says which GPUs it has, and stays for a while; as many as are to be at once, it waits for.
SHOWS = """
import json, os, sys, time
began = time.time()
here = os.path.join(os.environ["EXPC_TRIAL_DIR"], "../../../begun")
with open(here, "a") as begun:
    begun.write(f"{os.getpid()}\\n")
rank = open(here).read().split().index(str(os.getpid())) // MEETING + 1
while len(open(here).read().split()) < rank * MEETING:
    time.sleep(0.02)
time.sleep(0.1)
values = [int(name) for name in os.environ["CUDA_VISIBLE_DEVICES"].split(",") if name]
with open(os.environ["EXPC_TRIAL_DIR"] + "/metrics.jsonl", "a") as rows:
    for name, value in {"gpus": int(os.environ["EXPC_GPUS"]), "began": began, "ended": time.time()}.items():
        rows.write(json.dumps({"name": name, "value": value}) + "\\n")
    for step, value in enumerate(values):
        rows.write(json.dumps({"name": "gpu", "value": value, "step": step}) + "\\n")
"""


def machine(folder, models=(), devices=0):
    for number, model in enumerate(models):
        of_driver = folder / "proc/driver/nvidia/gpus" / f"0000:{number:02d}:00.0"
        of_driver.mkdir(parents=True)
        (of_driver / "information").write_text(f"Model: \t\t {model}\nIRQ:   64\n")
    (folder / "dev").mkdir()
    for name in ["nvidiactl", *(f"nvidia{number}" for number in range(devices))]:
        (folder / "dev" / name).touch()
    return str(folder)


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        (None, ["0", "1"]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("1", ["1"]),
        ("3, 1", ["3", "1"]),
        ("0,-1,2", ["0"]),
        ("GPU-8f3a,MIG-12/3", ["GPU-8f3a", "MIG-12/3"]),
    ],
)
def test_the_gpus_that_may_be_used_are_those_that_are_named_or_else_all(tmp_path, stated, found):
    root = machine(tmp_path, ["NVIDIA H100 80GB HBM3"] * 2)
    assert visible({} if stated is None else {"CUDA_VISIBLE_DEVICES": stated}, root) == found


@pytest.mark.parametrize(("devices", "found"), [(0, []), (2, ["0", "1"])])
def test_without_a_driver_that_tells_the_devices_are_counted(tmp_path, devices, found):
    root = machine(tmp_path, devices=devices)
    assert (visible({}, root), models(root)) == (found, [])


def test_each_trial_gets_the_gpus_with_the_fewest_trials_on_them():
    gpus = Gpus(["a", "b"], at_once=2)
    trials = [{"id": name, "gpus": 1} for name in "12345"]
    assert [gpus.take(trial) for trial in trials[:4]] == [["a"], ["b"], ["a"], ["b"]]
    assert not gpus.room(trials[4]) and gpus.room({"id": "6"})
    gpus.give(trials[1])
    assert gpus.room(trials[4]) and not gpus.room({"id": "7", "gpus": 2})
    assert gpus.take(trials[4]) == ["b"]
    for trial in trials:
        gpus.give(trial)
    assert gpus.take({"id": "8", "gpus": 2}) == ["a", "b"]


@pytest.mark.parametrize(
    ("asked", "environ", "said"),
    [
        ({}, {}, []),
        ({"gpus": 1}, {}, []),
        ({"gpus": 2, "gpu": "h100"}, {}, []),
        ({"gpus": 3}, {}, ["stage train asks for 3 GPUs, and there are 2: run it where there are more, or write `gpus: 1` to do without"]),
        ({"gpus": 1}, {"CUDA_VISIBLE_DEVICES": ""}, ["stage train asks for 1 GPU, and there are none: run it where there are more, or write `gpus: 0` to do without"]),
        ({"gpus": 1, "gpu": "a100"}, {}, ["stage train asks for a GPU of type a100, and this machine has NVIDIA H100 80GB HBM3"]),
        ({"gpus": 1, "gpu": "a100"}, {"SLURM_JOB_ID": "7"}, []),
        ({"nodes": 2, "launcher": "srun"}, {}, ["stage train asks for 2 nodes, and this machine is one: use a cluster"]),
        ({"gpus": 2, "launcher": "srun"}, {}, ["stage train asks for `launcher: srun`, and this is no SLURM job: use a cluster"]),
        ({"gpus": 2, "nodes": 2, "launcher": "srun"}, {"SLURM_JOB_ID": "7"}, []),
    ],
)  # fmt: skip
def test_what_a_machine_lacks_is_said_once(tmp_path, asked, environ, said):
    root = machine(tmp_path, ["NVIDIA H100 80GB HBM3"] * 2)
    assert absent([{"stage": "train", **asked}] * 3, environ, root) == said


def own(project, meeting=1):
    project.variant(
        "own", {"show.py": SHOWS.replace("MEETING", str(meeting))}, command=["python3", "show.py"], results=None
    )


def measured(project, identity):
    rows = [json.loads(line) for line in project.of(identity, "metrics.jsonl").read_text().splitlines()]
    return [row["value"] for row in rows if row["name"] == "gpu"], {row["name"]: row["value"] for row in rows}


def test_trials_that_ask_for_gpus_share_those_that_there_are(project):
    own(project, meeting=2)
    names = [f"t{number}" for number in range(6)]
    project.plan(*(project.trial(name, variant="own", checkpoints=[], gpus=1) for name in names))
    status, said = project.run("train", "--cores", "8", env={**os.environ, "CUDA_VISIBLE_DEVICES": "4,6"})
    assert status == 0, said
    found = {name: measured(project, name) for name in names}
    assert sorted(tuple(gpus) for gpus, _ in found.values()) == [(4,)] * 3 + [(6,)] * 3
    for gpu in (4, 6):
        spans = sorted((values["began"], values["ended"]) for gpus, values in found.values() if gpus == [gpu])
        assert all(ended <= began for (_, ended), (began, _) in pairwise(spans))


def test_a_trial_that_asks_for_none_sees_none(project):
    own(project)
    project.plan(project.trial("t1", variant="own", checkpoints=[]))
    assert project.run("train", env={**os.environ, "CUDA_VISIBLE_DEVICES": "0,1"})[0] == 0
    gpus, values = measured(project, "t1")
    assert (gpus, values["gpus"], project.outcome("t1")["hardware"]["gpu"]) == ([], 0, None)


def test_trials_at_once_share_a_gpu(project):
    own(project, meeting=2)
    project.plan(
        *(project.trial(f"t{number}", variant="own", checkpoints=[], gpus=1, at_once=2) for number in range(2))
    )
    assert project.run("train", env={**os.environ, "CUDA_VISIBLE_DEVICES": "0"})[0] == 0
    (one, first), (other, second) = measured(project, "t0"), measured(project, "t1")
    assert one == other == [0]
    assert max(first["began"], second["began"]) < min(first["ended"], second["ended"])


def test_without_enough_gpus_no_trial_starts_and_it_is_said_once(project):
    own(project)
    project.plan(*(project.trial(f"t{number}", variant="own", checkpoints=[], gpus=2) for number in range(3)))
    status, said = project.run("train", env={**os.environ, "CUDA_VISIBLE_DEVICES": "0"})
    assert (status, said) == (
        1,
        "stage train asks for 2 GPUs, and there is 1: run it where there are more, or write `gpus: 1` to do without\n",
    )
    assert not project.of("t0").exists()


def test_a_template_whose_pytorch_sees_no_gpu_does_not_go_on_without(project):
    (project.folder / "torch.py").write_text("class cuda:\n    is_available = lambda: False\n__version__ = '9+cpu'\n")
    project.variant("torch", {"train.py": "import torch\n"})
    project.plan(project.trial("t1", variant="torch", gpus=1))
    environ = {**os.environ, "CUDA_VISIBLE_DEVICES": "0", "PYTHONPATH": str(project.folder)}
    status, said = project.run("train", env=environ)
    assert (status, "sees none of 1 GPU: install a build" in said, project.of("t1").exists()) == (1, True, False), said


def test_a_rehearsal_does_without_the_gpus_that_are_not_there(project):
    own(project)
    project.plan(project.trial("t1", variant="own", checkpoints=[], gpus=1), **{"try": True})
    status, said = project.run("train", env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
    assert status == 0 and said.startswith("rehearsed without:\nstage train asks for 1 GPU"), said
    assert measured(project, "t1")[1]["gpus"] == 0


def test_an_exclusive_trial_runs_alone(project):
    own(project)
    project.plan(*(project.trial(f"t{number}", variant="own", checkpoints=[], exclusive=True) for number in range(2)))
    assert project.run("train")[0] == 0
    (_, first), (_, second) = (measured(project, name) for name in ("t0", "t1"))
    assert max(first["began"], second["began"]) >= min(first["ended"], second["ended"])


@pytest.mark.parametrize(
    ("types", "environ", "expected"),
    [
        (["NVIDIA A100-SXM4-40GB", "Tesla T4"], {}, False),
        (["NVIDIA A100-SXM4-40GB", "Tesla T4"], {"CUDA_VISIBLE_DEVICES": "0"}, True),
        (["Tesla T4"], {"CUDA_VISIBLE_DEVICES": "0"}, False),
        (["NVIDIA A100-SXM4-40GB"] * 2, {}, True),
        ([], {}, True),
    ],
    ids=["two types", "who names some knows which", "none is of the type", "all are", "nobody can tell"],
)
def test_a_machine_s_gpus_are_of_the_type_that_is_asked_for(types, environ, expected):
    assert fits({"gpu": "a100"}, types, environ) is expected
