"""The job that runs the workflow itself, as SLURM is asked for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from expc.cli.sites import controlling

SITE = {
    "file": "lab.yaml",
    "name": "lab",
    "status": "squeue",
    "prepare": "here",
    "jobs": {"most": 100, "target": 2700, "shortest": 600},
    "partitions": [{"name": "cpu", "time": 3600, "gpus": {}, "preemptible": False, "nodes": 1}],
}
SBATCH = 'printf "%s\\n" "$@" >"$0.asked"; echo 12'
SCONTROL = "echo JobState=COMPLETING"  # somebody else's business: the job can't be requeued


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """When the workflow was started, as the submitted job is told; programs here pass for SLURM's."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow/site.json").write_text(json.dumps(SITE))
    for name, does in (("sbatch", SBATCH), ("scontrol", SCONTROL)):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    def said() -> str:
        words = (tmp_path / "sbatch.asked").read_text().splitlines()
        return next(word.removeprefix("--export=ALL,EXPC_STARTED=") for word in words if "EXPC_STARTED" in word)

    return said


def test_a_controller_that_hands_over_was_started_when_the_first_one_was(
    asked: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EXPC_STARTED", raising=False)
    controlling.start([])
    first = asked()
    assert float(first) > 0
    monkeypatch.setenv("EXPC_STARTED", first)  # which the job has of its submission
    assert controlling._hand_over("11", [], cancelled=False) == 0
    assert asked() == first
