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

# Counts its steps on from its checkpoint, one each 0.1 s; `steps` of them make a result.
COUNTING = """
import time
at = os.path.join(os.environ["EXPC_CHECKPOINT_DIR"], "resume.pt")
n = int(open(at).read()) if os.path.exists(at) else 0
print("from", n, flush=True)
while n < p["steps"]:
    time.sleep(0.1)
    n += 1
    save("resume", str(n))
p["loss"] = n
"""
FOREVER = "import time\ntime.sleep(60)"


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


def test_a_job_whose_time_is_up_keeps_what_is_done_and_the_next_goes_on_from_the_checkpoint(project: Any) -> None:
    lines = [project.trial(f"t{n}", params={"do": COUNTING, "steps": 2}) for n in range(3)]
    lines += [project.trial("t3", params={"do": COUNTING, "steps": 60}), project.trial("t4", params={"loss": 60})]
    project.plan(*lines)
    status, said = project.run("train", "--cores", "1", env=in_job(8))
    assert (status, causes(project, "t3")) == (85, [("stopped", "time")])
    assert [project.outcome(f"t{n}")["status"] for n in range(3)] == ["done"] * 3
    assert "the job's time is up" in said
    assert not project.of("t4").exists()
    assert project.run("train", env=in_job(600))[0] == 0
    assert [project.outcome(f"t{n}")["status"] for n in range(5)] == ["done"] * 5
    assert project.outcome("t3")["metrics"] == project.outcome("t4")["metrics"]
    assert causes(project, "t3") == [("stopped", "time"), ("done", None)]
    froms = [line for line in project.of("t3", "log.txt").read_text().splitlines() if line.startswith("from")]
    assert froms[0] == "from 0"
    assert int(froms[1].split()[1]) > 0


@pytest.mark.parametrize(("limit", "expected"), [(30, 30), (3000, 540), (None, 540)])
def test_a_program_learns_the_earlier_of_its_own_deadline_and_its_job_s(
    project: Any, limit: int | None, expected: int
) -> None:
    say = "open(p['count'] + '.deadline', 'a').write(os.environ.get('EXPC_DEADLINE', 'none') + ' ')"
    project.plan(project.trial("t", time=limit, params={"do": say}))
    now = time.time()
    assert project.run("train", env=in_job(600))[0] == 0
    found = float((project.folder / "count.txt.deadline").read_text())
    assert round((found - now) / 10) * 10 == expected


def test_what_asks_to_go_on_waits_for_the_next_job_once_as_much_again_no_longer_fits(project: Any) -> None:
    chunk = "import time, sys\ntime.sleep(0.7 * 3)\nsave('resume', str(time.time()))\nsys.exit(85)"
    project.plan(project.trial("t", params={"do": chunk}))
    assert project.run("train", env=in_job(5))[0] == 85
    assert causes(project, "t") == [("continue", "time")]


@pytest.mark.parametrize("aware", [True, False], ids=["asked through the runner", "its processes are ended one by one"])
def test_a_job_that_is_asked_to_end_is_preempted_and_uses_up_no_attempt(
    project: Any, eventually: Callable[..., Any], aware: bool
) -> None:
    project.plan(project.trial("t", params={"do": "save('resume')\n" + FOREVER}))
    running = project.start("train", env=in_job(600))
    eventually(lambda: project.of("t", "checkpoints", "resume.pt").exists())
    if not aware:
        os.kill(int(project.count.read_text().split()[1]), signal.SIGTERM)
        time.sleep(0.1)
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=20)
    assert (running.returncode, causes(project, "t")) == (85, [("stopped", "preemption")])


def test_outside_of_a_job_a_signal_stops_the_runner_as_ever(project: Any, eventually: Callable[..., Any]) -> None:
    project.plan(project.trial("t", params={"do": FOREVER}))
    running = project.start("train", env={**in_job(), "SLURM_JOB_ID": ""})
    eventually(project.count.exists)
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=20)
    assert (running.returncode, causes(project, "t")) == (143, [("stopped", None)])


def test_a_trial_that_had_a_whole_job_and_came_to_no_checkpoint_has_failed(project: Any) -> None:
    project.plan(project.trial("t", params={"do": FOREVER}))
    status, said = project.run("train", env=in_job(4))
    cause = project.outcome("t")["cause"]
    assert (status, cause["kind"]) == (0, "time")
    assert "came to no new checkpoint; it needs a longer job, or must save more often" in cause["detail"], said


def test_a_program_that_can_t_resume_is_not_begun_where_it_can_t_end(project: Any) -> None:
    script = "import time\ntime.sleep(2)\nopen('metrics.json', 'w').write('{\"loss\": 1}')"
    command = {"command": [sys.executable, "own.py"], "results": "metrics.json"}
    project.variant("own", {"own.py": script}, **command)
    own = {"variant": "own", "data": None, "checkpoints": []}
    project.plan(*(project.trial(f"t{n}", **own) for n in range(3)))
    assert project.run("train", "--cores", "1", env=in_job(6.2))[0] == 85
    begun = [project.of(f"t{n}", "attempts.jsonl").exists() for n in range(3)]
    assert begun in ([True, True, False], [True, False, False])  # how many there is time for depends on the machine
    assert [project.outcome(f"t{n}")["status"] for n in range(sum(begun))] == ["done"] * sum(begun)
