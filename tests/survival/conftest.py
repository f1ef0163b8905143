"""A folder in, a project in it out, with the means to run it, to watch its processes and to count what it did."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

HERE = Path(__file__).parent
PATIENCE = 300.0  # seconds for a command that takes ten on a machine of its own


@dataclass
class Place:
    """`folder` is the project; beside it, where expc never writes, programs count their starts and completions."""

    folder: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *command: str, **more: Any) -> subprocess.Popen[str]:
        """`expc …` or `snakemake …`, in the project, as a user would type it."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SNAKEMAKE_")}
        # To a file and not a pipe: a process that is left over would hold the pipe, and we would wait for it.
        log = self.folder.parent / f"{command[0]}-{len(self.started)}.txt"
        with log.open("w") as file:
            running = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file, text=True, **more,
            )  # fmt: skip
        running.said = log  # type: ignore[attr-defined]
        self.started.append(running)
        return running

    def run(self, *command: str, status: int = 0) -> str:
        """What the command said; it must end with this exit status."""
        running = self.start(*command)
        running.wait(PATIENCE)
        said = running.said.read_text()  # type: ignore[attr-defined]
        assert running.returncode == status, f"{' '.join(command)} ended with {running.returncode}:\n{said}"
        return str(said)

    def hold(self, allowed: int) -> None:
        """From now on, only the first so many starts of programs go on; the others wait until they are released."""
        self.folder.parent.joinpath("hold").write_text(str(allowed))

    def release(self) -> None:
        self.folder.parent.joinpath("hold").unlink()

    def runner(self, name: str, step: str, first: int, last: int, *options: str, **more: Any) -> subprocess.Popen[str]:
        """The runner over lines of the plan of an experiment, as a job starts it."""
        (plan,) = self.folder.glob(f"workflow/plans/{name}.*.jsonl")
        command = [sys.executable, "workflow/runner", str(plan.relative_to(self.folder)), step, str(first), str(last)]
        running = subprocess.Popen([*command, *options], cwd=self.folder, stdout=subprocess.PIPE, text=True, **more)
        self.started.append(running)
        return running

    def processes(self) -> list[psutil.Process]:
        """All that live in the project or below, whoever their parent is by now."""
        found = []
        for process in psutil.process_iter():
            try:
                where = process.cwd() if process.status() != psutil.STATUS_ZOMBIE else ""
            except psutil.Error:
                continue
            if where.partition(" (deleted)")[0].startswith(str(self.folder)):
                found.append(process)
        return found

    def left_over(self, seconds: float) -> list[str]:
        """The processes that are still there after so many seconds, in words; it returns once there are none."""
        end = time.monotonic() + seconds
        while (found := self.processes()) and time.monotonic() < end:
            time.sleep(0.1)
        return [in_words(process) for process in found]

    def trials(self, name: str) -> list[dict[str, Any]]:
        """The trials of an experiment's plan, in order."""
        digest = json.loads(self.folder.joinpath("workflow/experiments.json").read_text())["experiments"][name]["plan"]
        plan = self.folder.joinpath(f"workflow/plans/{name}.{digest}.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in plan.split("\n")[1:-1]]

    def of(self, trial: str, *names: str) -> Path:
        return self.folder.joinpath("results", "trials", trial, *names)

    def outcome(self, trial: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.of(trial, "outcome.json").read_text())
        return found

    def rows(self, *names: str) -> list[dict[str, Any]]:
        """The rows of a file of JSON lines, relative to the project; none if there is no file."""
        path = self.folder.joinpath(*names)
        return [json.loads(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []

    def measured(self, trial: str) -> tuple[bytes, dict[str, Any]]:
        """What a trial measured: the bytes of its metrics, and each evaluation's numbers."""
        evaluations = {
            path.name: json.loads(path.read_text())["metrics"] for path in self.of(trial).glob("evaluations/*.json")
        }
        return self.of(trial, "metrics.jsonl").read_bytes(), evaluations

    def end(self) -> None:
        """Whatever a test has left."""
        for process in self.processes():
            process.kill()
        for running in self.started:
            running.wait()
            if running.stdout:
                running.stdout.close()


def in_words(process: psutil.Process) -> str:
    try:
        return f"{process.pid} (of {process.ppid()}): {' '.join(process.cmdline())}"
    except psutil.Error:
        return f"{process.pid}: gone meanwhile"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Callable[[str], Place]]:
    """Makes empty projects, each by the name of its folder."""
    made: list[Place] = []

    def make(name: str = "project") -> Place:
        (tmp_path / f"{len(made)}" / name).mkdir(parents=True)
        made.append(Place(tmp_path / f"{len(made)}" / name))
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.fixture(scope="session")
def survivors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Place]]:
    """Compiled copies of the project in `project/`, which nobody has run."""
    base = tmp_path_factory.mktemp("survivors")
    made = [Place(base / "0" / "project")]
    shutil.copytree(HERE / "project", made[0].folder)
    made[0].run("expc", "compile", "spec.yaml")
    numbers = itertools.count(1)  # two threads ask for copies

    def copy() -> Place:
        place = Place(base / f"{next(numbers)}" / "project")
        made.append(place)
        shutil.copytree(made[0].folder, place.folder)
        return place

    yield copy
    for one in made:
        one.end()
