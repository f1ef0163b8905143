"""Stopping what runs and waits, of what is named and of nothing else."""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Called, finish, planned

Call = Callable[..., Called]


@pytest.fixture
def cluster(call: Call, toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A compiled spec of four trials, and a squeue that lists what stands in the file `listed`, where a scancel notes
    what it is asked, and takes it out. Returns that note's file."""
    call("compile", "spec.yaml")
    (tmp_path / ".snakemake/slurm_logs").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    programs = {
        "squeue": f"cat {tmp_path}/listed",
        "scancel": f'echo "$@" >>{tmp_path}/ended; for job; do sed -i "/^$job\x1f/d" {tmp_path}/listed; done',
    }
    for name, script in programs.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    (plan,) = (tmp_path / "workflow/plans").glob("*.jsonl")
    comment = f"rule_batch_wildcards_toy_{plan.name.split('.')[1]}_train_"
    jobs = [
        ("7", "RUNNING", "None", "n17", f"{comment}1_1_0", tmp_path),
        ("8", "PENDING", "Priority", "", f"{comment}2_3_0", tmp_path),
        ("9", "PENDING", "Priority", "", f"{comment}4_4_0", tmp_path),
        ("10", "PENDING", "Priority", "", f"{comment}4_4_0", "/elsewhere"),
        ("11", "RUNNING", "None", "n17", "", tmp_path),
    ]
    rows = [[*job[:3], "main", job[3], "me", "N/A", "N/A", "N/A", "x", job[4], str(job[5])] for job in jobs]
    (tmp_path / "listed").write_text("".join("\x1f".join(row) + "\n" for row in rows))
    return tmp_path / "ended"


def asked(project: Path) -> set[str]:
    path = project / "results/trials/stop.json"
    return set(json.loads(path.read_text())) if path.exists() else set()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("expc.cli.commands.cancelling.WAIT", 0.5)
    monkeypatch.setattr("expc.cli.commands.cancelling.LOOK", 0.1)


def test_an_experiments_jobs_are_removed_and_those_of_others_stay(call: Call, cluster: Path, tmp_path: Path) -> None:
    code, output, error = call("cancel", "--yes")
    assert (code, error) == (0, "")
    assert output.splitlines() == [
        "Stop toy: 4 trials not finished.",
        "  1 job that runs, on n17: 7",
        "  2 jobs in the queue: 8 9",
        "Stopped. What was under way goes on with the next `expc run` or `snakemake`.",
    ]
    assert cluster.read_text().split() == ["8", "9", "7"]  # what runs had its time to end by itself
    assert asked(tmp_path) == {trial["id"] for trial in planned(tmp_path)}


def test_some_trials_stop_and_jobs_that_carry_others_go_on(call: Call, cluster: Path, tmp_path: Path) -> None:
    trials = planned(tmp_path)
    code, output, _ = call("cancel", trials[1]["id"][:10], trials[3]["id"][:10], "-y")
    assert code == 0
    assert output.splitlines()[1:3] == [
        "  1 job in the queue: 9",
        "  of 1 job some trials, the others go on: 8",
    ]
    assert cluster.read_text().split() == ["9"]
    assert asked(tmp_path) == {trials[1]["id"], trials[3]["id"]}


def test_finished_trials_are_not_asked(call: Call, cluster: Path, tmp_path: Path) -> None:
    first, second, *others = planned(tmp_path)
    finish(tmp_path, first)
    finish(tmp_path, second, "failed")
    assert call("cancel", "toy", "--yes")[0] == 0
    assert asked(tmp_path) == {trial["id"] for trial in others}


def test_without_a_terminal_and_without_yes_nothing_is_stopped(call: Call, cluster: Path, tmp_path: Path) -> None:
    code, output, error = call("cancel", "spec.yaml")
    assert (code, error) == (1, "nothing was stopped: say `--yes`, there is nobody to ask\n")
    assert output.startswith("Stop toy: 4 trials not finished.\n")
    assert (cluster.exists(), asked(tmp_path)) == (False, set())


def test_where_nothing_runs_or_waits_it_says_so(call: Call, cluster: Path, tmp_path: Path) -> None:
    (tmp_path / "listed").write_text("")
    assert call("cancel", "--yes") == (0, "Nothing of toy runs or waits to be run.\n", "")
    assert "no trial is called 'toys'" in call("cancel", "toys", "--yes")[2]
    assert not asked(tmp_path)


def test_what_slurm_does_not_answer_is_said_and_trials_stop_all_the_same(
    call: Call, cluster: Path, tmp_path: Path
) -> None:
    (tmp_path / "bin/scancel").write_text("#!/bin/sh\necho 'Unable to contact slurm controller' >&2\nexit 1\n")
    code, _, error = call("cancel", "--yes")
    assert code == 1
    assert error == (
        "SLURM doesn't answer: Unable to contact slurm controller (scancel). "
        "Trials stop by themselves; ask again for the jobs\n"
    )
    assert len(asked(tmp_path)) == 4


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the kernel doesn't tell who holds which lock")
def test_on_this_machine_it_waits_until_the_trials_have_ended(
    call: Call, toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("expc.cli.commands.cancelling.WAIT", 20)
    call("compile", "spec.yaml")
    folder = tmp_path / "results/trials" / planned(tmp_path)[0]["id"]
    folder.mkdir(parents=True)
    held, ended = (folder / "lock").open("w"), []
    fcntl.flock(held, fcntl.LOCK_EX)

    def end() -> None:
        while not asked(tmp_path):
            time.sleep(0.02)
        time.sleep(0.4)
        ended.append(time.monotonic())
        held.close()

    thread = threading.Thread(target=end)
    thread.start()
    code, output, _ = call("cancel", "x=1", "seed=0", "--yes")
    assert (code, time.monotonic() > ended[0]) == (0, True)
    assert output.splitlines()[:2] == [
        "Stop x=1 seed=0: 1 trial not finished.",
        "  1 trial that runs: it checkpoints, and goes on next time",
    ]
    thread.join()
