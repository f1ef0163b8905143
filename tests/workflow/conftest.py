"""The folder `project` in, projects that can be compiled, run, copied and looked at out."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from expc.cli import main

SOURCES = Path(__file__).parent / "project"


@dataclass(frozen=True)
class Listed:
    """What `snakemake -n` lists."""

    jobs: dict[str, int]
    """How many of each rule, without `all`."""
    batches: dict[str, str]
    """`<experiment>/<step>-<first>-<last>` -> what is said of it in words, from the number of trials on."""

    @property
    def sizes(self) -> dict[str, int]:
        return {batch: int(words.split()[0]) for batch, words in self.batches.items()}


@dataclass(frozen=True)
class Left:
    """What lies in the trials' folders: rows of each ledger, and the times at which results were written."""

    attempts: dict[str, int]
    outcomes: dict[str, int]
    evaluations: dict[tuple[str, str], int]


class Project:
    """A folder with specs, a template, data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def edit(self, file: str, old: str, new: str) -> None:
        """In place, as an editor or `sed` does it; the text to be changed must be there, once."""
        path = self.folder / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file} has {old!r} {text.count(old)} times"
        path.write_text(text.replace(old, new))

    def expc(self, *words: str) -> tuple[int, str]:
        """The exit code of a command, and all that it printed; in this process, since starting one costs 0.5 s."""
        said = io.StringIO()
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
            mock.patch.object(sys, "argv", ["expc", *words]),
            pytest.raises(SystemExit) as exited,
        ):
            main()
        code = exited.value.code
        assert isinstance(code, int)
        return code, said.getvalue()

    def compile(self, *words: str) -> str:
        code, said = self.expc("compile", *words)
        assert code == 0, said
        return said

    def planned(self, *specs: str) -> list[dict[str, Any]]:
        code, said = self.expc("plan", *specs, "--format", "json")
        assert code == 0, said
        found: list[dict[str, Any]] = json.loads(said)
        return found

    def snakemake(self, *words: str) -> str:
        command = [sys.executable, "-m", "snakemake", *words]
        found = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stdout + found.stderr
        return found.stdout + found.stderr

    def listed(self) -> Listed:
        """A dry run. Raises if it says neither what is to be done nor that nothing is."""
        said = self.snakemake("-n")
        if "Nothing to be done" in said:
            return Listed({}, {})
        table = re.search(r"^job +count\n[- ]+\n((?:\w+ +\d+\n)+)", said, re.MULTILINE)
        assert table, said
        rows = (row.split() for row in table[1].splitlines())
        jobs = {rule: int(count) for rule, count in rows if rule not in ("all", "total")}
        found = re.findall(
            r"^Job \d+: (\w+) in (\S+), (\d+ trials?: .*)\n"
            r"Reason: Missing output files: results/(\S+?)/batches/\w+/(\w+-\d+-\d+)\.\d+\.done",
            said,
            re.MULTILINE,
        )
        batches = {f"{folder}/{batch}": words for _, _, words, folder, batch in found}
        assert all(name == folder and batch.startswith(step) for step, name, _, folder, batch in found), said
        assert len(batches) == jobs.get("batch", 0), said
        return Listed(jobs, batches)

    def left(self) -> Left:
        trials = self.folder / "results" / "trials"
        return Left(
            {path.parent.name: len(path.read_text().splitlines()) for path in trials.glob("*/attempts.jsonl")},
            {path.parent.name: path.stat().st_mtime_ns for path in trials.glob("*/outcome.json")},
            {(path.parts[-3], path.stem): path.stat().st_mtime_ns for path in trials.glob("*/evaluations/*.json")},
        )

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The compiled plan of an experiment: line n is a trial at place n."""
        plan = json.loads((self.folder / "workflow" / "experiments.json").read_text())["experiments"][name]["plan"]
        text = (self.folder / "workflow" / "plans" / f"{name}.{plan}.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]

    def results(self, name: str) -> list[dict[str, str]]:
        with (self.folder / "results" / name / "results.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    def statuses(self, name: str) -> Counter[tuple[str, str]]:
        """How many trials of each stage have which status."""
        trials = {(row["stage"], row["status"], row["trial"]) for row in self.results(name)}
        return Counter((stage, status) for stage, status, _ in trials)

    def workflow(self) -> dict[str, bytes]:
        """Every file of workflow/."""
        folder = self.folder / "workflow"
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def project_in() -> type[Project]:
    return Project


@pytest.fixture(scope="module")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Project]:
    def new() -> Project:
        folder = tmp_path_factory.mktemp("project") / "project"
        shutil.copytree(SOURCES, folder, ignore=shutil.ignore_patterns("__pycache__"))
        return Project(folder)

    return new


@pytest.fixture(scope="module")
def copy_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Project], Project]:
    def copy(project: Project) -> Project:
        """With the same modification times."""
        folder = tmp_path_factory.mktemp("copy") / "project"
        subprocess.run(["cp", "-a", str(project.folder), str(folder)], check=True)
        return Project(folder)

    return copy
