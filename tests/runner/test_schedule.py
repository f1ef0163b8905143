"""Several trials and several runners: stopped, killed, or waiting for each other, nothing is lost or done twice."""

import fcntl
import json
import signal
import subprocess
import sys
from itertools import accumulate
from pathlib import Path

import pytest

SLEEPS = "open('began', 'w').write(str(os.getpid())); time.sleep(p.get('seconds', 600))"
# A grandchild, and one that the program leaves behind when it ends.
SPAWNS = """
import subprocess
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open("child.tmp", "w").write(str(child.pid))
os.replace("child.tmp", "child")
time.sleep(p["seconds"])
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_stopped_trials_have_no_outcome_and_the_next_start_does_them(project, eventually, lives, number, status):
    project.plan(*(project.trial(name, params={"do": SLEEPS}) for name in ("t1", "t2", "t3")))
    running = project.start()
    trials = [eventually(lambda name=name: pid_in(project.of(name, "began"))) for name in ("t1", "t2")]
    running.send_signal(number)
    assert running.wait(timeout=120) == status
    assert not any(map(lives, trials))
    assert (project.attempts("t1"), project.attempts("t2")) == (["stopped"], ["stopped"])
    assert not any(project.of(name, "outcome.json").exists() for name in ("t1", "t2", "t3"))

    project.plan(*map(project.trial, ("t1", "t2", "t3")))
    assert project.run()[0] == 0
    assert sorted(project.starts()) == ["t1", "t1", "t2", "t2", "t3"]
    assert project.outcome("t1")["attempts"] == 2


def test_a_runner_that_was_started_with_nohup_goes_on_when_its_terminal_is_closed(project, eventually):
    goes_on = "open('began', 'w').write('1')\nwhile not os.path.exists('../../../go'): time.sleep(0.02)"
    project.plan(project.trial("t1", params={"do": goes_on}))
    running = project.start(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    eventually(lambda: pid_in(project.of("t1", "began")))
    running.send_signal(signal.SIGHUP)
    (project.folder / "go").touch()
    assert running.wait(timeout=120) == 0
    assert project.attempts("t1") == ["done"]


def test_a_second_signal_does_not_wait_for_a_trial_that_will_not_end(project, eventually):
    project.altered(GRACE=6000.0)
    project.plan(project.trial("t1", params={"do": "__import__('signal').signal(15, lambda *_: None);" + SLEEPS}))
    running = project.start()
    eventually(lambda: pid_in(project.of("t1", "began")))
    running.send_signal(signal.SIGTERM)
    while "stopping, on SIGTERM" not in running.stdout.readline():
        assert running.poll() is None
    project.later(1)  # a person's second signal, not one more of the first
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=120) == 143
    assert project.attempts("t1") == ["stopped"]


def test_when_the_runner_is_killed_its_trials_and_their_children_die_and_nothing_is_lost(project, eventually, lives):
    do = {"do": SPAWNS, "seconds": 600}
    project.plan(project.trial("done"), *(project.trial(name, params=do) for name in ("t1", "t2")))
    running = project.start()
    children = [eventually(lambda name=name: pid_in(project.of(name, "child"))) for name in ("t1", "t2")]
    eventually(project.of("done", "outcome.json").exists)  # written after the next has begun
    running.kill()
    running.communicate(timeout=120)  # the end of its output: nobody else holds it
    everybody = [int(line.split()[1]) for line in project.count.read_text().splitlines()] + children
    eventually(lambda: not any(map(lives, everybody)))

    project.plan(*map(project.trial, ("done", "t1", "t2")))
    assert project.run()[0] == 0
    assert sorted(project.starts()) == ["done", "t1", "t1", "t2", "t2"]


def test_the_runner_dies_with_its_parent(project, eventually, lives):
    project.plan(project.trial("t1", params={"do": SLEEPS}))
    shell = "import subprocess, sys, time; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); time.sleep(600)"
    command = [sys.executable, "-c", shell, *project.command("train")]
    with subprocess.Popen(command, cwd=project.folder, stdout=subprocess.PIPE, text=True) as parent:
        runner = int(parent.stdout.readline())
        trial = eventually(lambda: pid_in(project.of("t1", "began")))
        parent.kill()
    eventually(lambda: not lives(trial) and not lives(runner))
    assert project.attempts("t1") == ["stopped"]


def test_what_a_trial_leaves_running_is_killed_when_it_ends(project, eventually, lives):
    project.plan(project.trial("t1", params={"do": SPAWNS, "seconds": 0}))
    assert project.run()[0] == 0
    eventually(lambda: not lives(pid_in(project.of("t1", "child"))))  # a moment later, on a machine that is busy
    assert project.outcome("t1")["status"] == "done"


def test_two_runners_share_a_plan_and_do_nothing_twice(project):
    names = [f"t{number}" for number in range(12)]
    project.plan(*(project.trial(name, params={"do": "time.sleep(0.05)"}) for name in names))
    both = [project.start(), project.start()]
    said = [running.communicate(timeout=120)[0] for running in both]
    assert [running.returncode for running in both] == [0, 0]
    assert sorted(project.starts()) == sorted(names)
    assert sum(text.count("done: ") for text in said) == len(names)


def test_a_trial_that_another_holds_comes_last_and_is_looked_at_again(project, eventually):
    project.plan(*map(project.trial, ("held", "free")))
    project.of("held").mkdir(parents=True)
    with open(project.of("held", "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = project.start()
        eventually(lambda: project.of("free", "outcome.json").exists())
        project.of("held", "outcome.json").write_text(json.dumps({"id": "held", "status": "done"}))
    said = running.communicate(timeout=120)[0]
    assert running.returncode == 0
    assert "held by another start: held (train, a=held, seed 0); it comes last" in said
    assert "finished by another start: held" in said
    assert project.starts() == ["free"]


def test_while_waiting_for_another_the_runner_can_be_stopped(project, eventually):
    project.plan(project.trial("held"))
    project.of("held").mkdir(parents=True)
    with open(project.of("held", "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = project.start()
        assert "held by another start" in running.stdout.readline()
        running.terminate()
        assert running.wait(timeout=120) == 143


def test_no_lock_and_no_pipe_of_the_runner_leaks_into_a_trial(project):
    here = "/proc/self/fd/"
    if not Path(here).is_dir():
        pytest.skip("this platform doesn't list descriptors")
    look = f"found = list(map(os.path.realpath, glob('{here}*'))); open('open', 'w').write(' '.join(found))"
    look = "from glob import glob; " + look
    project.plan(*(project.trial(name, params={"do": look}) for name in ("t1", "t2")))
    assert project.run()[0] == 0
    for name in ("t1", "t2"):
        found = set(project.of(name, "open").read_text().split())
        known = {"/dev/null", str(project.of(name, "log.txt"))}
        assert {path for path in found if not path.startswith("/proc/")} == known


@pytest.mark.parametrize(
    ("do", "status", "said"),
    [
        ("os.remove('log.txt')", "failed", "failed: t1 (train, a=t1, seed 0): exit status 3, and it printed nothing"),
        ("__import__('shutil').rmtree(os.getcwd())", None, "can't go on with t1"),
    ],
    ids=["its log", "its folder"],
)
def test_a_trial_that_removes_what_is_ours_and_fails_harms_no_other(project, eventually, do, status, said):
    other = project.trial("t2", params={"do": "save('begun'); wait()"})
    project.plan(project.trial("t1", params={"do": f"{do}; os._exit(3)"}), other)
    running = project.start()
    while said not in (line := running.stdout.readline()):
        assert line, "it ended without a word of that"
    eventually(project.of("t2", "checkpoints", "begun.pt").exists)
    project.go()
    running.communicate(timeout=120)
    found = project.of("t1", "outcome.json")
    assert (json.loads(found.read_text())["status"] if found.exists() else None) == status
    assert project.outcome("t2")["status"] == "done"


def test_at_once_run_as_many_as_the_cores_allow(project):
    for cpus, expected in ((1, 2), (2, 1), (5, 1)):
        project.count.unlink(missing_ok=True)
        project.plan(*(project.trial(f"{name}{cpus}", cpus=cpus, params=notes(expected)) for name in "abcd"))
        assert project.run()[0] == 0
        assert at_once(project) == expected


def pid_in(path):
    return int(path.read_text() or 0) if path.exists() else 0


def notes(meeting):
    """Parameters of a trial that notes when it begins and ends; between, it waits for others and stays for a while."""
    note = """with open(p["count"] + ".notes", "a") as notes: notes.write("{}\\n")\n"""
    return {"do": note.format(1) + f"meet({meeting})\ntime.sleep(0.1)\n" + note.format(-1)}


def at_once(project):
    """How many there were at once, at most, of those that noted it."""
    path = Path(f"{project.count}.notes")
    steps = [int(line) for line in path.read_text().splitlines()]
    path.unlink()
    assert sum(steps) == 0
    return max(accumulate(steps))


@pytest.mark.parametrize(("timing", "expected"), [([], 2), (["loss"], 1)])
def test_nothing_runs_beside_a_trial_that_is_timed(project, timing, expected):
    trials = (project.trial(name, params=notes(expected)) for name in ("t1", "t2", "t3", "t4"))
    project.plan(*trials, stages={"train": {"timing": timing}})
    assert project.run()[0] == 0
    assert at_once(project) == expected
