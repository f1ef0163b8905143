"""The job that runs the workflow itself: where it goes, how it is found, and that there is only one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expc.jobs.ask import Silent
from expc.jobs.controller import COMMENT, controllers, ended, place, submit
from expc.jobs.end import Wanted, ends
from expc.jobs.queue import Job
from expc.jobs.seen import Seen


def partition(name: str, hours: float, **more: Any) -> dict[str, Any]:
    return {"name": name, "time": int(hours * 3600), "gpus": {}, "preemptible": False, "nodes": 1, **more}


SITE = {
    "site": 1,
    "file": "lab.yaml",
    "name": "lab",
    "status": "squeue",
    "prepare": "here",
    "jobs": {"most": 100, "submit": 5, "target": 2700, "shortest": 600, "check": 20},
    "partitions": [partition("cpu", 1)],
}


@pytest.mark.parametrize(
    ("partitions", "expected"),
    [
        ([partition("long", 24), partition("short", 1)], ["--partition=long", "--time=1440"]),
        ([partition("gpu", 240, gpus={"a100": 4}), partition("cpu", 12)], ["--partition=cpu", "--time=720"]),
        ([partition("gpu", 24, gpus={"a100": 4})], ["--partition=gpu", "--time=1440"]),
        ([partition("spare", 240, preemptible=True), partition("cpu", 1)], ["--partition=cpu", "--time=60"]),
        ([partition("month", 720), partition("week", 168)], ["--partition=month", "--time=2880"]),
        (
            [partition("cpu", 1, account="ours", qos="long", constraint="ib")],
            ["--partition=cpu", "--account=ours", "--qos=long", "--constraint=ib", "--time=60"],
        ),
    ],
    ids=["the longest", "no GPUs", "GPUs if there is nothing else", "not preempted", "two days at most", "its account"],
)
def test_it_goes_where_a_small_long_job_disturbs_nobody(partitions: Any, expected: list[str]) -> None:
    assert place({"partitions": partitions}) == expected


def test_of_the_site_s_account_it_makes_use_where_the_partition_has_none() -> None:
    assert "--account=lab" in place({"account": "lab", "partitions": [partition("cpu", 1)]})


def test_two_that_are_submitted_at_the_same_time_wait_for_each_other(
    answers: Callable[..., None], tmp_path: Path
) -> None:
    Path("workflow").mkdir()
    Path("workflow/site.json").write_text(json.dumps(SITE))
    answers("sbatch", "4711;lab\n")
    script = tmp_path / "programs" / "sbatch"
    script.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > said.txt\ncat "$0.txt"\n')
    assert submit(["python", "-m", "expc", "a b"], {"SINCE": "5.1"}, after="12") == "4711"
    said = Path("said.txt").read_text().splitlines()
    assert {"--dependency=singleton,afterany:12", f"--comment={COMMENT}", "--requeue"} <= set(said)
    assert "--export=ALL,SINCE=5.1" in said
    assert said[-1] == "--wrap=exec python -m expc 'a b'"


def test_what_slurm_says_against_it_is_passed_on(answers: Callable[..., None]) -> None:
    Path("workflow").mkdir()
    Path("workflow/site.json").write_text(json.dumps(SITE))
    answers("sbatch", fails="sbatch: error: invalid partition")
    with pytest.raises(Silent, match="invalid partition"):
        submit(["true"], {})


def job(number: str, state: str, comment: str = COMMENT) -> Job:
    return Job(number, state, "", "main", "", "ada", None, None, None, "", comment, "/here")


def test_one_that_waits_or_runs_is_found() -> None:
    found = controllers([job("1", "COMPLETED"), job("2", "PENDING"), job("3", "RUNNING"), job("4", "RUNNING", "x")])
    assert [one.id for one in found] == ["3", "2"]


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        ([], None),
        ([job("9", "CANCELLED"), job("10", "FAILED")], "10"),
        ([job("9", "CANCELLED"), job("10", "PENDING")], None),
        ([job("9", "CANCELLED"), job("10", "COMPLETED")], None),
        ([job("9", "CANCELLED", "x")], None),
    ],
    ids=["none", "the last one", "it has a successor", "the next one did the rest", "another job"],
)
def test_one_that_was_ended_is_found(jobs: list[Job], expected: str | None) -> None:
    found = ended(jobs)
    assert (found.id if found else None) == expected


@pytest.mark.parametrize(("everything", "expected"), [(True, ["1"]), (False, [])])
def test_it_ends_with_everything_that_it_runs_but_not_with_a_part(everything: bool, expected: list[str]) -> None:
    wanted = Wanted({"t"}, {"a"}, {"t", "u"}, everything)
    assert [one.id for one in ends(Seen((job("1", "RUNNING"),)), wanted).running] == expected
