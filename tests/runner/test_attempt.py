"""Attempts that don't end well: asked to go on, killed by somebody, too slow, too large."""

import fcntl
import json

import pytest

from expc.runner import ledger
from expc.runner.ending import Ending
from expc.runner.process import Ended
from expc.runner.retry import retry

from .conftest import EVALUATE, TRAIN

GOES_ON = """
path = os.environ["EXPC_CHECKPOINT_DIR"] + "/resume.pt"
done = int(open(path).read()) if os.path.exists(path) else 0
measure("rounds", done, step=done)
if done < 2:
    save("resume", str(done + 1))
    sys.exit(85)
"""
KILLED = """
path = "../../../kills-" + os.path.basename(os.getcwd())
kills = int(open(path).read()) if os.path.exists(path) else 0
open(path, "w").write(str(kills + 1))
if kills < p["kills"]:
    os.kill(os.getpid(), 9)
"""
# Half a row, as a program leaves it that is killed while it writes.
TORN = """
if os.path.exists("../../../torn"):
    measure("seen", len(open("metrics.jsonl").read().splitlines()) if os.path.exists("metrics.jsonl") else 0, step=9)
else:
    open("../../../torn", "w").close()
    if p["checkpoint"]:
        save("resume")
    measure("kept", 1, step=1)
    measure("kept", 2, step=1)
    open("metrics.jsonl", "a").write('{"name": "torn", "val')
    os.kill(os.getpid(), 9)
"""


def test_exit_status_85_goes_on_at_once_from_its_checkpoint(project):
    project.plan(project.trial("t1", params={"do": GOES_ON}))
    assert project.run()[0] == 0
    assert project.attempts("t1") == ["continue", "continue", "done"]
    found = project.outcome("t1")
    assert (found["attempts"], found["metrics"]["validation.rounds"]) == (3, 2)
    rounds = [row["value"] for row in rows(project, "t1") if row["name"] == "rounds"]
    assert rounds == [0, 1, 2]


@pytest.mark.parametrize(
    ("kills", "attempts", "cause"),
    [
        (1, ["signal", "done"], None),
        (3, ["signal", "signal", "signal", "done"], None),
        (
            9,
            ["signal", "signal", "signal", "signal"],
            {"kind": "signal", "detail": "killed by SIGKILL, 4 times; the machine may have run out of memory"},
        ),
    ],
)
def test_a_signal_of_somebody_elses_starts_a_trial_again_three_times_at_most(project, kills, attempts, cause):
    project.plan(project.trial("t1", params={"do": KILLED, "kills": kills}))
    assert project.run()[0] == 0
    assert (project.attempts("t1"), project.outcome("t1")["cause"]) == (attempts, cause)


@pytest.mark.parametrize(
    ("checkpoint", "expected"),
    [
        (True, [("kept", 2), ("seen", 2), ("loss", 0.5), ("loss", 0.25)]),
        (False, [("seen", 0), ("loss", 0.5), ("loss", 0.25)]),
    ],
)
def test_a_torn_row_goes_and_the_whole_file_if_there_is_no_checkpoint(project, checkpoint, expected):
    project.plan(project.trial("t1", params={"do": TORN, "checkpoint": checkpoint}))
    assert project.run()[0] == 0
    assert [(row["name"], row["value"]) for row in rows(project, "t1")] == expected


def test_a_trial_learns_its_deadline_and_is_stopped_at_it(project, eventually):
    learns = "measure('left', float(os.environ['EXPC_DEADLINE']) - time.time(), step=1)"
    slow = "signal = __import__('signal'); signal.signal(15, lambda *_: sys.exit(0)); save('ready'); wait()"
    project.altered()
    project.plan(
        *(project.trial(name, time=2000, params={"do": do}) for name, do in (("fast", learns), ("slow", slow)))
    )
    running = project.start()
    eventually(project.of("fast", "outcome.json").exists)
    eventually(project.of("slow", "checkpoints", "ready.pt").exists)
    project.later(2001)
    running.communicate(timeout=120)
    assert 1000 < project.outcome("fast")["metrics"]["validation.left"] <= 2000
    found = project.outcome("slow")
    assert (found["status"], found["cause"]) == ("failed", {"kind": "time", "detail": "it took more than its 2000 s"})
    assert project.attempts("slow") == ["time"]


