"""A part of a real cluster breaks in, a whole table out: what was done stays, and nothing is done twice.

The trials tell of their starts, their steps and their ends in a file outside of what expc knows."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "faults"
NAME = "faults"
STEPS = 15

Make = Callable[..., Any]
Until = Callable[..., Any]


@pytest.fixture
def faults(project: Make) -> Make:
    """A compiled project on a cluster, its spec changed first."""

    def make(cluster: Any, **changes: str) -> Any:
        made = project(cluster, HERE)
        spec = made.folder / "spec.yaml"
        text = spec.read_text()
        for old, new in changes.items():
            before = next(line for line in text.splitlines() if line.startswith(f"{old}: "))
            text = text.replace(before, f"{old}: {new}")
        spec.write_text(text)
        made.compile()
        return made

    return make


def told(project: Any) -> list[list[str]]:
    """(trial, what it did) …, in order."""
    path = project.folder.parent / "told"
    return [line.split(" ", 1) for line in path.read_text().splitlines()] if path.exists() else []


def begun(project: Any, trials: int) -> bool:
    """Whether so many trials have come to their second step, and so saved something."""
    return sum(what == "step 2" for _, what in told(project)) >= trials


def running(cluster: Any) -> list[list[str]]:
    """(job, node) of what runs."""
    return cluster.jobs("--states=running", form="%i|%N")


def wrong(project: Any) -> list[str]:
    """Whatever isn't as it would be if nothing had happened, in words."""
    problems = []
    did = Counter(map(tuple, told(project)))
    for trial in project.trials(NAME):
        identity = trial["id"]
        outcome, ledger = project.outcome(identity), project.ledger(identity)
        found = (outcome["status"], outcome["metrics"].get("test.score"))
        if found != ("done", expected(trial)):
            problems.append(f"{identity} is {found}, and not done with {expected(trial)}")
        if [row.get("final") for row in ledger].count(True) != 1 or not ledger[-1].get("final"):
            problems.append(f"{identity} didn't end once: {ledger}")
        if did[identity, "end"] != 1:
            problems.append(f"{identity} came to its end {did[identity, 'end']} times")
        repeated = sum(did[identity, f"step {number}"] - 1 for number in range(1, STEPS + 1))
        if not 0 <= repeated <= did[identity, "start"] - 1:  # one that was told and not yet saved
            problems.append(f"{identity} took {repeated} steps again, in {did[identity, 'start']} starts")
    if "Nothing to be done" not in (said := project.snakemake("-n")):
        problems.append(said)
    if {row["status"] for row in project.results(NAME)} != {"done"}:
        problems.append("results.csv lacks something")
    return problems


def expected(trial: dict[str, Any]) -> float:
    """What the program works out, undisturbed."""
    values: list[float] = []
    while len(values) < trial["params"]["steps"]:
        given = json.dumps([values, trial["params"]["level"], trial["seed"]]).encode()
        values.append(int(hashlib.sha256(given).hexdigest()[:8], 16) / 0xFFFFFFFF)
    return values[-1]


def test_what_a_dead_node_was_doing_is_finished_by_another(cluster: Any, faults: Make, wait_until: Until) -> None:
    project = faults(cluster)
    snakemake = project.start()
    wait_until(lambda: begun(project, 1), "a trial has begun")
    victim = running(cluster)[0][1]
    cluster.kill_node(victim)
    assert snakemake.wait(300) == 0, snakemake.said.read_text()
    assert wrong(project) == []


def test_a_controller_of_slurm_that_restarts_goes_unnoticed(
    without_accounting: Any, faults: Make, wait_until: Until
) -> None:
    project = faults(without_accounting)
    snakemake = project.start()
    wait_until(lambda: begun(project, 1), "a trial has begun")
    os.kill(without_accounting.lab.pid("slurmctld"), 9)
    time.sleep(5)
    without_accounting.up()
    assert snakemake.wait(300) == 0, snakemake.said.read_text()
    assert wrong(project) == []
    assert sum(what == "start" for _, what in told(project)) == len(project.trials(NAME))


def test_a_cancelled_job_is_submitted_again_and_goes_on(cluster: Any, faults: Make, wait_until: Until) -> None:
    project = faults(cluster)
    snakemake = project.start()
    wait_until(lambda: begun(project, 1), "a trial has begun")
    cluster.ask("scancel", running(cluster)[0][0])
    assert snakemake.wait(300) == 0, snakemake.said.read_text()
    assert wrong(project) == []


