"""A machine in, real clusters with and without accounting, an image with torch, and projects on them out.

They come up when a test first asks for one, one of each for a worker of pytest, and end with that worker, also if it
is killed. `make test-cluster` runs what is here; nothing else does."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TESTBED = ROOT / "hpc" / "testbed"
sys.path.insert(0, str(TESTBED))

from lab import Lab, stated  # noqa: E402 - the testbed is a folder of scripts, not a package

PATIENCE = 300.0  # seconds for what takes thirty on a machine of its own
LONGEST = ("benchmark", "time", "containers", "watching", "demo")  # begun last, they would run alone at the end
FIRST_TIME = 1500.0  # seconds for what installs packages or makes an image, and waits for another worker that does
SITE = """\
site: 1
name: testbed
{account}
status: {status}
jobs: {{most: 8, shortest: 1s, target: 1m, check: 1}}
partitions:
"""
PARTITIONS = """\
  main: {time: 1-00:00:00, cpus: 8, memory: 4000MiB, gpus: {fake: 2}}
  preempt: {time: 1-00:00:00, cpus: 8, memory: 4000MiB, preemptible: true}
"""


@dataclass
class Cluster:
    """A lab of the testbed. Commands run in it as on a login node."""

    lab: Lab
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def accounting(self) -> bool:
        return self.lab.accounting

    @property
    def nodes(self) -> list[str]:
        return self.lab.node_names

    def start(self, folder: Path, *command: str | Path, **variables: str) -> subprocess.Popen[str]:
        """Its process is the command's. What it says goes to a file, `.said`: one that is left over would hold a pipe,
        and we would wait for it."""
        said = folder.parent / f"{Path(command[0]).name}-{time.monotonic_ns()}.txt"
        with said.open("w") as file:
            running = subprocess.Popen(
                self.lab.inside(*command, folder=folder),
                env=environment(variables), stdin=subprocess.DEVNULL, stdout=file, stderr=file, text=True,
            )  # fmt: skip
        running.said = said  # type: ignore[attr-defined]
        self.started.append(running)
        return running

    def run(self, folder: Path, *command: str | Path, status: int = 0, **variables: str) -> str:
        """What the command said; it must end with this exit status."""
        running = self.start(folder, *command, **variables)
        found = running.wait(PATIENCE)
        said = running.said.read_text()  # type: ignore[attr-defined]
        assert found == status, f"{' '.join(map(str, command))} ended with {found}:\n{said}"
        return str(said)

    def ask(self, *command: str) -> str:
        """The answer of one of SLURM's commands."""
        return answer(self.lab.inside(*command, folder=Path("/")))

    def jobs(self, *options: str, form: str = "%i|%T") -> list[list[str]]:
        """The jobs in the queue, a row each; with `--states=all`, those that have ended, too."""
        return [row.split("|") for row in self.ask("squeue", "--noheader", f"--format={form}", *options).splitlines()]

    def up(self) -> None:
        """Start what of it isn't running."""
        answer([sys.executable, str(TESTBED), "up", self.lab.name, *(["--accounting"] if self.accounting else [])])

    def site(self, partitions: str = PARTITIONS) -> str:
        account = "account: research" if self.accounting else ""
        return SITE.format(account=account, status="sacct" if self.accounting else "squeue") + partitions

    def kill_node(self, node: str) -> None:
        """As if somebody had pulled its plug; SLURM is told, or else it would notice after five minutes."""
        answer([sys.executable, str(TESTBED), "kill", self.lab.name, node])
        self.ask("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=killed")

    def saved(self, job: str) -> None:
        """Wait until slurmctld has written down what it knows, as it does within five seconds of a change, such as this
        one. If it is killed before, there are jobs that it has never heard of."""
        changed = time.time()
        self.ask("scontrol", "update", f"JobId={job}", "AdminComment=saved")
        until(lambda: self.lab.path("state", "job_state").stat().st_mtime > changed, "slurmctld has saved its state")

    def finish(self, *processes: subprocess.Popen[str]) -> None:
        """Wait for their good end."""
        end = time.monotonic() + PATIENCE
        while None in [process.poll() for process in processes] and time.monotonic() < end:
            self.hurried()
            time.sleep(0.3)
        for process in processes:
            assert process.poll() == 0, process.said.read_text()  # type: ignore[attr-defined]

    def hurried(self) -> list[str]:
        """The jobs that SLURM would start again two minutes later, which now start soon; nothing else of it is changed.
        Not at once: started in the second in which it has ended, a job is killed ("job credential revoked")."""
        waiting = self.jobs("--states=pending", form="%i|%r|%S")
        delayed = {job: start for job, why, start in waiting if why == "BeginTime"}
        soon = (datetime.now() + timedelta(seconds=30)).isoformat()
        for job, start in delayed.items():
            if soon < start < "N/A":  # that is one that was told already
                self.ask("scontrol", "update", f"JobId={job}", "StartTime=now+3")
        return list(delayed)

    def mend(self) -> None:
        """After whatever a test did: all daemons run, all nodes are up, nothing is queued, nothing of ours is left."""
        for running in self.started:
            running.kill()
            running.wait()
        self.started.clear()
        self.complete()
        until(self.emptied, "the queue is empty")
        until(self.resumed, "all nodes are up")

    def complete(self) -> None:
        """Start what isn't there; what was killed just now may still be seen, and is missed a moment later."""
        if None in map(self.lab.pid, ["slurmctld", *(f"slurmd.{node}" for node in self.nodes)]):
            self.up()

    def emptied(self) -> bool:
        """Asked again and again: what was killed may have had a job on its way."""
        self.ask("scancel", "--quiet", "--user=root")
        return not self.jobs()

    def resumed(self) -> bool:
        """Whether all nodes are up; those that aren't are told. SLURM also drains one on which a job ended too late."""
        self.complete()
        states = dict(row.split() for row in self.ask("sinfo", "-hN", "-p", "main", "-o", "%N %T").splitlines())
        for node in (node for node, state in states.items() if "down" in state or "drain" in state):
            self.ask("scontrol", "update", f"NodeName={node}", "State=RESUME")
        return set(states.values()) == {"idle"}


