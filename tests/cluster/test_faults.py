"""A part of a real cluster breaks in, a whole table out: what was done stays, and nothing is done twice.

The trials tell of their starts, their steps and their ends in a file that expc knows nothing of."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "faults"
NAME = "faults"
STEPS = 6

Make = Callable[..., Any]
Until = Callable[..., Any]


@pytest.fixture
def faults(project: Make) -> Make:
    """A compiled project on a cluster, its spec changed first; its trials come to their second step, and are held."""

    def make(cluster: Any, image: Path | None = None, checkout: Path | None = None, **changes: str) -> Any:
        made = project(cluster, HERE, image, *([checkout] if checkout else []))
        spec = made.folder / "spec.yaml"
        text = spec.read_text()
        for old, new in changes.items():
            before = next(line for line in text.splitlines() if line.startswith(f"{old}: "))
            text = text.replace(before, f"{old}: {new}")
        spec.write_text(text)
        made.compile()
        made.of("held").parent.mkdir(parents=True)
        made.of("held").touch()
        return made

    return make


def told(project: Any) -> list[list[str]]:
    """(trial, what it did) …, in the order of each trial."""
    paths = [*project.folder.parent.glob("told-*"), *project.folder.glob("results/trials/*/told-*")]
    return [line.split(" ", 1) for path in paths for line in path.read_text().splitlines()]


def begun(project: Any, trials: int) -> bool:
    """Whether so many trials have come to their second step, and so saved something."""
    return sum(what == "step 2" for _, what in told(project)) >= trials


def release(project: Any) -> None:
    project.of("held").unlink()


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


def test_what_a_dead_node_was_doing_is_finished_by_another(
    cluster: Any, faults: Make, wait_until: Until, impatient: Path
) -> None:
    project = faults(cluster, checkout=impatient)
    snakemake = project.start()
    wait_until(lambda: begun(project, 1), "a trial has begun")
    victim = running(cluster)[0][1]
    cluster.kill_node(victim)
    release(project)
    cluster.finish(snakemake)
    assert wrong(project) == []


def test_a_controller_of_slurm_that_restarts_goes_unnoticed(
    cluster: Any, faults: Make, wait_until: Until, tmp_path: Path
) -> None:
    project = faults(cluster)
    asked = tmp_path / "asked"
    asked.touch()
    programs = str(watched(tmp_path, f'echo >> "{asked}"\nexec /usr/bin/$command "$@"'))
    snakemake = project.start(FIRST=programs)
    wait_until(lambda: begun(project, 2), "a trial of each job has begun")
    cluster.saved(running(cluster)[0][0])
    os.kill(cluster.lab.pid("slurmctld"), 9)
    before = len(asked.read_text())
    wait_until(lambda: len(asked.read_text()) > before + 3, "it was asked while it was gone")
    cluster.up()
    release(project)
    cluster.finish(snakemake)
    assert wrong(project) == []
    assert sum(what == "start" for _, what in told(project)) == len(project.trials(NAME))


def test_jobs_that_a_killed_controller_of_slurm_has_forgotten_are_submitted_again(
    cluster: Any, faults: Make, wait_until: Until, soon_lost: Path
) -> None:
    """It comes back with what it knew before they were submitted; where accounts are kept, they are pending there."""
    project = faults(cluster, checkout=soon_lost)
    full = cluster.ask("sbatch", *EVERYTHING, f"--nodes={len(cluster.nodes)}", "--wrap=sleep 900").strip()
    wait_until(lambda: full in [job for job, _ in running(cluster)], "no job can begin")
    cluster.saved(full)
    before = cluster.lab.path("state", "job_state").read_bytes()
    snakemake = project.start()
    submitted = re.compile(r"has been submitted with SLURM jobid (\d+)")
    jobs = wait_until(
        lambda: len(found := submitted.findall(snakemake.said.read_text())) == 2 and found, "two jobs are submitted"
    )
    if cluster.accounting:
        accounts = ["sacct", "-nXP", "--format=JobIdRaw,State", f"--jobs={','.join(jobs)}"]
        pending = sorted(f"{job}|PENDING" for job in jobs)
        wait_until(lambda: sorted(cluster.ask(*accounts).split()) == pending, "the accounts have heard of them")
    os.kill(cluster.lab.pid("slurmctld"), 9)
    wait_until(lambda: cluster.lab.pid("slurmctld") is None, "it is gone")
    cluster.lab.path("state", "job_state").write_bytes(before)
    cluster.lab.path("state", "job_state.old").unlink(missing_ok=True)
    cluster.up()
    lost = [f"SLURM has known nothing of job {job}" for job in jobs]
    wait_until(lambda: all(line in snakemake.said.read_text() for line in lost), "they are missed")
    cluster.ask("scancel", full)
    release(project)
    cluster.finish(snakemake)
    assert wrong(project) == []
    assert sum(what == "start" for _, what in told(project)) == len(project.trials(NAME))


EVERYTHING = ["--parsable", "--exclusive", "--output=/dev/null"]


def test_a_cancelled_job_is_submitted_again_and_goes_on(cluster: Any, faults: Make, wait_until: Until) -> None:
    project = faults(cluster)
    snakemake = project.start()
    wait_until(lambda: begun(project, 1), "a trial has begun")
    job = running(cluster)[0][0]
    cluster.ask("scancel", job)
    wait_until(lambda: [job] not in cluster.jobs(form="%i"), "nothing of it is left")
    release(project)  # not before, or a trial may have told us of its end when it is killed
    cluster.finish(snakemake)
    assert wrong(project) == []


def test_jobs_go_on_when_their_snakemake_is_killed_and_the_next_one_waits_for_them(
    cluster: Any, faults: Make, wait_until: Until
) -> None:
    project = faults(cluster)
    snakemake = project.start()
    wait_until(lambda: begun(project, 1), "a trial has begun")
    snakemake.kill()
    snakemake.wait()
    assert running(cluster)
    next_one = project.start()
    release(project)
    cluster.finish(next_one)
    assert wrong(project) == []
    assert sum(what == "start" for _, what in told(project)) == len(project.trials(NAME))


def test_a_preempted_job_goes_on_where_it_was(cluster: Any, faults: Make, wait_until: Until) -> None:
    preempted(faults(cluster, resources=PREEMPTIBLE), wait_until)


def test_a_preempted_job_in_a_container_goes_on_where_it_was(
    with_accounting: Any, faults: Make, wait_until: Until, image: Path
) -> None:
    project = faults(with_accounting, image, resources=PREEMPTIBLE)
    preempted(project, wait_until)
    assert [project.outcome(trial["id"])["marked"] for trial in project.trials(NAME)] == [[]] * 4
    with_accounting.mend()


PREEMPTIBLE = "{cpus: 1, time: 10m, trials_per_job: 2, preemptible: true}"


def preempted(project: Any, wait_until: Until) -> None:
    """While it runs, somebody more important needs its nodes for a moment."""
    cluster = project.cluster
    snakemake = project.start()
    wait_until(lambda: begun(project, 1), "a trial has begun")
    victim = running(cluster)[0][1]
    cluster.ask(
        "sbatch", "--partition=urgent", "--exclusive", f"--nodelist={victim}", "--output=/dev/null", "--wrap=true"
    )
    wait_until(cluster.hurried, "the job is queued again", 240)
    release(project)
    cluster.finish(snakemake)
    assert wrong(project) == []
    causes = [row.get("cause") for trial in project.trials(NAME) for row in project.ledger(trial["id"])]
    assert "preemption" in causes


def test_while_slurm_answers_nothing_nothing_is_declared_failed(
    clusters: tuple[Any, Any], faults: Make, wait_until: Until, tmp_path: Path
) -> None:
    projects = [faults(cluster) for cluster in clusters]
    silent = tmp_path / "silent"
    programs = str(watched(tmp_path, f'[ -e "{silent}" ] && exit 1\nexec /usr/bin/$command "$@"'))
    started = [project.start(FIRST=programs) for project in projects]
    for project in projects:
        wait_until(lambda project=project: begun(project, 1), "a trial has begun")
    silent.touch()
    for project in projects:
        release(project)  # jobs end while nobody answers
    time.sleep(60)  # a minute is what is promised
    assert [snakemake.poll() for snakemake in started] == [None, None]
    silent.unlink()
    for project, snakemake in zip(projects, started, strict=True):
        project.cluster.finish(snakemake)
        assert wrong(project) == []
        assert sum(what == "start" for _, what in told(project)) == len(project.trials(NAME))


def test_while_the_database_of_accounts_hangs_jobs_are_submitted_and_nothing_is_declared_failed(
    with_accounting: Any, faults: Make, wait_until: Until
) -> None:
    project = faults(with_accounting)
    database = with_accounting.lab.pid("slurmdbd")
    os.kill(database, signal.SIGSTOP)
    try:
        snakemake = project.start()
        wait_until(lambda: begun(project, 2), "a trial of each job has begun")
        release(project)
        wait_until(lambda: not with_accounting.jobs(), "all jobs have ended")
        assert snakemake.poll() is None  # sacct is who would tell it
    finally:
        os.kill(database, signal.SIGCONT)
    with_accounting.finish(snakemake)
    assert wrong(project) == []
    assert sum(what == "start" for _, what in told(project)) == len(project.trials(NAME))
    with_accounting.mend()


def watched(tmp_path: Path, words: str) -> Path:
    """A folder with programs that stand in for those that SLURM is asked by."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for command in ("squeue", "sacct", "scontrol"):
        (folder / command).write_text(f"#!/bin/sh\ncommand={command}\n{words}\n")
        (folder / command).chmod(0o755)
    return folder


