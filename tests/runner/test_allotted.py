"""The runner in a job whose time ends, or that is asked to end before."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from expc.runner.allotted import Allotted, margin

from .conftest import TRAIN

# Counts its steps on from its checkpoint; at 3 it waits. `steps` of them make a result.
COUNTING = """
at = os.path.join(os.environ["EXPC_CHECKPOINT_DIR"], "resume.pt")
n = int(open(at).read()) if os.path.exists(at) else 0
print("from", n, flush=True)
while n < p["steps"]:
    n += 1
    save("resume", str(n))
    if n == 3:
        wait()
p["loss"] = n
"""
FOREVER = "wait('never')"
HOUR = 3600.0  # of which the last minute is for what ends late


def in_job(ends: float | None = None, **more: str) -> dict[str, str]:
    end = {} if ends is None else {"EXPC_JOB_END": str(time.time() + ends)}
    without = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM_", "EXPC_"))}
    return {**without, "SLURM_JOB_ID": "7", **end, **more}


def causes(project: Any, identity: str) -> list[tuple[str, str | None]]:
    rows = map(json.loads, project.of(identity, "attempts.jsonl").read_text().splitlines())
    return [(row["status"], row.get("cause")) for row in rows if "status" in row]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(float("inf"), 0), (3600, 60), (300, 60), (60, 12), (0, 0), (-5, 0)], ids=str
)
def test_the_margin_is_a_minute_or_a_part_of_a_short_job(seconds: float, expected: float) -> None:
    assert margin(seconds) == expected


def test_trials_are_asked_to_stop_and_killed_before_the_job_ends() -> None:
    found = [(job.stop, job.kill) for job in (Allotted(0, 3600), Allotted(0, 50), Allotted(0, 5))]
    assert found == [(3540, 3590), (40, 47), (4, 4.7)]
    assert Allotted().stop == float("inf")


def test_a_job_whose_time_is_up_keeps_what_is_done_and_the_next_goes_on_from_the_checkpoint(
    project: Any, eventually: Callable[..., Any]
) -> None:
    project.altered()
    lines = [project.trial(f"t{n}", params={"do": COUNTING, "steps": 2}) for n in range(3)]
    lines += [project.trial("t3", params={"do": COUNTING, "steps": 5}), project.trial("t4", params={"loss": 5})]
    project.plan(*lines)
    running = project.start("train", "--cores", "1", env=in_job(HOUR))
    resume = project.of("t3", "checkpoints", "resume.pt")
    eventually(lambda: resume.exists() and resume.read_text() == "3")
    project.later(HOUR - 50)
    said = running.communicate(timeout=120)[0]
    assert (running.returncode, causes(project, "t3")) == (85, [("stopped", "time")])
    assert [project.outcome(f"t{n}")["status"] for n in range(3)] == ["done"] * 3
    assert "the job's time is up" in said
    assert not project.of("t4").exists()
    project.later(0)
    assert project.run("train", env=in_job(HOUR))[0] == 0
    assert [project.outcome(f"t{n}")["status"] for n in range(5)] == ["done"] * 5
    assert project.outcome("t3")["metrics"] == project.outcome("t4")["metrics"]
    assert causes(project, "t3") == [("stopped", "time"), ("done", None)]
    froms = [line for line in project.of("t3", "log.txt").read_text().splitlines() if line.startswith("from")]
    assert froms == ["from 0", "from 3"]


@pytest.mark.parametrize(("limit", "expected"), [(300, 300), (3000, 540), (None, 540)])
def test_a_program_learns_the_earlier_of_its_own_deadline_and_its_job_s(
    project: Any, limit: int | None, expected: int
) -> None:
    say = "open(p['count'] + '.deadline', 'a').write(os.environ.get('EXPC_DEADLINE', 'none') + ' ')"
    project.plan(project.trial("t", time=limit, params={"do": say}))
    now = time.time()
    assert project.run("train", env=in_job(600))[0] == 0
    found = float((project.folder / "count.txt.deadline").read_text())
    assert expected - 1 < found - now < expected + 120  # it started at some moment after now


def test_what_asks_to_go_on_waits_for_the_next_job_once_as_much_again_no_longer_fits(
    project: Any, eventually: Callable[..., Any]
) -> None:
    project.altered()
    project.plan(project.trial("t", params={"do": "save('resume')\nwait()\nsys.exit(85)"}))
    running = project.start("train", env=in_job(HOUR))
    eventually(project.of("t", "checkpoints", "resume.pt").exists)
    project.later(HOUR / 2)
    project.go()
    running.communicate(timeout=120)
    assert running.returncode == 85
    assert causes(project, "t") == [("continue", "time")]


@pytest.mark.parametrize("aware", [True, False], ids=["asked through the runner", "its processes are ended one by one"])
def test_a_job_that_is_asked_to_end_is_preempted_and_uses_up_no_attempt(
    project: Any, eventually: Callable[..., Any], lives: Callable[[int], bool], aware: bool
) -> None:
    project.altered(HEARSAY=600.0)
    project.plan(project.trial("t", params={"do": "save('resume')\n" + FOREVER}))
    running = project.start("train", env=in_job(HOUR))
    eventually(lambda: project.of("t", "checkpoints", "resume.pt").exists())
    if not aware:
        program = int(project.count.read_text().split()[1])
        os.kill(program, signal.SIGTERM)
        eventually(lambda: not lives(program))
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=120)
    assert (running.returncode, causes(project, "t")) == (85, [("stopped", "preemption")])


def test_outside_of_a_job_a_signal_stops_the_runner_as_ever(project: Any, eventually: Callable[..., Any]) -> None:
    project.plan(project.trial("t", params={"do": FOREVER}))
    running = project.start("train", env={**in_job(), "SLURM_JOB_ID": ""})
    eventually(project.count.exists)
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=120)
    assert (running.returncode, causes(project, "t")) == (143, [("stopped", None)])


def test_a_trial_that_had_a_whole_job_and_came_to_no_checkpoint_has_failed(
    project: Any, eventually: Callable[..., Any]
) -> None:
    project.altered()
    project.plan(project.trial("t", params={"do": FOREVER}))
    running = project.start("train", env=in_job(HOUR))
    eventually(project.starts)
    project.later(HOUR - 50)
    said = running.communicate(timeout=120)[0]
    cause = project.outcome("t")["cause"]
    assert (running.returncode, cause["kind"]) == (0, "time")
    assert "came to no new checkpoint; it needs a longer job, or must save more often" in cause["detail"], said


MEASURES = "import os, time\nopen(os.environ['EXPC_TRIAL_DIR'] + '/measures', 'w').close()\ntime.sleep(600)\n"


def test_an_evaluation_that_had_a_whole_job_and_did_not_end_has_failed(
    project: Any, eventually: Callable[..., Any]
) -> None:
    project.altered()
    project.variant("long", {"train.py": TRAIN, "evaluate.py": MEASURES})
    project.plan(project.trial("t", variant="long", evaluate=[["e1", "d", "d1", "last"]]))
    running = project.start("train", env=in_job(HOUR))
    eventually(project.of("t", "measures").exists)
    project.later(HOUR - 50)
    said = running.communicate(timeout=120)[0]
    assert running.returncode == 0, said
    cause = json.loads(project.of("t", "evaluations", "e1.json").read_text())["cause"]
    assert cause["kind"] == "time"
    assert "all that its job gave it, it did not end: it needs a longer job" in cause["detail"]


# Tells that it has begun, and ends when it may.
OWN = """
import os, time
trial = os.environ["EXPC_TRIAL_DIR"]
open(trial + "/begun", "w").close()
while not os.path.exists(f"{trial}/../../../{os.path.basename(trial)}"):
    time.sleep(0.02)
open("metrics.json", "w").write('{"loss": 1}')
"""


def test_a_program_that_can_t_resume_is_not_begun_where_it_can_t_end(
    project: Any, eventually: Callable[..., Any]
) -> None:
    project.altered()
    command = {"command": [sys.executable, "own.py"], "results": "metrics.json"}
    project.variant("own", {"own.py": OWN}, **command)
    own = {"variant": "own", "data": None, "checkpoints": []}
    project.plan(*(project.trial(f"t{n}", **own) for n in range(3)))
    running = project.start("train", "--cores", "1", env=in_job(HOUR))
    for name, seconds in (("t0", 0.3 * HOUR), ("t1", 0.8 * HOUR)):
        eventually(project.of(name, "begun").exists)
        project.later(seconds)
        project.go(name)
    running.communicate(timeout=120)
    assert running.returncode == 85
    assert [project.of(f"t{n}", "attempts.jsonl").exists() for n in range(3)] == [True, True, False]
    assert [project.outcome(f"t{n}")["status"] for n in range(2)] == ["done"] * 2
