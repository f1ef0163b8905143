"""The runner in a container: the command that Apptainer gets, what it is told, and what is left when anything dies.

A stand-in for Apptainer runs its command on this machine; the real one is in tests/cluster."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from expc.runner import confine, container, mounts

from .conftest import may_mount

STAND_IN = """\
#!{python}
import json, os, sys
words = sys.argv[1:]
begin = words.index("python3")
with open("started.json", "w") as file:
    json.dump({{"words": words[:begin], "environ": dict(os.environ)}}, file)
handed = {{name[13:]: value for name, value in os.environ.items() if name.startswith("APPTAINERENV_")}}
inside = [word for word in words[begin + 1:] if word != "--confine"]
os.execve({python!r}, [{python!r}, *inside], {{"PATH": "/usr/bin:/bin", "HOME": "/root", **handed}})
"""
IMAGE = {"reference": "torch.sif", "kind": "sif", "image": "torch.sif", "identity": "ab12"}
STAGE = {"environment": {"container": IMAGE}}


@pytest.fixture
def apptainer(tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "apptainer").write_text(STAND_IN.format(python=sys.executable))
    (folder / "apptainer").chmod(0o755)
    (tmp_path / "torch.sif").touch()
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "TMPDIR": str(tmp_path)}


def top(**environment):
    return {"name": "toy", "stages": {"train": {"environment": environment}}}


def left_of_scratch(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("expc-*")]


def test_apptainer_gets_the_batch_and_nothing_can_be_written_but_trials(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("workflow/runner", "results/code", "results/data", "results/trials", "far"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "results" / "inputs").symlink_to(tmp_path / "far")
    monkeypatch.setattr(sys, "argv", ["runner", "workflow/plans/p.jsonl", "train", "1", "2", "--cores", "4"])
    header = top(container=IMAGE, binds=[{"from": "/data/a,b", "to": "/a"}])
    trials = [{"id": "t1", "stage": "train", "variant": "v", "gpus": 1}, {"id": "t2", "stage": "train", "variant": "v"}]
    asked = Namespace(plan="workflow/plans/p.jsonl")
    at, runner = str(tmp_path), str(Path(container.__file__).parent)

    def words(confining: bool, trials: list) -> list[str]:
        return container.command(header, trials, asked, starter="/bin/apptainer", scratch="/s", confining=confining)

    def bound(source: str, to: str = "", *, writable: bool = False) -> list[str]:
        return ["--mount", f"type=bind,source={source},destination={to or source}{'' if writable else ',ro'}"]

    read_only = [
        *bound(f"{at}/workflow"), *bound(f"{at}/results/code"), *bound(f"{at}/results/data"),
        *bound(f"{at}/far", f"{at}/results/inputs"), *bound(runner),
        *(word for path in ("/etc/hosts", "/sys/fs/cgroup") if Path(path).exists() for word in bound(path)),
        "--mount", 'type=bind,"source=/data/a,b",destination=/a,ro',
    ]  # fmt: skip
    head = [
        "/bin/apptainer", "--quiet", "exec", "--containall", "--no-home", "--cleanenv", "--no-eval",
        "--no-mount", "bind-paths,hostfs,cwd", "--workdir", "/s", "--pwd", at,
    ]  # fmt: skip
    tail = [f"{at}/torch.sif", "python3", runner, *sys.argv[1:], "--isolated"]
    whole = bound(f"{at}/results/trials", writable=True)
    assert words(True, trials) == [*head, "--nv", *read_only, *whole, *tail, "--confine"]
    each = [word for name in ("t2",) for word in bound(f"{at}/results/trials/{name}", writable=True)]
    assert words(False, trials[1:]) == [*head, *read_only, *bound(f"{at}/results/trials"), *each, *tail]
    monkeypatch.setenv(container.ARGUMENTS, "--rocm '--env=A=b c'")
    assert words(True, trials) == [*head, "--nv", "--rocm", "--env=A=b c", *read_only, *whole, *tail, "--confine"]


@pytest.mark.parametrize(
    ("source", "target", "writable", "expected"),
    [
        ("/a b", "/c", True, "type=bind,source=/a b,destination=/c"),
        ("/a:b", "/c:d", False, "type=bind,source=/a:b,destination=/c:d,ro"),
        ('/a,"b"', "/c", False, 'type=bind,"source=/a,""b""",destination=/c,ro'),
    ],
)
def test_any_path_can_be_bound(source, target, writable, expected):
    assert container.mount(source, target, writable=writable) == expected


