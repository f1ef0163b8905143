"""A file where a folder is meant in, one message before anything starts out: of expc, and of Snakemake alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SPEC = """
expc: 1
name: mine
task: {command: "sort {args}", results: {file: m.json}}
metrics: {score: {goal: maximize}}
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["results", "results/trials", "results/mine"])
def test_what_stands_where_a_folder_is_meant_is_named_before_anything_starts(tmp_path: Path, project_in, name) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC)
    project = project_in(tmp_path)
    project.compile("spec.yaml")
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    said = f"{name} is a file, and expc keeps a folder there; move it away"
    assert project.expc("run", "spec.yaml") == (1, f"{said}\n")
    command = [sys.executable, "-m", "snakemake", "-n"]
    if name == "results":
        found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert found.returncode == 1
        assert (found.stdout + found.stderr).count(said) == 1