def test_jobs_go_on_when_their_snakemake_is_killed_and_the_next_one_waits_for_them(
    without_accounting: Any, faults: Make, wait_until: Until
) -> None:
    project = faults(without_accounting)
    snakemake = project.start()
    wait_until(lambda: begun(project, 1), "a trial has begun")
    snakemake.kill()
    snakemake.wait()
    assert running(without_accounting)
    project.snakemake()
    assert wrong(project) == []
    assert sum(what == "start" for _, what in told(project)) == len(project.trials(NAME))


def test_a_preempted_job_goes_on_where_it_was(without_accounting: Any, faults: Make, wait_until: Until) -> None:
    project = faults(without_accounting, resources="{cpus: 1, time: 1m, trials_per_job: 2, preemptible: true}")
    snakemake = project.start()
    wait_until(lambda: begun(project, 1), "a trial has begun")
    victim = running(without_accounting)[0][1]
    urgent = ["sbatch", "--partition=urgent", "--exclusive", f"--nodelist={victim}", "--output=/dev/null"]
    without_accounting.ask(*urgent, "--wrap=sleep 3")
    assert snakemake.wait(300) == 0, snakemake.said.read_text()
    assert wrong(project) == []


def test_while_slurm_answers_nothing_nothing_is_declared_failed(
    cluster: Any, faults: Make, wait_until: Until, tmp_path: Path
) -> None:
    project = faults(cluster)
    silent = tmp_path / "silent"
    for command in ("squeue", "sacct", "scontrol"):
        program = tmp_path / "bin" / command
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\n[ -e "{silent}" ] && exit 1\nexec /usr/bin/{command} "$@"\n')
        program.chmod(0o755)
    snakemake = project.start(FIRST=str(tmp_path / "bin"))
    wait_until(lambda: begun(project, 1), "a trial has begun")
    silent.touch()
    time.sleep(60)
    assert snakemake.poll() is None
    silent.unlink()
    assert snakemake.wait(300) == 0, snakemake.said.read_text()
    assert wrong(project) == []
    assert sum(what == "start" for _, what in told(project)) == len(project.trials(NAME))


def test_a_trial_that_uses_up_its_jobs_memory_has_failed_for_it_and_says_how_much_there_was(
    cluster: Any, faults: Make
) -> None:
    project = faults(
        cluster,
        factors="{level: [1, 2], mib: {small: 1, large: 3000}}",
        baseline="{level: 1, mib: small}",
        seeds="1",
        tables="{main: {rows: level, columns: mib, metric: score}}",
    )
    project.snakemake()
    found = {
        (trial["condition"]["level"], trial["condition"]["mib"]): project.outcome(trial["id"])
        for trial in project.trials(NAME)
    }
    assert {name: outcome["status"] for name, outcome in found.items()} == {
        ("1", "small"): "done", ("1", "large"): "failed", ("2", "small"): "done", ("2", "large"): "failed",
    }  # fmt: skip
    for outcome in (found["1", "large"], found["2", "large"]):
        assert outcome["cause"]["kind"] == "memory"
        assert (
            f"it occupied {outcome['peak_memory']} MiB, and 800 MiB is all that may be used here"
            in outcome["cause"]["detail"]
        )
    assert "Nothing to be done" in project.snakemake("-n")


def test_a_full_disk_fails_no_trial_and_the_next_start_does_what_is_left(without_accounting: Any, faults: Make) -> None:
    project = faults(without_accounting, params="{steps: 15, pause: 0.05, mib: 1, kilobytes: 700}")
    results = project.folder / "results"
    results.mkdir()
    mount = without_accounting.lab.inside("mount", "-t", "tmpfs", "-o", "size=4M", "results", results)
    subprocess.run(mount, check=True)
    said = project.snakemake("--retries", "0", status=1)
    assert "What is done stays; the next start does what is left." in said
    # Mounted in the lab, and seen from here only through one of its processes.
    seen = type(project)(Path(f"/proc/{without_accounting.lab.pid('munged')}/root{project.folder}"), without_accounting)
    done = [trial["id"] for trial in seen.trials(NAME) if seen.of(trial["id"], "outcome.json").exists()]
    assert {seen.outcome(trial)["status"] for trial in done} <= {"done"}
    assert f"to do are still {6 - len(done)} trial" in said, said
    subprocess.run(without_accounting.lab.inside("mount", "-o", "remount,size=100M", results), check=True)
    project.snakemake()
    assert wrong(seen) == []
