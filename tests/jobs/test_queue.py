"""What squeue and sacct print, and whose jobs these are."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from expc.jobs.ask import Silent, asked, plain
from expc.jobs.queue import ENDED, FIELDS, Batch, Job, ended, listed, ours, parsed, queue

from .conftest import PLAN, RECORDED, Answer, recorded

RUN = "51c7a4a1-8ad0-48da-a91e-7e13473cf5fe"


def at(clock: str) -> float:
    return datetime.fromisoformat(f"2026-11-21T{clock}").timestamp()


def test_squeue_is_read_as_a_real_one_printed_it() -> None:
    jobs = parsed((RECORDED / "squeue.txt").read_text().splitlines(), FIELDS)
    assert [(job.id, job.state, job.reason, job.node) for job in jobs] == [
        ("6", "COMPLETED", "", "node1"), ("10", "PENDING", "Resources", ""), ("11", "PENDING", "Priority", ""),
        ("12", "PENDING", "Priority", ""), ("7", "RUNNING", "", "node1"), ("8", "RUNNING", "", "node2"),
        ("9", "RUNNING", "", "node3"),
    ]  # fmt: skip
    assert jobs[1] == Job(
        id="10", state="PENDING", reason="Resources", partition="main", node="", user="ada",
        submitted=at("06:47:23"), started=at("07:02:24"), ends=at("07:17:24"), name=RUN,
        comment=f"rule_batch_wildcards_nap_{PLAN}_train_9_10_0", folder="/home/ada/nap",
    )  # fmt: skip
    assert [job.rule for job in jobs] == ["code", *["batch"] * 6]
    assert [(job.waits, job.runs) for job in jobs] == [(False, False), *[(True, False)] * 3, *[(False, True)] * 3]


def test_sacct_is_read_as_a_real_one_printed_it() -> None:
    jobs = parsed((RECORDED / "sacct.txt").read_text().splitlines(), ENDED)
    assert [(job.id, job.state, job.node, job.started, job.ends) for job in jobs] == [
        ("6", "COMPLETED", "node1", at("06:46:50"), at("06:47:10")),
        ("7", "RUNNING", "node1", at("06:47:24"), None),
        ("9", "RUNNING", "node3", at("06:47:24"), None),
    ]


@pytest.mark.parametrize(
    ("comment", "batch"),
    [
        (f"rule_batch_wildcards_nap_{PLAN}_train_9_10_0", Batch("nap", PLAN, "train", 9, 10, 0)),
        (f"rule_batch_wildcards_a-1_{PLAN}_fine_tune_2_3_10_12_1", Batch("a-1", PLAN, "fine_tune_2_3", 10, 12, 1)),
        ("rule_code_wildcards_0011", None),
        ("rule_all", None),
        ("my own job", None),
        ("", None),
    ],
)
def test_the_comment_of_the_executor_says_which_trials_a_job_carries(comment: str, batch: Batch | None) -> None:
    (job,) = parsed(["\x1f".join([*["1"] * 10, comment, "/x"])], FIELDS)
    assert job.batch == batch
    if batch:
        assert comment == f"rule_batch_wildcards_{batch.wildcards}"


def test_jobs_of_other_folders_are_none_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, linked, other = tmp_path / "mine", tmp_path / "linked", tmp_path / "other"
    mine.mkdir()
    other.mkdir()
    linked.symlink_to(mine)
    monkeypatch.chdir(mine)
    text = "".join(recorded("squeue.txt", folder) for folder in (mine, linked, other, tmp_path / "gone"))
    found = [job.folder for job in listed(text)]
    assert found == [str(mine)] * 7 + [str(linked)] * 7
    assert ours(()) == ()


def test_lines_that_are_no_jobs_are_passed_over() -> None:
    assert parsed(["slurm_load_jobs: something", "", "1\x1fRUNNING"], FIELDS) == ()


def test_a_cluster_that_fails_hangs_or_is_not_there_is_said_to_be_silent(
    answers: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers("squeue", fails="slurm_load_jobs error: Unable to contact slurm controller (connect failure)")
    with pytest.raises(Silent, match=r"Unable to contact slurm controller \(connect failure\) \(squeue\)"):
        queue()
    answers("squeue", until="never")
    with pytest.raises(Silent, match=r"squeue hasn't answered within 0.2 s"):
        asked(["squeue"], 0.2)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(Silent, match=r"sacct isn't on this machine"):
        ended(["1"])
    assert ended([]) == ()


def test_what_users_set_for_themselves_does_not_change_what_is_asked(
    answers: Answer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SQUEUE_FORMAT", "%i")
    monkeypatch.setenv("SLURM_TIME_FORMAT", "relative")
    answers("squeue")
    (tmp_path / "programs/squeue").write_text("#!/bin/sh\nenv\n")
    assert not [line for line in asked(["squeue"]).splitlines() if line.startswith(("SQUEUE", "SLURM_TIME"))]


def test_from_within_an_allocation_commands_are_still_about_the_cluster() -> None:
    """A srun that finds SLURM_JOB_ID starts a step of that job, whatever partition it is to try."""
    own = {
        "SLURM_JOB_ID": "7",
        "SLURM_MEM_PER_CPU": "33",
        "SLURM_CLUSTERS": "far",
        "SINFO_PARTITION": "gpu",
        "SBATCH_ARRAY_INX": "0-3",
    }
    kept = {"SLURM_CONF": "/etc/slurm.conf", "SLURM_JWT": "mine", "SBATCH_ACCOUNT": "mine", "PATH": "/bin"}
    assert plain({**own, **kept}) == kept