def test_a_trial_that_uses_up_its_jobs_memory_has_failed_for_it_and_says_how_much_there_was(
    cluster: Any, faults: Make
) -> None:
    out_of_memory(faults(cluster, **GREEDY))


def test_a_trial_in_a_container_that_uses_up_its_jobs_memory_has_failed_for_it_and_says_how_much_there_was(
    without_accounting: Any, faults: Make, image: Path
) -> None:
    out_of_memory(faults(without_accounting, image, **GREEDY))


GREEDY = {
    "factors": "{mib: {small: 1, large: 3000}}",
    "params": "{level: 1, steps: 6, kilobytes: 0}",
    "baseline": "{mib: small}",
    "seeds": "1",
    "tables": "{main: {rows: mib, metric: score}}",
}


def out_of_memory(project: Any) -> None:
    release(project)
    project.snakemake()
    found = {trial["condition"]["mib"]: project.outcome(trial["id"]) for trial in project.trials(NAME)}
    assert {name: outcome["status"] for name, outcome in found.items()} == {"small": "done", "large": "failed"}
    cause, peak = found["large"]["cause"], found["large"]["peak_memory"]
    assert cause["kind"] == "memory"
    assert f"it occupied {peak} MiB, and 800 MiB is all that may be used here" in cause["detail"]
    assert "Nothing to be done" in project.snakemake("-n")


