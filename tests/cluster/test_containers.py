"""Trials in a real Apptainer image, on this machine: what they can't do, and what is said where there is no image."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HOSTILE = """\
import glob, json, os, pathlib, socket, subprocess, sys

port, home, mark = int(sys.argv[1]), sys.argv[2], sys.argv[3]
me = pathlib.Path(os.environ["EXPC_TRIAL_DIR"])
other = next(path for path in me.parent.iterdir() if path != me)


def tried(do):
    try:
        return do()
    except OSError:
        return None


def of_others():
    found = [path for path in glob.glob("/proc/[0-9]*/environ") if tried(lambda: mark in open(path).read())]
    return len(found)


def remounted():
    libc = __import__("ctypes").CDLL(None)
    found = libc.mount(b"none", bytes(me.parent), None, 32 | 4096, None), libc.umount2(bytes(me.parent), 2)
    return sum(one == 0 for one in found)


found = {
    "its_own": bool(tried(lambda: me.joinpath("mine").write_text("x"))),
    "other_trial": bool(tried(lambda: other.joinpath("log.txt").open("a").write("x"))),
    "all_trials": tried(lambda: me.parent.joinpath("new").mkdir() or 1),
    "code": any(tried(lambda: open(path, "a").write("x")) for path in glob.glob(f"{me}/../../code/*/*")),
    "plan": any(tried(lambda: open(path, "a").write("x")) for path in glob.glob(f"{me}/../../../workflow/plans/*")),
    "home": bool(tried(lambda: os.path.exists(home + "/private") or open(home + "/private").read())),
    "keys": sum(mark in value for value in os.environ.values()),
    "keys_of_others": of_others(),
    "network": tried(lambda: socket.create_connection(("127.0.0.1", port), timeout=2)) is not None,
    "undone": remounted(),
    "undone_as_root": subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "mount", "-o", "remount,rw", str(me.parent)],
        capture_output=True,
    ).returncode == 0,
}
json.dump({name: int(bool(value)) for name, value in found.items()}, open("metrics.json", "w"))
"""
SPEC = """\
expc: 1
name: hostile
task:
  command: python3 hostile.py {port} {home} {mark} {args}
  results: {file: metrics.json}
factors: {one: [1, 2]}
params: PARAMS
environment: {container: image.sif}
metrics: {its_own: {goal: maximize}}
baseline: {one: 1}
"""
MARK = "sk-mark-0123456789"
NOTHING = {
    *("other_trial", "all_trials", "code", "plan", "home", "keys", "keys_of_others", "network"),
    *("undone", "undone_as_root"),
}
BASE = """\
set -e
cd /
tar -c --exclude=usr/local/lib/python3*/dist-packages --exclude=usr/share bin sbin lib lib64 usr etc |
    tar -x --no-same-owner -C /out
