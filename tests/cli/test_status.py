"""How far an experiment is, told after the fact or while it runs."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from .conftest import Called, finish, planned

Call = Callable[..., Called]

needs_locks = pytest.mark.skipif(
    not Path("/proc/locks").exists(), reason="the kernel doesn't tell who holds which lock"
)


def ledger(project: Path, trial: dict[str, Any], *rows: dict[str, Any]) -> Path:
    folder = project / "results/trials" / trial["id"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "attempts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def started(host: str = os.uname().nodename) -> dict[str, Any]:
    return {"attempt": 1, "started": "2026-01-01T00:00:00.000Z", "pid": 1, "host": host}


def told(call: Call) -> dict[str, Any]:
    code, output, _ = call("status", "--format", "json")
    assert code == 0
    found: list[dict[str, Any]] = json.loads(output)
    return found[0]


@needs_locks
def test_locks_and_ledgers_say_what_runs_and_what_was_interrupted(call: Call, toy: Path, tmp_path: Path) -> None:
    call("compile", "spec.yaml")
    running, interrupted, away, stopped = planned(tmp_path)
    folder = ledger(tmp_path, running, started())
    ledger(tmp_path, interrupted, started())
    ledger(tmp_path, away, started("elsewhere"))
    ledger(tmp_path, stopped, started(), {"attempt": 1, "ended": "…", "status": "stopped", "final": False})
    with (folder / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        found = told(call)
        plan = json.loads(call("plan", "--format", "json", "spec.yaml")[1])[0]
    assert [found[state] for state in ("done", "running", "failed", "cancelled", "waiting")] == [0, 1, 0, 0, 3]
    assert (found["interrupted"], found["elsewhere"]) == (
        [interrupted["id"], stopped["id"]],
        {away["id"]: "elsewhere"},
    )
    assert [one["id"] for one in plan["running"]] == [running["id"]]
    assert {one["id"]: one["reason"] for one in plan["again"]} == {
        interrupted["id"]: "it was interrupted, and goes on",
        away["id"]: "it was begun on elsewhere, and may still run there",
        stopped["id"]: "it was interrupted, and goes on",
    }
    assert told(call)["running"] == 0


def test_what_failed_is_told_with_its_reason_and_what_to_do(call: Call, toy: Path, tmp_path: Path) -> None:
    call("compile", "spec.yaml")
    one, two, three, _ = planned(tmp_path)
    finish(tmp_path, one)
    for trial in (two, three):
        finish(tmp_path, trial, "failed")
    code, output, _ = call("status", "spec.yaml")
    assert code == 0
    assert [line.strip() for line in output.splitlines()] == [
        "toy  1/4 done · 0 running · 2 failed · 1 waiting · 9 s of trials spent · about 3 s left one after the other",
        "train   ━━━━━━━━━───  1/4    2 failed    3 s left",
        "x  1  ━━━━━━━━━━━━  1/2    1 failed",
        "2  ━━━━━━──────  0/2    1 failed    3 s left",
        "best so far  m 1.000, mean of 1/2: x=1",
        "2 failed: code: ended with 3",
        f"{two['id'][:12]} train x=1 seed 1, and 1 more",
        f"`expc logs {two['id'][:12]}`; read its log, mend the program or the spec, then `expc retry`",
    ]
    found = told(call)
    assert [(one["id"], one["kind"], one["detail"]) for one in found["failures"]] == [
        (two["id"], "code", "ended with 3"),
        (three["id"], "code", "ended with 3"),
    ]
    assert (found["spent_seconds"], found["left_seconds"], found["rows"][0]["done"]) == (9.0, 3.0, 1)


def test_what_failed_alike_but_for_its_numbers_is_told_once_and_a_crash_is_the_programs_own() -> None:
    from expc.cli.watching.failures import Failure, grouped

    trial = {"id": "t", "stage": "train", "condition": {}, "seeds": {}, "seed": 0}
    told = [
        ("memory", "it occupied 486 MiB"),
        ("signal", "killed by SIGSEGV, 4 times"),
        ("memory", "it occupied 9 MiB"),
    ]
    groups = grouped(Failure(trial, "", *one) for one in told)
    assert {reason: len(alike) for reason, alike in groups.items()} == {
        "memory: it occupied 486 MiB": 2,
        "signal: killed by SIGSEGV, 4 times": 1,
    }
    assert [alike[0].mend.partition(":")[0] for alike in groups.values()] == [
        "give it more `resources",
        "the program itself crashed",
    ]
    assert Failure(trial, "", "signal", "killed by SIGKILL, 4 times").mend.startswith(
        "somebody or the system killed it"
    )


@pytest.mark.parametrize("said", [{}, {"network": "none"}, {"network": "host"}])
def test_a_failure_knows_what_network_there_was(said: dict[str, str]) -> None:
    from expc.cli.watching.failures import Failure, failures_of

    trial = {"id": "t", "stage": "train", "condition": {}, "seeds": {}, "seed": 0, "evaluate": []}
    outcome = {"status": "failed", "cause": {"kind": "code", "detail": "no host"}, **said}
    assert [*failures_of(trial, outcome)] == [Failure(trial, "", "code", "no host", said.get("network", ""))]


def edited(text: str, plan: Path) -> None:
    """As if the plan had been compiled like this: it has its digest in its name."""
    name, before, ending = plan.name.split(".")
    digest = sha256(text.encode()).hexdigest()[:12]
    plan.with_name(f"{name}.{digest}.{ending}").write_text(text)
    plan.unlink()
    stated = plan.parents[1] / "experiments.json"
    stated.write_text(stated.read_text().replace(before, digest))


def test_a_failed_evaluation_is_told_too(call: Call, toy: Path, tmp_path: Path) -> None:
    call("compile", "spec.yaml")
    (plan,) = (tmp_path / "workflow/plans").glob("*.jsonl")
    top, *lines = plan.read_text().splitlines()
    trials = [json.loads(line) | {"evaluate": [["e" * 16, "mr", "d" * 16, "last"]]} for line in lines]
    edited("\n".join([top, *map(json.dumps, trials)]) + "\n", plan)
    finish(tmp_path, trials[0])
    found = {"id": "e" * 16, "status": "failed", "cause": {"kind": "time", "detail": "too slow"}}
    (tmp_path / "results/trials" / trials[0]["id"] / "evaluations").mkdir()
    (tmp_path / "results/trials" / trials[0]["id"] / f"evaluations/{'e' * 16}.json").write_text(json.dumps(found))
    assert [(one["on"], one["kind"], one["detail"]) for one in told(call)["failures"]] == [("mr", "time", "too slow")]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("toi", "toi is no spec that was compiled here; did you mean 'toy'? allowed: spec.yaml, toy\n"),
        ("other.yaml", "other.yaml is no spec that was compiled here; `expc compile other.yaml` first\n"),
    ],
)
def test_a_spec_that_was_not_compiled_says_what_to_do(
    call: Call, toy: Path, tmp_path: Path, word: str, said: str
) -> None:
    call("compile", "spec.yaml")
    (tmp_path / "other.yaml").write_text(toy.read_text())
    assert call("status", word) == (1, "", said)


def test_an_outcome_that_somebody_edited_is_named_and_does_not_count(call: Call, toy: Path, tmp_path: Path) -> None:
    call("compile", "spec.yaml")
    edited, torn, whole, _ = planned(tmp_path)
    for trial in (edited, torn, whole):
        finish(tmp_path, trial)
    path = tmp_path / "results/trials" / edited["id"] / "outcome.json"
    path.write_text(path.read_text().replace("3.0", '"long"'))
    (tmp_path / "results/trials" / torn["id"] / "outcome.json").write_text("{")
    why = "damaged ('seconds' must be a number from 0 on, not \"long\")"
    found = told(call)
    assert (found["done"], found["broken"]) == (1, {edited["id"]: why, torn["id"]: "not whole"})
    plan = json.loads(call("plan", "--format", "json", "spec.yaml")[1])[0]
    assert {one["id"]: one["reason"] for one in plan["again"]} == {
        edited["id"]: f"its outcome is {why}",
        torn["id"]: "its outcome is not whole",
    }
    code, output, error = call("status")
    said = " ".join(output.split())
    assert (code, error) == (0, "")
    for trial, what in ((edited, why), (torn, "not whole")):
        file = f"results/trials/{trial['id']}/outcome.json"
        assert f"{file} doesn't count: put it right, or its trial runs again it is {what}" in said
