"""What is known of a project's trials from its jobs, and what isn't when SLURM keeps silent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from expc.jobs.reasons import meaning, stuck
from expc.jobs.seen import Seen, me, seen
from expc.plan import encode

from .conftest import PLAN, Answer, recorded


def line(number: int, memory: int | None = None) -> dict[str, Any]:
    return {"id": f"t{number}", "stage": "train", "cpus": 1, "memory": memory, "time": None}


def plan(folder: Path) -> None:
    """Twelve trials, of which the eighth asks for more."""
    head = {"stages": {"train": {}}}
    lines = [head, *(line(number, 4000 if number == 8 else None) for number in range(1, 13))]
    lines[1]["params"] = {"apart_by": "\u2028"}  # which plans hold as it is
    (folder / "workflow/plans").mkdir(parents=True)
    path = folder / f"workflow/plans/nap.{PLAN}.jsonl"
    path.write_text("".join(encode(one) + "\n" for one in lines), encoding="utf-8")


def found() -> Seen:
    known = seen()
    assert known is not None
    return known


def test_each_open_job_carries_the_lines_of_its_range_that_are_of_one_class(answers: Answer, tmp_path: Path) -> None:
    plan(tmp_path)
    answers("squeue", recorded("squeue.txt", tmp_path))
    known = found()
    assert dict(known.trials) == {
        "7": ("t5", "t6"), "8": ("t3", "t4"), "9": ("t1", "t2"), "10": ("t9", "t10"), "11": ("t7",),
        "12": ("t11", "t12"),
    }  # fmt: skip
    assert {trial: job.id for trial, job in known.by_trial.items()}["t7"] == "11"
    assert "t8" not in known.by_trial
    assert ([job.id for job in known.of("nap")], known.of("other")) == (["10", "11", "12", "7", "8", "9"], ())


def test_of_two_jobs_of_a_trial_the_one_that_runs_counts(answers: Answer, tmp_path: Path) -> None:
    plan(tmp_path)
    text = recorded("squeue.txt", tmp_path)
    answers("squeue", text + text.replace("\x1fRUNNING\x1f", "\x1fPENDING\x1f").replace("\n", "\n1", 1))
    assert found().by_trial["t5"].state == "RUNNING"


def test_a_plan_that_is_gone_says_nothing(answers: Answer, tmp_path: Path) -> None:
    answers("squeue", recorded("squeue.txt", tmp_path))
    assert dict(found().trials) == {}


@pytest.mark.parametrize(
    ("row", "answering", "silent"),
    [
        ({"job": "7", "user": "ada"}, "runs", "unknown"),  # ada's job is listed
        ({"job": "10", "user": me()}, "over", "unknown"),  # it waits: was requeued
        ({"job": "6", "user": me()}, "over", "unknown"),
        ({"job": "3", "user": me()}, "over", "unknown"),  # no longer listed
        ({"job": "3", "user": "another"}, "unknown", "unknown"),  # might be hidden from us
        ({"user": me()}, "unknown", "unknown"),  # no job of SLURM's
    ],
)
def test_only_a_cluster_that_answers_says_that_an_attempt_is_over(
    answers: Answer, tmp_path: Path, row: dict[str, Any], answering: str, silent: str
) -> None:
    answers("squeue", recorded("squeue.txt", tmp_path))
    assert found().fate(row) == answering
    answers("squeue", fails="slurm_load_jobs error: Unable to contact slurm controller (connect failure)")
    mute = found()
    assert (mute.fate(row), mute.jobs) == (silent, ())
    assert mute.silent == "slurm_load_jobs error: Unable to contact slurm controller (connect failure) (squeue)"


def test_a_project_that_knows_no_slurm_asks_nobody(answers: Answer, tmp_path: Path) -> None:
    answers("squeue", fails="asked")
    (tmp_path / ".snakemake/slurm_logs").rmdir()
    assert seen() is None


@pytest.mark.parametrize(
    ("reason", "words", "waits_for_somebody"),
    [
        ("Priority", "others are before it", False),
        ("QOSMaxJobsPerUserLimit", "a limit of the QOS is reached", False),
        ("AssocGrpGRES", "a limit of the account is used up together with others' jobs", False),
        ("PartitionTimeLimit", "it asks for more time than the partition allows", True),
        ("ReqNodeNotAvail, UnavailableNodes:n7", "nodes that it could run on are down or reserved", False),
        ("AssocMaxWallDurationPerJobLimit", "a limit of the account is reached", True),
        ("SomethingNew", "", False),
    ],
)
def test_reasons_are_put_into_words(reason: str, words: str, waits_for_somebody: bool) -> None:
    assert (meaning(reason), stuck(reason)) == (words, waits_for_somebody)
