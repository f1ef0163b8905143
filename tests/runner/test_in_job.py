"""A batch's command in a SLURM job, of which shell scripts play the programs."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from expc.runner.in_job import seconds_of

SCRIPT = Path(__file__).parents[2] / "expc" / "runner" / "in_job.py"


def in_job(folder: Path, command: str, **programs: str) -> tuple[int, str, list[str]]:
    """Exit status, what was printed, and what was asked of SLURM. A program is the text of a shell script."""
    asked = folder / "asked.txt"
    script = folder / "in_job.py"
    script.write_text(SCRIPT.read_text().replace("time.sleep(1)", "time.sleep(0.01)").replace("= 10  #", "= 120  #"))
    for name, text in programs.items():
        path = folder / name
        path.write_text(f'#!/bin/sh\necho {name} "$@" >> {asked}\n{text}\n')
        path.chmod(0o755)
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "SLURM_JOB_ID": "4711",
        "SLURMD_NODENAME": "n1",
        "TZ": "UTC",
    }
    found = subprocess.run(
        [sys.executable, "-I", str(script), "sh", "-c", command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.returncode, found.stdout, asked.read_text().splitlines() if asked.exists() else []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("4:57", 297), ("00:00", 0), ("1:02:03", 3723), ("2-01:00:00", 176400), ("UNLIMITED", None), ("INVALID", None)],
)
def test_time_left_is_read_as_squeue_writes_it(text: str, seconds: int | None) -> None:
    assert seconds_of(text) == seconds


def test_a_command_learns_when_its_job_ends_and_with_whom_it_ends(tmp_path: Path) -> None:
    before = time.time()
    status, said, asked = in_job(tmp_path, 'echo "$EXPC_JOB_END $EXPC_PARENT $PPID"; exit 3', squeue="echo 10:00")
    first, second = said.splitlines()
    end, parent, ours = second.split()
    assert (status, asked, parent) == (3, ["squeue -h -j 4711 -o %L"], ours)
    assert before + 598 < float(end) < before + 720
    assert first == "job 4711 on n1, " + time.strftime("until %Y-%m-%d %H:%M:%S", time.gmtime(float(end)))


def test_a_job_without_an_end_has_none(tmp_path: Path) -> None:
    found = in_job(tmp_path, 'echo "${EXPC_JOB_END-none}"', squeue="echo UNLIMITED")
    assert found[:2] == (0, "job 4711 on n1, without an end\nnone\n")


SHOW = ["scontrol -o show job 4711"]
UPDATE, REQUEUE = ["scontrol update JobId=4711 Requeue=1"], ["scontrol requeue 4711"]


@pytest.mark.parametrize(
    ("scontrol", "asked", "said"),
    [
        (
            "case $1 in requeue) kill -9 $PPID;; *) echo JobState=RUNNING Requeue=1 x;; esac",
            SHOW + REQUEUE,
            "",
        ),
        (
            "case $1 in requeue) kill -9 $PPID;; *) echo JobState=RUNNING Requeue=0 x;; esac",
            SHOW + UPDATE + REQUEUE,
            "",
        ),
        ("echo JobState=CANCELLED Requeue=1 x", SHOW, "the job is not to go on: CANCELLED\n"),
        (
            "case $1 in requeue) exit 1;; *) echo JobState=RUNNING Requeue=1 x;; esac",
            SHOW + REQUEUE * 3,
            "SLURM doesn't requeue the job; Snakemake submits it again, as often as `retries` in its profile says\n",
        ),
        ("exit 1", SHOW * 3, "the job is not to go on: SLURM doesn't answer\n"),
    ],
    ids=["requeued", "may be requeued from now on", "cancelled", "not to be requeued", "no answer"],
)
def test_a_job_whose_time_was_up_is_requeued_unless_somebody_cancelled_it(
    tmp_path: Path, scontrol: str, asked: list[str], said: str
) -> None:
    found = in_job(tmp_path, "exit 85", squeue="echo UNLIMITED", scontrol=scontrol)
    ended = -9 if REQUEUE[0] in asked and not said else 85
    assert found == (ended, f"job 4711 on n1, without an end\n{said}", ["squeue -h -j 4711 -o %L", *asked])


def test_a_job_that_failed_is_not_requeued(tmp_path: Path) -> None:
    assert in_job(tmp_path, "exit 1", squeue="echo 1:00", scontrol="exit 0")[2] == ["squeue -h -j 4711 -o %L"]


def test_signals_reach_the_command(tmp_path: Path) -> None:
    found = in_job(tmp_path, "trap 'exit 7' TERM; kill $PPID; while :; do sleep 0.1; done", squeue="echo UNLIMITED")
    assert found[0] == 7
