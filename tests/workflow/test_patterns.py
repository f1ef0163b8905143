"""Programs that only print, in two stages: a number that is looked for later, and a pattern that was wrong."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PROGRAM = """
import os, sys
open({count!r}, "a").write(sys.argv[1] + "\\n")
given = dict(word.lstrip("-").split("=") for word in sys.argv[2:])
score = float(given["x"]) + int(given["seed"]) / 10
for epoch in (1, 2):
    print(f"epoch {{epoch}} loss {{1 / epoch:.2f}}")
print(f"score {{score:.2f}} in all")
open(os.path.join(os.environ["EXPC_CHECKPOINT_DIR"], "model"), "w").write("x")
"""
SPEC = """
expc: 1
name: prints
question: Which x scores more?
stages:
  first:
    task: {{command: "python go.py first {{args}}", results: {{pattern: {{score: '{first}'}}}}}}
    metrics: {{score: {{goal: maximize}}}}
  second:
    task: {{command: "python go.py second {{args}}", results: {{pattern: {second}}}}}
    from: {{init: first.checkpoint}}
    metrics: {metrics}
factors: {{x: [0.25, 0.5]}}
seeds: 2
baseline: {{x: 0.25}}
tables: {{main: {{stage: second, rows: x, metric: {shown}}}}}
"""
FITS, MISSES = "score ([0-9.]+)", "Score: ([0-9.]+)"


def write(project, first: str, second: dict[str, str], metrics: dict[str, object], shown: str) -> None:
    text = SPEC.format(first=first, second=json.dumps(second), metrics=json.dumps(metrics), shown=shown)
    (project.folder / "spec.yaml").write_text(text)


def values(project) -> dict[tuple[str, str, str, str], str]:
    with (project.folder / "results" / "prints" / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["stage"], row["metric"], row["factor.x"], row["seed"]): row["value"] for row in rows}


def test_logs_are_read_again_and_no_program_starts(tmp_path: Path, project_in) -> None:
    count = tmp_path / "count"
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "go.py").write_text(PROGRAM.format(count=str(count)))
    project = project_in(folder)
    write(project, MISSES, {"loss": "loss ([0-9.]+)"}, {"loss": {"goal": "minimize"}}, "loss")
    project.expc("run", "spec.yaml")
    assert sorted(count.read_text().split()) == ["first"] * 4  # nothing fitted: what is below was cancelled

    write(project, FITS, {"loss": "loss ([0-9.]+)"}, {"loss": {"goal": "minimize"}}, "loss")
    assert "prints: 8 trials: 0 done, 4 to run again, 4 to evaluate" in project.expc("plan", "spec.yaml")[1]
    project.expc("run", "spec.yaml")  # what takes from a trial whose log is read begins when that is done, in one run
    assert sorted(count.read_text().split()) == ["first"] * 4 + ["second"] * 4
    assert values(project)["first", "score", "0.25", "1"] == "0.35"

    second = {"validation.loss": "epoch (?P<step>[0-9]+) loss (?P<value>[0-9.]+)", "score": FITS}
    write(project, FITS, second, {"score": {"goal": "maximize"}}, "score")
    assert "prints: 8 trials: 8 done, 4 to evaluate" in project.expc("plan", "spec.yaml")[1]
    project.expc("run", "spec.yaml")
    assert len(count.read_text().split()) == 8
    assert values(project)["second", "score", "0.5", "1"] == "0.6"
    table = (folder / "results" / "prints" / "tables" / "main.md").read_text()
    assert "0.55" in table
    assert "Nothing to do." in project.expc("plan", "spec.yaml")[1]
