"""Which jobs end when somebody wants some trials or experiments stopped, and which processes of Snakemake are ours."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from expc.jobs.end import Ends, Wanted, ends
from expc.jobs.mains import is_main, mains
from expc.jobs.queue import Job
from expc.jobs.seen import Seen


def job(number: str, state: str, comment: str) -> Job:
    return Job(number, state, "", "main", "", "ada", None, None, None, "", comment, "/here")


BATCH = "rule_batch_wildcards_{}_0123_train_1_2_0"
SEEN = Seen(
    (
        job("1", "RUNNING", BATCH.format("a")),
        job("2", "PENDING", BATCH.format("a")),
        job("3", "RUNNING", BATCH.format("b")),
        job("4", "PENDING", "rule_code_wildcards_0011"),
        job("5", "RUNNING", "jupyter"),
        job("6", "COMPLETED", BATCH.format("a")),
    ),
    trials={"1": ("t1", "t2", "old"), "2": ("t3",), "3": ("t3", "t4")},
)
LEFT = {"t1", "t2", "t3", "t4"}


def ids(found: Ends) -> tuple[list[str], ...]:
    return tuple([one.id for one in jobs] for jobs in (found.waiting, found.running, found.shared))


@pytest.mark.parametrize(
    ("wanted", "waiting", "running", "shared"),
    [
        (Wanted({"t1", "t2"}, {"a"}, LEFT, everything=False), ["2"], ["1"], []),  # t3 is b's as well
        (Wanted({"t4"}, {"b"}, LEFT, everything=False), [], ["3"], []),
        (Wanted({"t1"}, (), LEFT, everything=False), [], [], ["1"]),
        (Wanted({"t1", "t2"}, (), LEFT, everything=False), [], ["1"], []),  # `old` is finished
        (Wanted({"t3"}, (), LEFT, everything=False), ["2"], [], ["3"]),
        (Wanted(LEFT, {"a", "b"}, LEFT, everything=True), ["2", "4"], ["1", "3"], []),
        (Wanted((), (), LEFT, everything=False), [], [], []),
    ],
)
def test_whole_jobs_end_and_those_that_carry_others_go_on(
    wanted: Wanted, waiting: list[str], running: list[str], shared: list[str]
) -> None:
    assert ids(ends(SEEN, wanted)) == (waiting, running, shared)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["/venv/bin/python3", "/venv/bin/snakemake", "--cores", "2"], True),
        (["snakemake", "-n"], True),
        (["/venv/bin/python3", "-P", "-m", "snakemake", "all"], True),
        (["python3", "-m", "snakemake", "--snakefile", "x", "--mode", "remote"], False),
        (["vim", "notes", "snakemake"], False),
        (["grep", "-m", "1", "snakemake"], False),
        ([""], False),
    ],
)
def test_a_start_of_snakemake_is_known_by_its_words(words: list[str], expected: bool) -> None:
    assert is_main(words) == expected


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="there is no /proc to look for processes in")
def test_only_processes_in_the_projects_folder_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "snakemake"
    script.write_text("import time\ntime.sleep(600)\n")
    folders = [tmp_path / name for name in ("mine", "other")]
    running = []
    for folder in folders:
        folder.mkdir()
        running.append(subprocess.Popen([sys.executable, str(script)], cwd=folder))
    monkeypatch.chdir(folders[0])
    try:
        end = time.monotonic() + 60
        while not mains() and time.monotonic() < end:
            time.sleep(0.02)
        assert (mains(), os.getpid() in mains()) == ([running[0].pid], False)
    finally:
        for one in running:
            one.kill()
            one.wait()
