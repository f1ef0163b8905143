"""The logs of the jobs that were to run a trial, while Snakemake removes some."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from expc.jobs.logs import kept
from expc.plan import encode

PLAN = "0f3ac2"


@pytest.fixture(autouse=True)
def in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    head = {"stages": {"train": {}}}
    lines = [head, *({"id": f"t{n}", "stage": "train", "cpus": 1, "memory": None, "time": None} for n in (1, 2, 3))]
    Path("workflow/plans").mkdir(parents=True)
    Path(f"workflow/plans/nap.{PLAN}.jsonl").write_text("".join(encode(line) + "\n" for line in lines))


def log(path: str, text: str, moment: int) -> Path:
    found = Path(path)
    found.parent.mkdir(parents=True, exist_ok=True)
    found.write_text(text)
    os.utime(found, (moment, moment))
    return found


def batch(first: int, last: int, job: int, moment: int, text: str = "began") -> Path:
    return log(f".snakemake/slurm_logs/rule_batch/nap_{PLAN}_train_{first}_{last}_0/{job}.log", text, moment)


def test_they_are_those_of_batches_that_carry_the_trial_the_oldest_first() -> None:
    later, earlier = batch(1, 2, 71, 90), batch(2, 3, 72, 80)
    runner = log(f"results/nap/batches/{PLAN}/train-1-2.0.log", "came so far", 85)
    batch(2, 3, 73, 70, text="")
    batch(3, 3, 74, 60)
    log(f"{earlier.parent}/notes.txt", "somebody's own", 50)
    assert kept("t2") == [earlier, runner, later]
    assert kept("t9") == []


def test_one_that_is_removed_after_we_have_looked_at_it_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stays, goes = batch(1, 2, 71, 90), batch(2, 3, 72, 80)
    stat = Path.stat

    def removing(path: Path, **options: bool) -> os.stat_result:
        found = stat(path, **options)
        if path == goes:
            goes.unlink()
        return found

    monkeypatch.setattr(Path, "stat", removing)
    assert kept("t2") == [goes, stays]
    assert kept("t2") == [stays]