# Asks to go on once it may, and then waits for good.
TWICE = """
if os.path.exists("checkpoints/resume.pt"):
    save("resume", "more")
    wait("never")
save("resume")
measure("loss", 1, step=1)
wait()
sys.exit(85)
"""


def runs_out_of_time(project, eventually):
    """Of 1000 s, the first attempt takes 600, and the second one the rest."""
    project.altered()
    project.plan(project.trial("t1", time=1000, checkpoints=[], params={"do": TWICE}))
    running = project.start()
    eventually(lambda: len(project.starts()) == 1)
    project.later(600)
    project.go()
    eventually(lambda: len(project.starts()) == 2)
    project.later(1001)
    assert running.communicate(timeout=120)[0]
    assert running.returncode == 0


def test_a_time_limit_counts_all_attempts_together(project, eventually):
    runs_out_of_time(project, eventually)
    found = project.outcome("t1")
    assert found["cause"] == {"kind": "time", "detail": "it took more than its 1000 s"}
    assert project.attempts("t1") == ["continue", "time"]
    assert found["seconds"] >= 1000


DEAF = """
__import__("signal").signal(15, lambda *_: open("heard", "w").close())
open("begun", "w").close()
wait("never")
"""


def test_who_does_not_end_when_asked_to_is_killed_after_a_while(project, eventually):
    project.altered()
    project.plan(project.trial("t1", time=1000, params={"do": DEAF}))
    running = project.start()
    eventually(project.of("t1", "begun").exists)
    project.later(1001)
    eventually(project.of("t1", "heard").exists)
    assert running.poll() is None
    project.later(1001 + 11)
    running.communicate(timeout=120)
    assert (running.returncode, project.outcome("t1")["cause"]["kind"]) == (0, "time")


def test_what_a_stopped_attempt_occupied_and_took_counts_for_the_next_start(tmp_path):
    stopped = Ended(exit=None, signal=15, seconds=3.0, peak=700, cpu=2.0, killed_for="stopped")
    ledger.ended(str(tmp_path), 1, stopped, Ending("stopped"))
    found = ledger.course(str(tmp_path))
    assert (found.seconds, found.cpu, found.peak) == (3.0, 2.0, 700)


def test_a_retry_goes_on_with_its_whole_time_again_and_so_does_the_ledger(project, monkeypatch, eventually):
    runs_out_of_time(project, eventually)
    assert project.outcome("t1")["cause"]["kind"] == "time"
    monkeypatch.chdir(project.folder)
    retry("t1")
    left = sorted(path.name for path in project.of("t1").iterdir())
    assert left == ["attempts.jsonl", "checkpoints", "lock", "log.txt", "metrics.jsonl", "params.json"]
    saved = project.of("t1", "checkpoints", "resume.pt").read_text()
    project.plan(
        project.trial("t1", time=1000, checkpoints=[], params={"do": "print(open('checkpoints/resume.pt').read())"})
    )
    assert project.run()[0] == 0
    assert (project.outcome("t1")["status"], project.attempts("t1")[-1]) == ("done", "done")
    assert project.of("t1", "log.txt").read_text() == saved + "\n"


