"""The command line, called in this process: arguments in; exit code, output and error output out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expc.cli import main

Called = tuple[int, str, str]

PROGRAM = """\
expc: 1
name: toy
task: {command: "true {x}"}
factors: {x: [1, 2]}
seeds: 2
metrics: {m: {goal: minimize}}
baseline: {x: 1}
"""


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Called]:
    """Run `expc` in an empty project."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str) -> Called:
        monkeypatch.setattr(sys, "argv", ["expc", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0), *capsys.readouterr()

    return called


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A spec of four trials of an own program."""
    spec = tmp_path / "spec.yaml"
    spec.write_text(PROGRAM)
    return spec


def planned(project: Path) -> list[dict[str, Any]]:
    """The trials of the one plan that was compiled."""
    (plan,) = (project / "workflow/plans").glob("*.jsonl")
    return [json.loads(line) for line in plan.read_text().splitlines()[1:]]


def finish(project: Path, trial: dict[str, Any], status: str = "done") -> None:
    """Leave the outcome that the runner would have left."""
    folder = project / "results/trials" / trial["id"]
    folder.mkdir(parents=True, exist_ok=True)
    outcome = {"id": trial["id"], "status": status, "seconds": 3.0, "marked": [], "cause": None}
    if status == "failed":
        outcome["cause"] = {"kind": "code", "detail": "ended with 3"}
    (folder / "outcome.json").write_text(json.dumps(outcome))
    row = {"name": "m", "value": trial["params"]["x"], "split": "test", "on": None, "step": None}
    (folder / "metrics.jsonl").write_text(json.dumps(row) + "\n" if status == "done" else "")
