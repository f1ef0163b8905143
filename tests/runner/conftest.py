"""A project in a temporary folder: plans, programs, and the runner as the process that Snakemake starts."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# Which Python runs the runner: test_python38.py lets all these tests pass under another one.
PYTHON = os.environ.get("EXPC_TESTS_PYTHON", sys.executable)
PATIENCE = 120.0  # seconds for what takes one, on a machine of its own
RUNNER = Path(__file__).parents[2] / "expc" / "runner"

# Counts its starts outside of the trial's folder, and does what its parameters say.
TRAIN = """
import json, os, sys, time
params = json.load(open("params.json"))
p = params["params"]
with open(p["count"], "a") as count:
    count.write(f"{os.path.basename(os.getcwd())} {os.getpid()}\\n")

def measure(name, value, split="validation", step=None):
    with open("metrics.jsonl", "a") as rows:
        rows.write(json.dumps({"name": name, "value": value, "split": split, "on": None, "step": step}) + "\\n")

def save(rule, text="weights"):
    path = os.path.join(os.environ["EXPC_CHECKPOINT_DIR"], rule + ".pt")
    open(path + ".tmp", "w").write(text)
    os.replace(path + ".tmp", path)

def wait(name="go"):
    while not os.path.exists("../../../" + name):
        time.sleep(0.02)

def meet(number):  # so many begin together: each waits for the others of its number
    begun = lambda: [int(line.split()[1]) for line in open(p["count"])]
    rank = begun().index(os.getpid()) // number + 1
    while len(begun()) < rank * number:
        time.sleep(0.02)

exec(p.get("do", ""))
for rule in os.environ["EXPC_CHECKPOINTS"].split():
    save(rule)
measure("loss", p.get("loss", 0.5), step=1)
measure("loss", p.get("loss", 0.5) / 2, step=2)
"""
EVALUATE = """
import json, os
if os.path.exists(os.environ["EXPC_TRIAL_DIR"] + "/../../broken"):
    raise ValueError("no evaluation today")
open(os.environ["EXPC_CHECKPOINT"]).read()
with open(os.environ["EXPC_METRICS"], "a") as rows:
    data = os.path.basename(os.environ["EXPC_DATA_DIR"])
    rows.write(json.dumps({"name": "accuracy", "value": len(data) / 10}) + "\\n")
if "EXPC_PREDICTIONS" in os.environ:
    with open(os.environ["EXPC_PREDICTIONS"], "w") as rows:
        rows.write(json.dumps({"id": 0, "prediction": "a", "label": "b"}) + "\\n")
"""
# Before a runner: its clocks are as far ahead as a file says.
CLOCK = """
import os, time

def ahead(clock, file=os.path.abspath("clock.txt")):
    def now():
        try:
            with open(file) as seconds:
                return clock() + float(seconds.read())
        except OSError:
            return clock()
    return now

