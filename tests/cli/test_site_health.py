"""What a trying job printed in, what `expc doctor --site` says of a partition out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from expc.cli.sites import site_health
from expc.cli.sites.site_health import at_site, off, storage, told, tried, untried
from expc.compiler.reading.site import load_site
from expc.jobs.ask import Silent
from expc.jobs.cluster import Accounting, Cluster, Partition

FINE = "seen\nclock {clock}\nruntime /usr/bin/apptainer\npython yes\n"


def said(printed: str, *, seen: bool = True, off_by: float = 0) -> list[tuple[str, str]]:
    return [(result.state, result.what) for result in told("main", printed, off_by, seen)]


def test_a_partition_that_shares_the_folder_and_finds_expc_is_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said(FINE) == [
        ("ok", f"partition main: a job reads and writes {tmp_path}"),
        ("ok", "partition main: containers by /usr/bin/apptainer"),
    ]


@pytest.mark.parametrize(
    ("printed", "more", "state", "words"),
    [
        (FINE.replace("seen", "unseen"), {}, "problem", "its nodes don't share"),
        (FINE, {"seen": False}, "problem", "its nodes don't share"),
        (FINE.replace("yes", "no"), {}, "problem", "or its expc isn't there"),
        (FINE, {"off_by": 90.0}, "problem", "its clock is 90 seconds off"),
        (FINE.replace("/usr/bin/apptainer", "none"), {}, "note", "no apptainer"),
    ],
)
def test_what_a_partition_lacks_is_said(printed: str, more: dict[str, float], state: str, words: str) -> None:
    assert [(found, words in what) for found, what in said(printed, **more) if found != "ok"] == [(state, True)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("printed", "state", "words"),
    [
        (
            "storage 8 9 104857600 /local/4 7\n",
            "ok",
            "partition main: 100 GiB free in /local/4 7, for what is temporary",
        ),
        ("storage 9 9 104857600 /tmp/47\n", "note", "partition main: 100 GiB free in /tmp/47, for what is temporary"),
        ("", "problem", "partition main: /local/$SLURM_JOB_ID can't be made there, or not be written"),
    ],
)
def test_what_fits_on_a_nodes_own_disk_is_said(printed: str, state: str, words: str) -> None:
    found = storage("main", "/local/$SLURM_JOB_ID", FINE + printed)
    assert (found.state, found.what) == (state, words)


def test_a_clock_is_compared_with_the_time_in_which_the_job_ran() -> None:
    now = time.time()
    clocks = [off(FINE.format(clock=int(now + apart)), now - 30) for apart in (-100, -20, 0, 100)]
    assert [round(found, -1) for found in clocks] == [70, 0, 0, 100]
    assert off("nothing\n", now) == 0


def test_a_scheduler_that_does_not_answer_is_one_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lab.yaml").write_text("site: 1\nname: lab\npartitions: {main: {time: 1h}}\n")

    def silent() -> None:
        raise Silent("sinfo isn't on this machine")

    monkeypatch.setattr(site_health, "cluster", silent)
    found = list(at_site(load_site(str(tmp_path / "lab.yaml"), tmp_path)))
    assert [result.what for result in found if result.state == "problem"] == [
        "SLURM doesn't answer: sinfo isn't on this machine"
    ]


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (None, ("note", "the database of accounts doesn't answer (sacctmgr)")),
        (Accounting(frozenset({"ml"}), frozenset()), ("ok", "account ml")),
    ],
)
def test_an_account_that_nobody_can_look_up_is_not_called_right(
    known: Accounting | None, told: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lab.yaml").write_text("site: 1\nname: lab\naccount: ml\npartitions: {main: {time: 1h}}\n")
    main = Partition(3600, 8, 4000, {}, up=True)
    monkeypatch.setattr(site_health, "cluster", lambda: Cluster({"main": main}, True, known, 300))
    monkeypatch.setattr(site_health, "tried", lambda *_: [])
    found = [(one.state, one.what) for one in at_site(load_site(str(tmp_path / "lab.yaml"), tmp_path))]
    accounts = [one for one in found if "account" in one[1]]
    assert accounts == [told]


@pytest.mark.parametrize(
    ("why", "state", "words"),
    [
        ("srun: error: Unable to allocate resources: Requested nodes are busy (srun)", "note", "no job ran within"),
        ("srun hasn't answered within 120 s", "note", "no job ran within"),
        ("srun: job 7 queued and waiting for resources (srun)", "note", "no job ran within"),
        ("srun: error: Unable to allocate resources: Invalid feature specification (srun)", "problem", "was refused"),
        ("srun: error: Unable to allocate resources: Access/permission denied (srun)", "problem", "was refused"),
    ],
)
def test_a_job_that_is_refused_is_a_problem_and_one_that_waits_is_not(why: str, state: str, words: str) -> None:
    found = untried("main", why)
    assert (found.state, words in found.what, why in found.what) == (state, True, True)


def test_what_a_job_says_before_it_fails_is_told_and_a_folder_that_nodes_lack_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An srun that starts the job here, as one does whose node is this machine."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "srun").write_text('#!/bin/bash\nuntil [ "$1" = bash ]; do shift; done\nexec "$@"\n')
    (tmp_path / "srun").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    partition = "partitions: {main: {time: 1h}}\n"
    for more, state, words in (
        ("modules: [nowhere]\n", "problem", "a job can't begin: "),
        ("", "ok", "a job reads and writes"),
    ):
        (tmp_path / "lab.yaml").write_text(f"site: 1\nname: lab\n{more}{partition}")
        site = load_site(str(tmp_path / "lab.yaml"), tmp_path)
        first = next(tried(site, site.partitions[0]))
        assert (first.state, words in first.what) == (state, True), first