@pytest.mark.parametrize(
    ("dies", "cause", "goes_on"),
    [
        ("os.kill(os.getpid(), 9)", "signal", True),
        ("x = bytearray(200 << 20); x[::4096] = b'1' * len(x[::4096]); time.sleep(600)", "memory", True),
        ("1/0", "code", False),
        ("open('metrics.jsonl', 'a').write('[]\\n')", "metrics", False),
    ],
)
def test_a_retry_keeps_what_was_reached_unless_the_program_is_to_blame(project, monkeypatch, dies, cause, goes_on):
    mended = "mended = os.path.exists('../../../mended'); there = os.path.exists('checkpoints/resume.pt');"
    first = f"save('resume'); measure('early', 1, step=1)\nif not mended: {dies}"
    do = f"{mended} measure('there', int(there), step=1)\n{first}"
    project.plan(project.trial("t1", memory=100, params={"do": do}))
    assert project.run()[0] == 0
    assert project.outcome("t1")["cause"]["kind"] == cause
    assert project.of("t1", "checkpoints", "resume.pt").exists() == goes_on
    (project.folder / "mended").touch()
    monkeypatch.chdir(project.folder)
    retry("t1")
    assert project.of("t1", "metrics.jsonl").exists() == goes_on
    assert project.run()[0] == 0
    assert project.outcome("t1")["metrics"]["validation.there"] == int(goes_on)


def test_a_trial_that_a_runner_works_on_cannot_be_retried(project, monkeypatch):
    project.of("t1").mkdir(parents=True)
    monkeypatch.chdir(project.folder)
    with open(project.of("t1", "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError, match="trial t1 is being worked on; stop its run first, or wait for it"):
            retry("t1")


def test_memory_is_limited_for_the_whole_group_and_recorded(project):
    alone = "x = bytearray(120 << 20); x[::4096] = b'1' * len(x[::4096]); time.sleep(600)"
    child = "import subprocess; subprocess.run([sys.executable, '-c', 'import time; ' + p['code']])"
    project.plan(
        project.trial("alone", memory=80, params={"do": alone}),
        project.trial("child", memory=80, params={"do": child, "code": alone}),
    )
    assert project.run()[0] == 0
    for name in ("alone", "child"):
        found = project.outcome(name)
        assert found["cause"]["kind"] == "memory"
        assert found["cause"]["detail"] == f"it occupied {found['peak_memory']} MiB, more than its 80 MiB"
        assert 80 < found["peak_memory"] < 400


def rows(project, name):
    return [json.loads(line) for line in project.of(name, "metrics.jsonl").read_text().splitlines()]


FULL = """
save("resume")
if not os.path.exists("../../../room"):
    raise OSError(28, os.strerror(28), "checkpoints/last.pt")
measure("went_on", 1, step=1)
"""


def test_a_program_that_finds_the_disk_full_has_not_failed_and_goes_on_another_time(project):
    project.plan(*(project.trial(name, params={"do": FULL}, cpus=2) for name in ("t1", "t2", "t3")))
    status, said = project.run()
    assert (status, project.of("t1", "outcome.json").exists(), project.attempts("t1")) == (1, False, [])
    assert "is full, or your share of it" in said
    assert "not begun: 1 trial" in said
    (project.folder / "room").touch()
    assert project.run()[0] == 0
    assert project.attempts("t1") == ["done"]
    assert project.outcome("t1")["metrics"]["validation.went_on"] == 1


def test_an_evaluation_that_finds_the_disk_full_has_not_failed_either(project):
    full = "import os\nif not os.path.exists(os.environ['EXPC_TRIAL_DIR'] + '/../../../room'):\n"
    full += "    raise OSError(28, os.strerror(28), 'rows')\n"
    project.variant("full", {"train.py": TRAIN, "evaluate.py": full + EVALUATE})
    project.plan(project.trial("t1", variant="full", evaluate=[["e1", "d", "d1", "last"]]))
    status, said = project.run()
    made = project.of("t1", "evaluations", "e1.json")
    assert (status, made.exists(), "is full, or your share of it" in said) == (1, False, True)
    (project.folder / "room").touch()
    assert project.run()[0] == 0
    assert (project.starts(), json.loads(made.read_text())["status"]) == (["t1"], "done")