def test_trials_run_inside_and_neither_keys_nor_binds_of_the_submitter_do(project, apptainer, tmp_path):
    do = "json.dump(dict(os.environ), open('seen.json', 'w'))"
    secret = {"environment": {"container": IMAGE, "secrets": ["SERVICE_KEY"]}}
    project.plan(project.trial("t1", params={"do": do}), stages={"train": secret})
    mine = {
        "SERVICE_KEY": "sk-service", "OTHER_KEY": "sk-other", "APPTAINERENV_WANDB_API_KEY": "sk-wandb",
        "HOME": "/home/me", "APPTAINER_BIND": "/home",
        "SINGULARITYENV_A_TOKEN": "x", "SLURM_JOB_ID": "7", "LD_LIBRARY_PATH": "/opt/lib",
    }  # fmt: skip
    code, said = project.run(env={**apptainer, **mine})
    assert (code, "done: t1" in said) == (0, True), said
    assert (project.outcome("t1")["container"], project.outcome("t1")["marked"]) == ("ab12", [])

    started = json.loads((tmp_path / "started.json").read_text())
    assert "sk-" not in " ".join(started["words"])
    for at in ("APPTAINERENV_", "SINGULARITYENV_"):
        handed = {name.removeprefix(at) for name in started["environ"] if name.startswith(at)}
        assert handed - {"LC_CTYPE"} == {
            "SERVICE_KEY", "SLURM_JOB_ID", "PYTHONHASHSEED", "PYTHONUNBUFFERED", "PYTHONNOUSERSITE", "EXPC_CPUS",
            "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS",
        }  # fmt: skip
    its_own = {name for name in started["environ"] if "ENV_" not in name}
    assert its_own - {"LC_CTYPE"} == {"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"}
    seen = json.loads(project.of("t1", "seen.json").read_text())
    assert (seen["SERVICE_KEY"], seen.get("OTHER_KEY"), seen.get("LD_LIBRARY_PATH")) == ("sk-service", None, None)
    assert left_of_scratch(tmp_path) == []


def test_a_stop_reaches_the_trials_and_the_runners_status_comes_back(project, apptainer, eventually, tmp_path):
    project.plan(project.trial("t1", params={"do": "time.sleep(600)"}), stages={"train": STAGE})
    running = project.start(env=apptainer)
    eventually(project.starts)
    running.send_signal(signal.SIGTERM)
    said = running.communicate(timeout=120)[0]
    assert (running.returncode, "stopped: t1" in said) == (128 + signal.SIGTERM, True), said
    assert eventually(lambda: left_of_scratch(tmp_path) == [])


@pytest.mark.parametrize("victim", ["keeper", "parent"])
def test_whoever_dies_no_trial_lives_on(project, apptainer, eventually, lives, tmp_path, victim):
    project.plan(project.trial("t1", params={"do": "time.sleep(600)"}), stages={"train": STAGE})
    shell = f"{sys.executable} {' '.join(project.command('train')[1:])} & wait"
    running = subprocess.Popen(["/bin/sh", "-c", shell], cwd=project.folder, env=apptainer)
    project.started.append(running)
    trial = int(eventually(lambda: project.count.exists() and project.count.read_text().split())[1])
    keeper = int(Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()[0])
    os.kill(keeper if victim == "keeper" else running.pid, signal.SIGKILL)
    eventually(lambda: not lives(trial))
    eventually(lambda: not lives(keeper))
    assert eventually(lambda: left_of_scratch(tmp_path) == [])


@pytest.mark.parametrize(
    ("environment", "there", "path", "expected"),
    [
        ({}, True, "", []),
        ({"container": IMAGE}, True, "", ["neither apptainer nor singularity"]),
        ({"container": IMAGE}, False, "bin", ["torch.sif isn't there"]),
        ({"container": IMAGE}, True, "bin", []),
        ({"container": {**IMAGE, "kind": "def"}}, False, "bin", []),
    ],
)
def test_what_is_missing_is_said_before_anything_starts(
    tmp_path, monkeypatch, apptainer, environment, there, path, expected
):
    monkeypatch.chdir(tmp_path)
    if not there:
        (tmp_path / "torch.sif").unlink()
    said = container.obstacles(top(**environment), ["train"], {"PATH": str(tmp_path / path)} if path else {"PATH": ""})
    assert [bool(re.search(wanted, one)) for wanted, one in zip(expected, said, strict=True)] == [True] * len(expected)
    assert container.obstacles({**top(**environment), "outside": True}, ["train"], {"PATH": ""}) == []


def test_without_apptainer_nothing_starts_and_without_the_container_outcomes_say_so(project):
    environ = {"PATH": "/nonexistent"}
    project.plan(project.trial("t1"), stages={"train": STAGE})
    code, said = project.run(env=environ)
    assert (code, project.starts()) == (1, [])
    assert "runs in the container torch.sif, and there is neither apptainer nor singularity on the PATH of" in said
    project.plan(project.trial("t1"), stages={"train": STAGE}, outside=True)
    assert project.run(env=environ)[0] == 0
    assert project.outcome("t1")["marked"] == ["ran outside its container"]
    assert "container" not in project.outcome("t1")


def test_a_confined_process_writes_into_its_own_folder_alone_and_cant_undo_that(tmp_path):
    for name in ("t1", "t2"):
        (tmp_path / name).mkdir()
    if not may_mount(tmp_path):
        pytest.skip("this machine lets no ordinary user have a mount namespace")
    child = os.fork()
    if child == 0:
        with contextlib.suppress(Exception):
            confine.confine(str(tmp_path / "t1"), str(tmp_path))
            found = [written(tmp_path / "t1" / "a"), written(tmp_path / "t2" / "a"), written(tmp_path / "a")]
            found += [confine.libc.mount(b"none", bytes(tmp_path), None, mounts.REMOUNT | mounts.BIND, None)]
            (tmp_path / "t1" / "found").write_text(json.dumps(found))
        os._exit(0)
    os.waitpid(child, 0)
    assert json.loads((tmp_path / "t1" / "found").read_text()) == [True, False, False, -1]
    assert written(tmp_path / "t2" / "b"), "only that process is confined"


def written(path: Path) -> bool:
    try:
        path.touch()
    except OSError:
        return False
    return True