@dataclass
class Project:
    """A folder in which somebody works with expc, on a login node of a cluster."""

    folder: Path
    cluster: Cluster
    checkout: Path = ROOT

    def expc(self, *words: str, status: int = 0, **variables: str) -> str:
        return self.run(sys.executable, "-m", "expc", *words, status=status, **variables)

    def snakemake(self, *words: str, status: int = 0, **variables: str) -> str:
        """Through SLURM, unless the words name another profile."""
        return self.run(*self.through_slurm(words), status=status, **variables)

    def run(self, *command: str, status: int, **variables: str) -> str:
        return self.cluster.run(self.folder, *command, status=status, CHECKOUT=str(self.checkout), **variables)

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        return self.cluster.start(self.folder, *self.through_slurm(words), CHECKOUT=str(self.checkout), **variables)

    def through_slurm(self, words: tuple[str, ...]) -> list[str]:
        mine = [] if "--workflow-profile" in words else ["--workflow-profile", "workflow/profiles/slurm"]
        return [sys.executable, "-m", "snakemake", *mine, *words]

    def compile(self, site: str = "") -> None:
        """Its spec, for the testbed, by this site file or by one that has all partitions."""
        self.expc("compile", "spec.yaml", "--site", str(self.site(site)))

    def site(self, text: str = "") -> Path:
        path = self.folder.parent / "testbed.yaml"
        path.write_text(text or self.cluster.site())
        return path

    def trials(self, name: str) -> list[dict[str, Any]]:
        """The trials of an experiment's plan, in order."""
        digest = json.loads(self.folder.joinpath("workflow/experiments.json").read_text())["experiments"][name]["plan"]
        plan = self.folder.joinpath(f"workflow/plans/{name}.{digest}.jsonl").read_text()
        return [json.loads(line) for line in plan.splitlines()[1:]]

    def of(self, trial: str, *names: str) -> Path:
        return self.folder.joinpath("results", "trials", trial, *names)

    def outcome(self, trial: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.of(trial, "outcome.json").read_text())
        return found

    def ledger(self, trial: str) -> list[dict[str, Any]]:
        return rows(self.of(trial, "attempts.jsonl"))

    def metrics(self, name: str) -> dict[str, Any]:
        """What each trial measured: its rows, and the numbers of its evaluations."""
        return {
            trial["id"]: (
                rows(self.of(trial["id"], "metrics.jsonl")),
                [json.loads(path.read_text())["metrics"] for path in self.of(trial["id"]).glob("evaluations/*.json")],
            )
            for trial in self.trials(name)
        }

    def results(self, name: str) -> list[dict[str, str]]:
        with self.folder.joinpath("results", name, "results.csv").open(newline="") as file:
            return list(csv.DictReader(file))


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines; none if there is no file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def environment(variables: dict[str, str]) -> dict[str, str]:
    """This checkout's expc, or `CHECKOUT`'s, SLURM's jobs looked at often, and nothing of a Snakemake or a job that
    started us."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNAKEMAKE_", "SLURM_"))}
    kept["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent / "quick"), variables.pop("CHECKOUT", str(ROOT))])
    first = [variables.pop("FIRST")] if "FIRST" in variables else []  # programs that stand in for others
    kept["PATH"] = os.pathsep.join([*first, str(Path(sys.executable).parent), kept["PATH"]])
    return {**kept, **variables}


def answer(command: list[str], seconds: float = PATIENCE) -> str:
    found = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    assert found.returncode == 0, f"{' '.join(command)} ended with {found.returncode}:\n{found.stdout}{found.stderr}"
    return found.stdout


def until(found: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """What was found, once there is something."""
    end = time.monotonic() + seconds
    while not (it := found()):
        assert time.monotonic() < end, f"waited {seconds:.0f} s in vain until {what}"
        time.sleep(0.1)
    return it


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem.removeprefix("test_") not in LONGEST)


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., Any]:
    return until


@pytest.fixture(scope="session", autouse=True)
def may_bring_up_clusters() -> None:
    """What needs root and Debian fails in CI without them, and is skipped elsewhere."""
    able = os.geteuid() == 0 and shutil.which("apt-get") is not None
    assert able or not os.environ.get("CI"), "the testbed needs root on Debian"
    if not able:
        pytest.skip("the testbed needs root on Debian")


def bring_up(name: str, *, accounting: bool) -> Lab:
    words = ["--while", str(os.getpid()), *(["--accounting"] if accounting else [])]
    answer([sys.executable, str(TESTBED), "up", name, *words], FIRST_TIME)
    lab = stated(name)
    assert lab
    return lab


def a_cluster(*, accounting: bool) -> Iterator[Cluster]:
    cluster = Cluster(bring_up(f"t{os.getpid()}{'a' if accounting else ''}", accounting=accounting))
    yield cluster
    for running in cluster.started:
        running.kill()
        running.wait()
    answer([sys.executable, str(TESTBED), "down", cluster.lab.name])


@pytest.fixture(scope="session")
def without_accounting() -> Iterator[Cluster]:
    yield from a_cluster(accounting=False)


@pytest.fixture(scope="session")
def with_accounting() -> Iterator[Cluster]:
    yield from a_cluster(accounting=True)


@pytest.fixture
def clusters(with_accounting: Cluster, without_accounting: Cluster) -> Iterator[tuple[Cluster, Cluster]]:
    """Both kinds, side by side: for what waits long and does little."""
    yield with_accounting, without_accounting
    with_accounting.mend()
    without_accounting.mend()


@pytest.fixture(params=["without_accounting", "with_accounting"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Both kinds, one after the other: for what looks at the state of jobs. What doesn't takes one of the two above."""
    found: Cluster = request.getfixturevalue(request.param)
    yield found
    found.mend()


