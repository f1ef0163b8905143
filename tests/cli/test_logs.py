"""What trials printed."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import Called, finish, planned

Call = Callable[..., Called]


@pytest.fixture
def printed(call: Call, toy: Path, tmp_path: Path) -> list[str]:
    """The ids of four trials; three have printed, one of them failed."""
    call("compile", "spec.yaml")
    trials = planned(tmp_path)
    for trial, status in zip(trials, ("done", "failed", "done"), strict=False):
        finish(tmp_path, trial, status)
        log = tmp_path / "results/trials" / trial["id"] / "log.txt"
        log.write_text(f"one\ntwo\nx={trial['params']['x']} seed={trial['seed']}\n")
    return [trial["id"] for trial in trials]


def test_one_trial_by_its_id_or_by_what_it_has(call: Call, printed: list[str]) -> None:
    assert call("logs", printed[0][:6]) == (0, "one\ntwo\nx=1 seed=0\n", "")
    assert call("logs", "x=1", "seed=0") == (0, "one\ntwo\nx=1 seed=0\n", "")
    assert call("logs", "-n", "1", "x=2", "seed=0") == (0, "x=2 seed=0\n", "")
    assert call("logs", "--path", "x=1", "seed=0") == (0, f"results/trials/{printed[0]}/log.txt\n", "")


def test_several_are_listed_as_candidates(call: Call, printed: list[str]) -> None:
    code, output, error = call("logs", "x=1")
    assert (code, output) == (1, "")
    assert error.splitlines() == [
        "x=1 means 2 trials; say which one, by its id or more of what it has:",
        f"    {printed[0][:12]} train x=1 seed 0: done",
        f"    {printed[1][:12]} train x=1 seed 1: failed",
    ]


def test_the_failed_ones_are_printed_each_below_its_reason(call: Call, printed: list[str]) -> None:
    assert call("logs", "--failed", "--lines", "1") == (
        0,
        f"==> {printed[1][:12]} train x=1 seed 1: code: ended with 3\nx=1 seed=1\n",
        "",
    )
    assert call("logs", "--failed", "x=2")[2] == "no trial of these has failed\n"


def test_attempts_are_told_apart(call: Call, printed: list[str], tmp_path: Path) -> None:
    begins: list[dict[str, int]] = [{"log": 0}, {}, {"log": 4}, {"log_so_far": 8}]
    rows = [{"attempt": n, "started": f"at {n}"} | at for n, at in enumerate(begins, start=1)]
    ledger = tmp_path / "results/trials" / printed[1] / "attempts.jsonl"
    ledger.write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = [
        *("--- attempts 1 to 2, started at 1", "one"),
        *("--- attempt 3, started at 3", "two"),
        *("--- attempt 4, which goes on, started at 4", "x=1 seed=1"),
    ]
    for words in (("--failed",), ("x=1", "seed=1")):
        assert call("logs", *words)[1].splitlines()[-6:] == told
        assert call("logs", *words, "-n", "1")[1].splitlines()[-1:] == told[-1:]
    ledger.write_text(json.dumps(rows[0]) + "\n")
    assert call("logs", "x=1", "seed=1") == (0, "one\ntwo\nx=1 seed=1\n", "")


def test_what_has_printed_nothing_says_so_and_nothing_running_asks_for_a_name(call: Call, printed: list[str]) -> None:
    code, output, error = call("logs", "x=2", "seed=1")
    assert (code, output, error) == (
        0,
        "",
        f"{printed[3][:12]} train x=2 seed 1 has printed nothing: it has not been started yet.\n",
    )
    assert call("logs")[2].startswith("name a trial: none of 4 runs now.")


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the kernel doesn't tell who holds which lock")
def test_a_trial_is_followed_from_before_its_start_until_it_has_ended(
    call: Call, printed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = planned(tmp_path)[3]
    folder = tmp_path / "results/trials" / trial["id"]

    def lived() -> Iterator[None]:
        yield  # waits
        folder.mkdir()
        with (folder / "lock").open("w") as held, (folder / "log.txt").open("w") as log:
            fcntl.flock(held, fcntl.LOCK_EX)
            for number in range(3):
                print(number, file=log, flush=True)
                yield
            finish(tmp_path, trial)
            print("the end", file=log, flush=True)
            yield
        yield

    life = lived()  # goes on whenever it is not looked at
    monkeypatch.setattr(time, "sleep", lambda _: next(life))
    code, output, error = call("logs", "-f", "x=2", "seed=1")
    name = f"{trial['id'][:12]} train x=2 seed 1"
    assert (code, output) == (0, "0\n1\n2\nthe end\n")
    assert error == f"{name}: it has not been started yet; waiting.\n{name}: done\n"


def test_following_a_trial_that_has_ended_prints_its_last_lines_once(call: Call, printed: list[str]) -> None:
    code, output, error = call("logs", "-f", "-n", "2", "x=1", "seed=0")
    assert (code, output) == (0, "two\nx=1 seed=0\n")
    assert error == f"{printed[0][:12]} train x=1 seed 0: done\n"


def test_a_trial_of_a_cluster_is_told_with_its_job_and_node(call: Call, printed: list[str], tmp_path: Path) -> None:
    ledger = tmp_path / "results/trials" / printed[0] / "attempts.jsonl"
    rows = ({"attempt": 1, "started": "…", "job": "71", "node": "n17"}, {"attempt": 1, "ended": "…", "final": True})
    ledger.write_text("".join(json.dumps(row) + "\n" for row in rows))
    name = f"{printed[0][:12]} train x=1 seed 0"
    assert call("logs", "-n", "1", "x=1", "seed=0") == (0, "x=1 seed=0\n", f"{name} ran in job 71 on n17\n")


def test_of_a_trial_that_never_began_its_jobs_logs_are_printed(
    call: Call, printed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")  # no squeue, which would say whether a job is there
    (plan,) = (tmp_path / "workflow/plans").glob("*.jsonl")
    digest = plan.name.split(".")[1]
    stem = f"results/toy/batches/{digest}/train-3-4.0.log"
    (tmp_path / stem).parent.mkdir(parents=True)
    (tmp_path / stem).write_text("the runner came so far\n")
    slurm = f".snakemake/slurm_logs/rule_batch/toy_{digest}_train_3_4_0/71.log"
    other = f".snakemake/slurm_logs/rule_batch/toy_{digest}_train_1_2_0/70.log"
    for number, log in enumerate((other, slurm)):
        (tmp_path / log).parent.mkdir(parents=True)
        (tmp_path / log).write_text("starting\nslurmstepd: error: Exceeded job memory limit\n")
        os.utime(tmp_path / log, (time.time() + number, time.time() + number))
    code, output, error = call("logs", "-n", "1", "x=2", "seed=1")
    assert (code, output) == (0, "the runner came so far\nslurmstepd: error: Exceeded job memory limit\n")
    assert error.splitlines() == [
        f"{printed[3][:12]} train x=2 seed 1 has printed nothing: it has not been started yet.",
        f"==> {stem}",
        f"==> {slurm}",
    ]
