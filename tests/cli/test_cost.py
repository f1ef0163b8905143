"""What an experiment has cost, in hours and money."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from expc.compiler.reading.site import load_site

from .conftest import Called, finish, planned

Call = Callable[..., Called]


def spent(project: Path, trial: str, hours: float, **more: Any) -> None:
    folder = project / "results/trials" / trial
    folder.mkdir(parents=True, exist_ok=True)
    row = {
        "attempt": 1,
        "started": "2026-01-01T00:00:00.000Z",
        "user": "ada",
        "host": "n1",
        "cpus": 2,
        "log": 0,
        **more,
    }
    rows = [row, {"attempt": 1, "ended": "…", "seconds": hours * 3600, "status": "done", "final": True}]
    (folder / "attempts.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))


@pytest.fixture
def ledgers(call: Call, toy: Path, tmp_path: Path) -> list[str]:
    """Three trials on a cluster, one of which failed, one on this machine, and one that is no longer planned."""
    call("compile", "spec.yaml")
    trials = planned(tmp_path)
    for trial, status in zip(trials, ("done", "failed", "done", "done"), strict=True):
        finish(tmp_path, trial, status)
    slurm = {"partition": "gpu", "gpus": 1}
    for trial, job in zip(trials[:3], ("7", "8", "8"), strict=True):
        spent(tmp_path, trial["id"], 1.0, **slurm, job=job)
    spent(tmp_path, trials[3]["id"], 0.5)
    spent(tmp_path, "gone", 2.0, user="grace", **slurm)
    return [trial["id"] for trial in trials]


def local(minutes: int) -> str:
    """A moment of the new year, as SLURM says it."""
    return (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone().strftime("%Y-%m-%dT%H:%M:%S")


def rows(output: str) -> list[list[str]]:
    return [line.split() for line in output.splitlines() if line.strip() and "──" not in line]


def test_hours_are_told_by_user_experiment_and_partition(call: Call, ledgers: list[str]) -> None:
    code, output, _ = call("cost")
    assert code == 0
    assert rows(output)[1:] == [
        ["ada", "toy", "gpu", "3", "3", "6.00", "3.00", "2.00", "1.00"],
        ["ada", "toy", "n1", "1", "1", "1.00", "0.00", "0.00", "0.00"],
        ["grace", "no", "longer", "planned", "gpu", "1", "1", "4.00", "2.00", "0.00", "0.00"],
        ["all", "5", "5", "11.00", "5.00", "2.00", "1.00"],
    ]
    assert "grace" not in call("cost", "spec.yaml")[1]


def test_money_is_counted_where_the_site_has_prices(call: Call, ledgers: list[str], tmp_path: Path) -> None:
    partitions = "{gpu: {time: 1d, gpus: 1, gpu_hour: 1.5}, cpu: {time: 1d}}"
    (tmp_path / "lab.yaml").write_text(f"site: 1\nname: lab\nstatus: squeue\ncurrency: EUR\npartitions: {partitions}\n")
    (tmp_path / "workflow/site.json").write_bytes(load_site("lab.yaml", Path()).text())
    found = json.loads(call("cost", "toy", "--format", "json")[1])
    assert (found["currency"], found["total"]["money"], found["total"]["wasted_money"]) == ("EUR", 4.5, 1.5)
    assert [(row["partition"], row["money"]) for row in found["rows"]] == [("gpu", 4.5), ("n1", None)]
    assert "EUR in vain" in call("cost")[1]


def test_accounting_says_when_what_was_killed_ended_and_how_long_jobs_waited(
    call: Call, ledgers: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results/trials" / ledgers[0] / "attempts.jsonl"
    path.write_text(path.read_text().splitlines()[0] + "\n")  # its runner was killed
    said = "1 attempt was killed with the runner, nobody knows when: that time isn't counted."
    assert said in call("cost", "toy")[1]
    (tmp_path / "bin").mkdir()
    line = ["7", "TIMEOUT", "gpu", "n1", "ada", *(local(minutes) for minutes in (-10, 0, 180)), "x", "", "/here"]
    (tmp_path / "bin/sacct").write_text(f"#!/bin/sh\necho '{chr(31).join(line)}'\n")
    (tmp_path / "bin/sacct").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    output = call("cost", "toy")[1]
    assert ["ada", "toy", "gpu", "3", "3", "10.00", "5.00", "2.00", "1.00"] in rows(output)
    assert output.splitlines()[-1] == "1 job known to SLURM's accounting waited 10 min in the mean."


def test_where_nothing_was_begun_it_says_so(call: Call, toy: Path) -> None:
    call("compile", "spec.yaml")
    assert call("cost") == (0, "No trial has been begun here yet.\n", "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", " is damaged: it is empty"),
        ("{\n,", ":2:1 is damaged: Expecting property name enclosed in double quotes"),
        ("[]", " is damaged: it must be an object, not []"),
        ("{}", " is damaged: it lacks file, jobs, name, partitions, prepare, status"),
    ],
)
def test_prices_that_are_damaged_are_not_taken_for_none(
    call: Call, ledgers: list[str], tmp_path: Path, text: str, why: str
) -> None:
    (tmp_path / "workflow/site.json").write_text(text)
    again = "Delete it, and run `expc compile` with `--site` and the cluster's file, or with `--no-site`"
    assert call("cost") == (1, "", f"workflow/site.json{why}.\n    {again}: no result is lost.\n")