@pytest.fixture(scope="session")
def image() -> Path:
    """Debian's Python, torch, numpy and scikit-learn."""
    return Path(answer([sys.executable, str(TESTBED), "image"], FIRST_TIME).strip())


@pytest.fixture(scope="session")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout that is as this one, but that after 10 seconds of silence a node's trials are another's, not after
    120."""
    changes = {"\nRENEW = 20.0 ": "\nRENEW = 2.0 ", "\nSTALE = 120.0 ": "\nSTALE = 10.0 "}
    return checkout_with(tmp_path_factory.mktemp("impatient"), "hold.py", changes)


@pytest.fixture(scope="session")
def soon_lost(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout that is as this one, but that a job is lost when SLURM has known nothing of it for 5 seconds, not for
    600."""
    return checkout_with(tmp_path_factory.mktemp("lost"), "forgiving.py", {"\nLOST = 600.0\n": "\nLOST = 5.0\n"})


def checkout_with(folder: Path, file: str, changes: dict[str, str]) -> Path:
    """This checkout, with a file of the runner changed."""
    for path in ROOT.iterdir():
        if path.name != "expc":
            (folder / path.name).symlink_to(path)
    shutil.copytree(ROOT / "expc", folder / "expc", ignore=shutil.ignore_patterns("__pycache__"))
    stated = folder / "expc" / "runner" / file
    text = stated.read_text()
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    stated.write_text(text)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Callable[[Cluster, Path], Project]:
    """Makes a project on a cluster, from a folder that is copied; `image` is a container for all its trials."""

    def make(on: Cluster, source: Path, image: Path | None = None, checkout: Path = ROOT) -> Project:
        folder = tmp_path / f"{len(list(tmp_path.iterdir()))}" / source.name
        made = shutil.ignore_patterns("workflow", "results", ".snakemake", "__pycache__")
        shutil.copytree(source, folder, ignore=made)
        if image:
            (folder / "image.sif").symlink_to(image)
            with (folder / "spec.yaml").open("a") as spec:
                spec.write("environment: {container: image.sif}\n")
        return Project(folder, on, checkout)

    return make