mkdir -p /out/tmp /out/var/tmp /out/proc /out/sys /out/dev /out/root
"""


def expc(folder: Path, *words: str, status: int = 0, **variables: str) -> str:
    """What the command says."""
    return said([sys.executable, "-m", "expc", *words], folder, status=status, **variables)


def said(command: list[str], folder: Path, *, status: int = 0, **variables: str) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("SNAKEMAKE_", "SLURM_"))}
    environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environ["PATH"]])
    environ |= {"PYTHONPATH": str(ROOT), **variables}
    found = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert found.returncode == status, found.stdout + found.stderr
    return found.stdout + found.stderr


def becoming(user: str) -> list[str]:
    """The words that run a command as somebody else."""
    if user == "root":
        return []
    ids = pwd.getpwnam(user)
    return ["setpriv", f"--reuid={ids.pw_uid}", f"--regid={ids.pw_gid}", "--clear-groups"]


@pytest.fixture(params=["root", "daemon"])
def somebody(request: pytest.FixtureRequest) -> Iterator[tuple[str, Path]]:
    """A user and a folder of his: root is confined by a mount namespace, another has a user namespace besides."""
    folder = Path(tempfile.mkdtemp(prefix="expc-container-"))
    folder.chmod(0o755)
    yield request.param, folder
    shutil.rmtree(folder)


def test_a_trial_can_write_into_its_folder_and_nowhere_else_and_sees_nothing_of_its_submitter(
    image: Path, somebody: tuple[str, Path]
) -> None:
    user, folder = somebody
    home = folder / "home"
    project = folder / "a project, with: a name"
    home.mkdir()
    project.mkdir()
    (home / "private").write_text(MARK)
    (project / "hostile.py").write_text(HOSTILE)
    (project / "image.sif").symlink_to(image)
    with socket.create_server(("127.0.0.1", 0)) as server:
        params = {"port": server.getsockname()[1], "home": str(home), "mark": MARK}
        (project / "spec.yaml").write_text(SPEC.replace("PARAMS", json.dumps(params)))
        keys = {"SERVICE_API_KEY": MARK, "APPTAINERENV_MY_KEY": MARK, "APPTAINER_BIND": str(home), "HOME": str(home)}
        work = start(project, **keys)
        subprocess.run(["chown", "-R", user, folder], check=True)
        runner = [*becoming(user), "/usr/bin/python3", "-B", "workflow/runner", *work, "--cores", "2"]
        said(runner, project, **keys, TMPDIR=str(home))
    found = [json.loads(path.read_text()) for path in project.glob("results/trials/*/outcome.json")]
    assert [outcome["status"] for outcome in found] == ["done", "done"]
    for outcome in found:
        could = {name.removeprefix("test."): value for name, value in outcome["metrics"].items()}
        assert could == {"its_own": 1, **dict.fromkeys(NOTHING, 0)}
        assert (outcome["network"], outcome["marked"], len(outcome["container"])) == ("none", [], 16)
    assert [path.name for path in home.iterdir()] in (["private"], ["private", ".apptainer"], [".apptainer", "private"])


def start(project: Path, **variables: str) -> list[str]:
    """What the runner is to do, once the workflow is written and its code is there."""
    expc(project, "compile", "spec.yaml", **variables)
    stated = json.loads((project / "workflow" / "experiments.json").read_text())
    for variant in stated["variants"]:
        expc(project, "internal", "code", variant, **variables)
    (plan,) = project.glob("workflow/plans/*")
    return [str(plan.relative_to(project)), "train", "1", "2"]


@pytest.fixture(scope="module")
def base(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image that others can be built from without a registry: its files are one user's, and none are devices."""
    folder = tmp_path_factory.mktemp("base")
    tree = folder / "tree"
    tree.mkdir()
    bind = f"type=bind,source={tree},destination=/out"
    said(["apptainer", "exec", "--containall", "--mount", bind, str(image), "sh", "-c", BASE], folder)
    quick = ["--mksquashfs-args", "-comp zstd -Xcompression-level 1"]
    said(["apptainer", "build", *quick, "base.sif", "tree"], folder)
    shutil.rmtree(tree)
    return folder / "base.sif"


PLAIN = """\
expc: 1
name: plain
task: {command: python3 plain.py, results: {file: metrics.json}}
factors: {one: [1, 2]}
environment:
  container: IMAGE
metrics: {there: {goal: maximize}}
baseline: {one: 1}
"""
LOOKS = """\
import json, os

there = os.path.exists("/opt/given.txt") and open("/opt/given.txt").read() == "given"
json.dump({"there": int(there)}, open("metrics.json", "w"))
"""


def plain(folder: Path, container: str) -> None:
    (folder / "plain.py").write_text(LOOKS)
    (folder / "spec.yaml").write_text(PLAIN.replace("IMAGE", container))


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("results/images/*") if not path.name.endswith(".log"))


