"""Secrets and predictions of an own program, under Snakemake: asked for before a job starts, kept nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SECRET = "sk-workflow-0123456789"
PROGRAM = """\
import json, os, sys

key = os.environ["SERVICE_KEY"]
print("asking with", key, os.environ["MODE"])
trial = os.environ["EXPC_TRIAL_DIR"]
with open(os.path.join(trial, "predictions.jsonl"), "w") as file:
    for number, (said, right) in enumerate(["AA", "AB", "BB", "CC"]):
        row = {"id": number, "prediction": said, "label": right, "score": int(said == right)}
        file.write(json.dumps(row) + "\\n")
with open("metrics.json", "w") as file:
    json.dump({"length": len(key)}, file)
"""
SPEC = """\
expc: 1
name: asking
task:
  command: python ask.py {args}
  results: {file: metrics.json}
factors: {way: [one, other]}
environment: {secrets: [SERVICE_KEY], variables: {MODE: fast}}
metrics:
  length: {goal: minimize}
baseline: {way: one}
"""


def snakemake(folder: Path, **variables: str) -> tuple[int, str]:
    environ = {name: value for name, value in os.environ.items() if name != "SERVICE_KEY"} | variables
    command = [sys.executable, "-m", "snakemake"]
    found = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return found.returncode, found.stdout + found.stderr


def test_a_secret_is_asked_for_first_and_later_metrics_run_nothing(tmp_path: Path, project_in) -> None:
    (tmp_path / "ask.py").write_text(PROGRAM)
    (tmp_path / "spec.yaml").write_text(SPEC)
    project = project_in(tmp_path)
    project.compile("spec.yaml")

    code, said = snakemake(tmp_path)
    assert code == 1
    assert "SERVICE_KEY isn't set, and stage train of asking needs it: set it where the workflow is started" in said
    assert not (tmp_path / "results" / "trials").exists()
    assert project.listed().jobs["batch"] == 1, "a dry run needs no secrets"

    code, said = snakemake(tmp_path, SERVICE_KEY=SECRET)
    assert code == 0, said
    assert {row["value"] for row in project.results("asking")} == {str(len(SECRET))}
    logs = {path.read_text() for path in tmp_path.glob("results/trials/*/log.txt")}
    assert logs == {"asking with *** fast\n"}
    held = [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert held == []

    before = project.left()
    more = "  exact: {from: predictions, compute: mean, goal: maximize}\n"
    more += "  agreement: {from: predictions, compute: accuracy, goal: maximize}\n"
    project.edit("spec.yaml", "baseline:", f"{more}baseline:")
    project.compile("spec.yaml")
    code, said = snakemake(tmp_path)  # without the secret: nothing is left that would need it
    assert code == 0, said
    found = {(row["metric"], row["value"]) for row in project.results("asking")}
    assert found == {("length", str(len(SECRET))), ("exact", "0.75"), ("agreement", "0.75")}
    assert project.left() == before