time.time, time.monotonic = ahead(time.time), ahead(time.monotonic)
"""
STAGE = {
    "task": "toy",
    "metrics": [{"ref": "validation.loss@last", "split": "validation", "name": "loss", "rule": "last"}],
    "goals": {"loss": "minimize"},
    "ranges": {"accuracy": [0, 1]},
    "evaluated": True,
    "takes_from": [],
    "factors": [],
}


Running = subprocess.Popen[str]


class Project:
    """A folder in which the runner can be started."""

    python = PYTHON
    runner = RUNNER

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[Running] = []
        self.count = folder / "count.txt"
        self.path = "plan.jsonl"
        self.variant("warm", {"train.py": TRAIN, "evaluate.py": EVALUATE})
        self.data("d1")

    def variant(self, identity: str, files: dict[str, str], **description: Any) -> None:
        folder = self.folder / "results" / "code" / identity
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        template = {"template": "toy", "choices": {}, "train": "train.py", "evaluate": "evaluate.py", "preload": []}
        found = {"id": identity, "files": {}, **(description or template)}
        if "command" not in found:
            found = {**template, **found}
        (folder / "variant.json").write_text(json.dumps(found))

    def data(self, identity: str) -> None:
        folder = self.folder / "results" / "data" / identity
        folder.mkdir(parents=True)
        (folder / "data.json").write_text("{}")

    def trial(self, identity: str, **changes: Any) -> dict[str, Any]:
        params = {"count": str(self.count), **changes.pop("params", {})}
        return {
            "id": identity, "stage": "train", "condition": {"a": identity}, "seed": 0, "seeds": {}, "variant": "warm",
            "data": "d1", "params": params, "from": {}, "checkpoints": ["last"], "keep": [], "evaluate": [],
            "cpus": 1, "memory": None, "time": None, **changes,
        }  # fmt: skip

    def plan(self, *trials: dict[str, Any], stages: dict[str, Any] | None = None, **header: Any) -> None:
        head = {
            "plan": 1, "expc": "0.1.0", "name": "toy", "factors": {}, "on_failure": "report",
            "stages": {"train": STAGE, **{name: {**STAGE, **stage} for name, stage in (stages or {}).items()}},
            "variants": {}, "data": {}, **header,
        }  # fmt: skip
        self.lines = len(trials)
        (self.folder / self.path).write_text("".join(json.dumps(line) + "\n" for line in (head, *trials)))

    def command(self, step: str, *options: str, python: str = PYTHON) -> list[str]:
        return [python, str(self.runner), self.path, step, "1", str(self.lines), "--cores", "2", *options]

    def altered(self, **constants: float) -> None:
        """From now on the runner is a copy, with other constants, and with clocks that `later` moves on."""
        self.runner = self.folder / "runner"
        shutil.copytree(RUNNER, self.runner, ignore=shutil.ignore_patterns("__pycache__"))
        for name, value in constants.items():
            stated = [path for path in self.runner.glob("*.py") if f"\n{name} = " in path.read_text()]
            assert stated, f"no module of the runner has a constant {name}"
            for path in stated:
                path.write_text(re.sub(f"^{name} = .*$", f"{name} = {value}", path.read_text(), flags=re.MULTILINE))
        main = self.runner / "__main__.py"
        main.write_text(CLOCK + main.read_text())

    def later(self, seconds: float) -> None:
        """For the runner, it is so many seconds later than for us."""
        new = self.folder / "clock.new"
        new.write_text(str(seconds))
        new.replace(self.folder / "clock.txt")

    def go(self, name: str = "go") -> None:
        """What a program waits for."""
        (self.folder / name).touch()

    def start(self, step: str = "train", *options: str, python: str = PYTHON, **more: Any) -> Running:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        running = subprocess.Popen(self.command(step, *options, python=python), cwd=self.folder, **pipes, **more)
        self.started.append(running)
        return running

    def run(self, step: str = "train", *options: str, **more: Any) -> tuple[int, str]:
        running = self.start(step, *options, **more)
        said = running.communicate(timeout=PATIENCE)[0]
        return running.returncode, said

    def of(self, identity: str, *names: str) -> Path:
        return self.folder.joinpath("results", "trials", identity, *names)

    def outcome(self, identity: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.of(identity, "outcome.json").read_text())
        return found

    def attempts(self, identity: str) -> list[str]:
        rows = map(json.loads, self.of(identity, "attempts.jsonl").read_text().splitlines())
        return [row["status"] for row in rows if "status" in row]

    def starts(self) -> list[str]:
        return [line.split()[0] for line in self.count.read_text().splitlines()] if self.count.exists() else []


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path)
    yield made
    for running in made.started:
        if running.poll() is None:
            running.kill()
        running.communicate()


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Wait until something is so, and return what it is."""

    def wait(found: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        end = time.monotonic() + seconds
        while not (value := found()):
            assert time.monotonic() < end, "it never came to be"
            time.sleep(0.02)
        return value

    return wait


def may_unshare(what: str, *command: str | Path) -> bool:
    """By what util-linux says: were we asked, whatever breaks in us would look like a machine that can't."""
    tries = (["unshare", what], ["unshare", "--user", "--map-root-user", what])
    found = (subprocess.run([*one, *command], check=False, capture_output=True) for one in tries)
    return bool(shutil.which("unshare")) and any(tried.returncode == 0 for tried in found)


def may_mount(folder: Path) -> bool:
    return may_unshare("--mount", "mount", "--bind", folder, folder)


def alive(process: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def lives() -> Callable[[int], bool]:
    if not Path("/proc/self").is_dir():
        pytest.skip("this platform has no /proc to look for processes in")
    return alive
