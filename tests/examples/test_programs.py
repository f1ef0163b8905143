"""The examples of own programs, run: the C++ program with its TOML file, and the branches."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
MADE = shutil.ignore_patterns("workflow", "results", ".snakemake", "repo", "anneal")

pytestmark = pytest.mark.slow


def example(name: str, folder: Path, *tools: str) -> Path:
    """A copy of an example, whose tools are there."""
    for tool in tools:
        if shutil.which(tool) is None:
            assert not os.environ.get("CI"), f"{tool} is missing"
            pytest.skip(f"{tool} is missing")
    copy = shutil.copytree(EXAMPLES / name, folder / name, ignore=MADE)
    for script in copy.glob("make_*.sh"):
        subprocess.run([script], check=True)
    return copy


def expc(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "expc", *words]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def means(folder: Path, name: str, columns: str) -> dict[tuple[str, str], float]:
    with (folder / "results" / name / "tables" / "main.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    factor = next(key for key in rows[0] if key.startswith("factor.") and key != f"factor.{columns}")
    return {(row[factor], row[f"factor.{columns}"]): float(row["mean"]) for row in rows}


def test_my_branch_and_a_patch_beat_main_and_main_is_judged_by_the_same_file(tmp_path: Path) -> None:
    folder = example("branches", tmp_path, "git")
    assert "18 of 18 trials done, 0 failed" in expc(folder, "run", "spec.yaml")
    found = means(folder, "branches", "rate")
    for rate in ("0.05", "0.2"):
        assert found["main", rate] > found["my-branch", rate] > found["nesterov", rate]
    evaluators = {path.read_bytes() for path in folder.glob("results/code/*/eval.py")}
    assert evaluators == {(EXAMPLES / "branches/code/eval.py").read_bytes()}
    assert len(list(folder.glob("results/code/*/train.py"))) == 3


def outcomes(folder: Path) -> dict[str, dict[str, float]]:
    found = {path.parent.name: json.loads(path.read_text()) for path in folder.glob("results/trials/*/outcome.json")}
    return {name: outcome["metrics"] for name, outcome in found.items() if outcome["status"] == "done"}


def test_the_cpp_program_is_built_once_and_killed_it_ends_with_the_same_numbers(tmp_path: Path) -> None:
    folder = example("cpp-toml", tmp_path, "make", "g++")
    spec = (folder / "spec.yaml").read_text().replace("200000", "3000000").replace("seeds: 3", "seeds: 1")
    (folder / "spec.yaml").write_text(spec)
    other = shutil.copytree(folder, tmp_path / "undisturbed")
    expc(other, "run", "spec.yaml")
    assert len(list(other.glob("results/code/*/anneal"))) == 1
    for number in range(5):  # where a machine is slow, a trial may be over before it can be killed: once more
        copy = shutil.copytree(folder, tmp_path / f"killed-{number}")
        if (signals := run_and_kill_two(copy)) == 2:
            break
    assert signals == 2
    assert outcomes(copy) == outcomes(other)
    curves = (copy / "results/cpp-toml/curves.csv").read_text().splitlines()
    assert sorted(curves) == sorted((other / "results/cpp-toml/curves.csv").read_text().splitlines())


def run_and_kill_two(folder: Path) -> int:
    """How many trials were killed in a run that ends well nevertheless."""
    running = subprocess.Popen(
        [sys.executable, "-m", "expc", "run", "spec.yaml"], cwd=folder, stdout=subprocess.DEVNULL
    )
    killed = 0
    while running.poll() is None:
        for ledger in folder.glob("results/trials/*/attempts.jsonl") if killed < 2 else ():
            rows = [json.loads(line) for line in ledger.read_text().split("\n")[:-1]]
            state = ledger.parent / "checkpoints" / "state.txt"
            if len(rows) == 1 and state.exists() and not (ledger.parent / "outcome.json").exists():
                with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                    os.kill(rows[0]["pid"], signal.SIGKILL)
                    killed += 1
                break
        time.sleep(0.05)
    assert running.returncode == 0
    ledgers = "".join(path.read_text() for path in folder.glob("results/trials/*/attempts.jsonl")).splitlines()
    return [json.loads(line).get("status") for line in ledgers].count("signal")
