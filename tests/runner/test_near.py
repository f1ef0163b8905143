"""Data that a job copies to its own disk: which ones, that trials read the copy, and what is left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import RUNNER, may_mount

READS = """
data = params["data"]
where = os.stat(data + "/data.json")
try:
    open(data + "/data.json", "a").close()
    writable = 1
except OSError:
    writable = 0
measure("device", where.st_dev, step=1)
measure("writable", writable, step=1)
measure("size", where.st_size, step=1)
"""
OTHER = Path("/dev/shm")


@pytest.fixture
def elsewhere(tmp_path):
    """A folder on another file system than the project's, for what is temporary."""
    if not OTHER.is_dir() or OTHER.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("this machine has no second file system to copy to")
    if not may_mount(tmp_path):
        pytest.skip("this machine lets no ordinary user have a mount namespace")
    made = OTHER / f"expc-tests-{os.getpid()}"
    made.mkdir()
    yield made
    assert list(made.iterdir()) == [], "the copies went with the job"
    made.rmdir()


def data(**stages):
    return {name: {"name": name, "files": {}, **({"stage": stage} if stage else {})} for name, stage in stages.items()}


def read(project, trial):
    return {name.rpartition(".")[2]: int(value) for name, value in project.outcome(trial)["metrics"].items()}


@pytest.mark.parametrize("cold", [[], ["--cold"]])
def test_a_job_copies_staged_data_once_and_trials_read_the_copy(project, elsewhere, cold):
    project.data("d2")
    project.plan(
        *(project.trial(name, params={"do": READS}) for name in ("t1", "t2")),
        project.trial("t3", data="d2", params={"do": READS}),
        data=data(d1="node", d2=None),
    )
    code, said = project.run("train", *cold, env={**os.environ, "TMPDIR": str(elsewhere)})
    assert (code, said.count("the data d1 were copied to this machine in"), said.count("d2 were")) == (0, 1, 0), said
    near, far = OTHER.stat().st_dev, project.folder.stat().st_dev
    found = [read(project, name) for name in ("t1", "t2", "t3")]
    assert [(one["device"], one["writable"], one["size"]) for one in found] == [(near, 0, 2)] * 2 + [(far, 1, 2)]
    assert json.loads((project.folder / "results/data/d1/data.json").read_text()) == {}


def test_what_cant_be_copied_is_read_where_it_is(project, elsewhere):
    (project.folder / "results/data/d1/gone").symlink_to("nowhere")
    project.plan(project.trial("t1", params={"do": READS}), data=data(d1="node"))
    code, said = project.run(env={**os.environ, "TMPDIR": str(elsewhere)})
    assert (code, "the data d1 can't be brought to this machine" in said) == (0, True), said
    assert read(project, "t1")["device"] == project.folder.stat().st_dev


REFUSED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from runner import near
def refused(target):
    raise PermissionError(1, "not here")
near.read_only = refused
trial = {"data": "d1", "evaluate": []}
near.bring({"data": {"d1": {"name": "d1", "stage": "node"}}}, [trial], sys.argv[2], print)
print(os.listdir("results/data/d1"))
"""


def test_a_copy_that_cant_be_protected_covers_nothing(project, elsewhere):
    said = subprocess.check_output(
        [sys.executable, "-c", REFUSED, RUNNER.parent, elsewhere], cwd=project.folder, text=True
    )
    assert "the data d1 can't be brought to this machine ([Errno 1] not here)" in said
    assert said.endswith("['data.json']\n")
    (elsewhere / "data").rmdir()


NEVER = """

def copytree(original, copy, **_):
    import time
    os.mkdir(copy)
    open("copies", "w").close()
    time.sleep(600)

shutil.copytree = copytree
"""


@pytest.mark.parametrize(("job", "status"), [({}, 143), ({"SLURM_JOB_ID": "7"}, 85)], ids=["here", "in a job"])
def test_who_is_asked_to_end_while_it_copies_ends_at_once_and_leaves_no_copy(
    project, elsewhere, eventually, job, status
):
    project.altered()
    with open(project.runner / "near.py", "a") as file:
        file.write(NEVER)
    project.plan(project.trial("t1"), data=data(d1="node"))
    without = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}
    running = project.start(env={**without, "TMPDIR": str(elsewhere), **job})
    eventually((project.folder / "copies").exists)
    running.terminate()
    assert "asked to end before anything was begun" in running.communicate(timeout=120)[0]
    assert (running.returncode, project.of("t1").exists()) == (status, False)


def test_on_one_and_the_same_disk_nothing_is_copied(project):
    project.plan(project.trial("t1"), data=data(d1="node"))
    code, said = project.run(env={**os.environ, "TMPDIR": str(project.folder)})
    assert (code, "copied" in said) == (0, False)