def test_a_full_disk_fails_no_trial_and_the_next_start_does_what_is_left(without_accounting: Any, faults: Make) -> None:
    levels = "{level: {small: {level: 1, kilobytes: 1}, large: {level: 2, kilobytes: 3000}}}"  # two of those don't fit
    params = "{steps: 6, mib: 1}"
    project = faults(without_accounting, factors=levels, params=params, baseline="{level: small}")
    results = project.folder / "results"
    mount = without_accounting.lab.inside("mount", "-t", "tmpfs", "-o", "size=5M", "results", results)
    subprocess.run(mount, check=True)
    said = project.snakemake("--retries", "0", status=1)
    assert "What is done stays; the next start does what is left." in said
    # Mounted in the lab, and seen from here only through one of its processes.
    seen = type(project)(Path(f"/proc/{without_accounting.lab.pid('munged')}/root{project.folder}"), without_accounting)
    done = [trial["id"] for trial in seen.trials(NAME) if seen.of(trial["id"], "outcome.json").exists()]
    assert {seen.outcome(trial)["status"] for trial in done} <= {"done"}
    assert f"to do are still {4 - len(done)} trial" in said, said
    logs = "".join(path.read_text() for path in seen.folder.glob(f"results/{NAME}/batches/*/*.log"))
    assert "the disk is full, or your share of it; make room" in logs, logs
    subprocess.run(without_accounting.lab.inside("mount", "-o", "remount,size=100M", results), check=True)
    project.snakemake()
    assert wrong(seen) == []