def test_an_image_is_built_once_from_a_definition_and_the_files_beside_it(base: Path, tmp_path: Path) -> None:
    plain(tmp_path, "images/mine.def")
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "given.txt").write_text("given")
    definition = f"Bootstrap: localimage\nFrom: {base}\n\n%files\n    given.txt /opt/given.txt\n"
    (tmp_path / "images" / "mine.def").write_text(definition)
    expc(tmp_path, "run", "spec.yaml")
    (made,) = left(tmp_path)
    found = [json.loads(path.read_text()) for path in tmp_path.glob("results/trials/*/outcome.json")]
    assert [(one["metrics"], one["container"]) for one in found] == [
        ({"test.there": 1.0}, made.removesuffix(".sif"))
    ] * 2
    before = (tmp_path / "results" / "images" / made).stat().st_mtime_ns
    expc(tmp_path, "run", "spec.yaml")
    assert (tmp_path / "results" / "images" / made).stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("definition", "reference", "expected"),
    [
        ("Bootstrap: localimage\nFrom: missing.sif\n", None, "spec.yaml:6:14: E388 "),
        ("Bootstrap: docker\nFrom: nowhere.invalid/python\n", None, "spec.yaml:6:14: the image mine.def can't be made"),
        (
            None,
            "docker://nowhere.invalid/python@sha256:" + "0" * 64,
            "spec.yaml:6:14: the image docker://nowhere.invalid/",
        ),
    ],
)
def test_an_image_that_cant_be_made_is_told_with_the_specs_line_and_leaves_nothing(
    tmp_path: Path, definition: str | None, reference: str | None, expected: str
) -> None:
    if definition:
        (tmp_path / "mine.def").write_text(definition)
    plain(tmp_path, reference or "mine.def")
    told = expc(tmp_path, "run", "spec.yaml", status=1)
    assert expected in told
    assert "Traceback" not in told
    assert (left(tmp_path), list(tmp_path.glob("results/trials/*"))) == ([], [])


def test_without_image_or_apptainer_nothing_starts_unless_one_says_so(base: Path, tmp_path: Path) -> None:
    shutil.copy(base, tmp_path / "mine.sif")
    plain(tmp_path, "mine.sif")
    here = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    told = expc(tmp_path, "run", "spec.yaml", status=1, PATH=here)
    assert "stage train of plain runs in the container mine.sif, and there is neither apptainer nor singularity" in told
    expc(tmp_path, "compile", "spec.yaml")
    (tmp_path / "mine.sif").rename(tmp_path / "away.sif")
    told = said([sys.executable, "-m", "snakemake"], tmp_path, status=1)
    assert "runs in the container mine.sif, and mine.sif isn't there: put it back" in told
    assert not (tmp_path / "results" / "trials").exists()

    (tmp_path / "away.sif").rename(tmp_path / "mine.sif")
    told = expc(tmp_path, "run", "spec.yaml", "--no-container", PATH=here)
    assert "ran outside its container" in told
    found = [json.loads(path.read_text()) for path in tmp_path.glob("results/trials/*/outcome.json")]
    assert [(one["marked"], "container" in one) for one in found] == [(["ran outside its container"], False)] * 2


EXAMPLES = ROOT / "examples"
DEMO = {"seeds: 3": "seeds: 1", "epochs: 15": "epochs: 2", "model: [mlp, cnn]": "model: [mlp]"}
STAGES = {"seeds: 2": "seeds: 1", "seeds: 3": "seeds: 1", "epochs: 10": "epochs: 1", "[2, 8]": "[1, 2]"}


@pytest.mark.parametrize(
    ("kind", "example", "smaller"),
    [("with_accounting", "digits-optimizers", DEMO), ("without_accounting", "two-stages", STAGES)],
)
def test_in_the_same_image_the_numbers_are_the_same_here_and_through_slurm(
    request: pytest.FixtureRequest,
    project: Callable[..., Any],
    image: Path,
    kind: str,
    example: str,
    smaller: dict[str, str],
) -> None:
    cluster = request.getfixturevalue(kind)
    here, there = (project(cluster, EXAMPLES / example, image) for _ in range(2))
    for one in (here, there):
        spec = one.folder / "spec.yaml"
        text = spec.read_text()
        for old, new in smaller.items():
            assert text.count(old) == 1
            text = text.replace(old, new)
        spec.write_text(text)
        one.compile(cluster.site().replace("most: 8", "most: 1"))
    here.snakemake("--workflow-profile", "workflow/profiles/default")
    there.snakemake()
    (name,) = json.loads((here.folder / "workflow" / "experiments.json").read_text())["experiments"]
    assert there.metrics(name) == here.metrics(name)
    outcomes = [one.outcome(trial["id"]) for one in (here, there) for trial in one.trials(name)]
    assert {(found["status"], len(found["container"]), *found["marked"]) for found in outcomes} == {("done", 16)}
    assert "Nothing to be done" in there.snakemake("-n")
