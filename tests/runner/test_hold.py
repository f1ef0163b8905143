"""Files that keep a trial from other nodes. Another node is another host's name in them."""

import errno
import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expc.runner import hold
from expc.runner.lock import leave, take
from expc.runner.schedule import Schedule
from expc.runner.task import Task

HERE = os.uname().nodename
US = {"job": "7", "start": 0, "host": HERE, "pid": 1}


def held_by(folder: Path, *, age: float = 0, **who: Any) -> None:
    path = folder / hold.FILE
    path.write_text(json.dumps({"job": "6", "start": 0, "host": "n2", "pid": 1, **who}))
    os.utime(path, (time.time() - age,) * 2)


def holder(folder: Path) -> Any:
    return json.loads((folder / hold.FILE).read_text())


@pytest.mark.parametrize(
    ("who", "age", "locked", "expected"),
    [
        (None, 0, True, True),
        ({}, 0, True, False),
        ({}, 100, True, False),
        ({}, 140, True, True),
        ({"host": HERE}, 0, True, True),
        ({"host": HERE}, 0, False, False),
        ({"host": HERE}, 140, False, True),
        ({"job": "7"}, 0, True, False),
    ],
    ids=[
        "nobody", "another node", "it is silent for a while", "it is silent for long", "this node, by its lock",
        "this node, without locks", "this node, long silent", "another node of our job",
    ],
)  # fmt: skip
def test_a_folder_is_held_until_its_holder_is_gone(
    tmp_path: Path, who: Any, age: float, locked: bool, expected: bool
) -> None:
    if who is not None:
        held_by(tmp_path, age=age, **who)
    assert hold.hold(str(tmp_path), US, locked=locked) is expected
    assert (holder(tmp_path) == US) is expected
    assert [path.name for path in tmp_path.iterdir()] == [hold.FILE]


def test_of_two_jobs_in_containers_of_one_node_that_have_the_same_number_one_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, found = {**US, "job": "8"}, []
    link = os.link

    def meanwhile(mine: str, target: str) -> None:
        monkeypatch.setattr(os, "link", link)
        found.append(hold.hold(str(tmp_path), other, locked=False))
        link(mine, target)

    monkeypatch.setattr(os, "link", meanwhile)
    found.append(hold.hold(str(tmp_path), US, locked=False))
    assert (found, holder(tmp_path)) == ([True, False], other)
    assert [path.name for path in tmp_path.iterdir()] == [hold.FILE]


def test_a_requeued_job_takes_what_its_earlier_start_held_at_once(tmp_path: Path) -> None:
    held_by(tmp_path, job="7", start=0)
    assert hold.hold(str(tmp_path), {**US, "start": 1}, locked=True)


def test_of_two_that_find_it_abandoned_the_later_gives_back_what_the_first_took(tmp_path: Path) -> None:
    held_by(tmp_path, age=500)
    target = tmp_path / hold.FILE
    found = hold.state(str(target))
    target.unlink()
    held_by(tmp_path, host="n3")
    assert not hold.set_aside(str(target), str(target) + ".old", found)
    assert holder(tmp_path)["host"] == "n3"
    assert [path.name for path in tmp_path.iterdir()] == [hold.FILE]


def test_without_links_a_file_is_made_that_must_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: Any) -> None:
        raise PermissionError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", no_links)
    found = [hold.hold(str(tmp_path), who, locked=False) for who in (US, {**US, "job": "8", "host": "n2"})]
    assert (found, holder(tmp_path)) == ([True, False], US)


def test_a_holder_renews_until_another_has_taken_over_and_releases_only_its_own(tmp_path: Path) -> None:
    assert hold.hold(str(tmp_path), US, locked=True)
    os.utime(tmp_path / hold.FILE, (1, 1))
    assert hold.renew(str(tmp_path), US)
    assert (tmp_path / hold.FILE).stat().st_mtime > 1
    held_by(tmp_path)
    assert not hold.renew(str(tmp_path), US)
    hold.release(str(tmp_path), US)
    assert holder(tmp_path)["host"] == "n2"
    held_by(tmp_path, **US)
    hold.release(str(tmp_path), US)
    assert list(tmp_path.iterdir()) == []
    assert not hold.renew(str(tmp_path), US), "somebody has removed it"


def test_what_is_held_elsewhere_is_nobody_s_here(tmp_path: Path) -> None:
    assert not hold.held_elsewhere(str(tmp_path))
    held_by(tmp_path)
    assert hold.held_elsewhere(str(tmp_path))


def test_a_torn_file_holds_as_long_as_it_is_young(tmp_path: Path) -> None:
    (tmp_path / hold.FILE).write_text('{"job"')
    assert not hold.hold(str(tmp_path), US, locked=True)
    os.utime(tmp_path / hold.FILE, (1, 1))
    assert hold.hold(str(tmp_path), US, locked=True)


@pytest.mark.parametrize(
    ("number", "us", "taken"),
    [(errno.ENOLCK, US, True), (errno.ENOLCK, None, False), (errno.EIO, US, False), (errno.EIO, None, False)],
)
def test_a_file_system_without_locks_will_do_in_a_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, us: Any, taken: bool
) -> None:
    def no_locks(*_: Any) -> None:
        raise OSError(number, "no locks")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fcntl, "flock", no_locks)
    if taken:
        leave("t", take("t", us), us)
        held_by(tmp_path / "results/trials/t", host=HERE)  # another job of this node, which has no lock either
        assert take("t", us) is None
    else:
        with pytest.raises(OSError, match="no locks"):
            take("t", us)


def test_outside_of_a_job_we_are_nobody() -> None:
    assert hold.ourselves({}) is None
    found = hold.ourselves({"SLURM_JOB_ID": "7", "SLURM_RESTART_COUNT": "2"})
    assert found == {"job": "7", "start": 2, "host": HERE, "pid": os.getpid()}
    named = hold.ourselves({"SLURM_JOB_ID": "7", "SLURMD_NODENAME": "n5"})
    assert named == {"job": "7", "start": 0, "host": "n5", "pid": os.getpid()}  # as SLURM calls it


def test_a_file_that_is_listed_and_not_yet_there_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = iter([False, False, True])
    monkeypatch.setattr(os.path, "exists", lambda _: next(seen))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    (tmp_path / "outcome.json").write_text("{}")
    hold.await_listed(str(tmp_path / "outcome.json"))
    assert list(seen) == []


def test_who_takes_a_trial_in_a_job_sees_the_outcome_that_another_node_has_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome, content = tmp_path / "results/trials/t/outcome.json", tmp_path / "content"
    outcome.parent.mkdir(parents=True)
    outcome.symlink_to(content)  # listed, and not there yet
    monkeypatch.setattr(time, "sleep", lambda _: content.write_text("{}"))
    lock = take("t", US)
    assert (lock is not None, outcome.exists()) == (True, True)
    leave("t", lock, US)


JOB = {"SLURM_JOB_ID": "7"}


def environment() -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}, **JOB}


def test_the_runner_leaves_alone_what_another_node_works_on_and_holds_what_it_works_on(
    project: Any, eventually: Callable[..., Any]
) -> None:
    project.altered()
    look = "open(p['count'] + '.held', 'w').write(open('held').read())"
    project.plan(project.trial("t"), project.trial("u", params={"do": look}))
    project.of("t").mkdir(parents=True)
    held_by(project.of("t"), age=-10_000)  # it has been renewed just now, whatever the hour
    running = project.start("train", env={**environment(), "EXPC_JOB_END": str(time.time() + 6000)})
    eventually(project.of("u", "outcome.json").exists)
    project.later(7000)
    said = running.communicate(timeout=120)[0]
    assert (running.returncode, project.starts()) == (85, ["u"]), said
    assert "held by another start: t" in said
    assert json.loads((project.folder / "count.txt.held").read_text())["job"] == "7"
    assert not project.of("u", "held").exists()
    project.later(0)
    held_by(project.of("t"), age=500)
    assert project.run("train", env=environment())[0] == 0
    assert project.starts() == ["u", "t"]


def test_what_another_node_has_taken_over_is_killed_and_left_as_it_is(
    project: Any, eventually: Callable[..., Any]
) -> None:
    project.altered()
    running, _ = taken_over(project, eventually)
    assert (project.attempts("t"), holder(project.of("t"))["host"]) == ([], "n2")
    assert project.of("t", "metrics.jsonl").read_text() == ROW
    running.terminate()
    said = running.communicate(timeout=120)[0]
    assert "taken over by another node: t (train, a=t, seed 0)" in said
    assert (running.returncode, said.count("taken over"), said.count("held by"), project.attempts("t")) == (
        85,
        1,
        0,
        [],
    )


def test_a_batch_whose_trial_another_node_has_taken_over_and_finished_ends_well(
    project: Any, eventually: Callable[..., Any]
) -> None:
    project.altered()
    project.plan(project.trial("t", params={"do": WAITS}))
    project.go()
    assert project.run("train")[0] == 0  # what the other node will come to
    finished = project.of("t", "outcome.json").read_bytes()
    shutil.rmtree(project.of("t"))
    (project.folder / "go").unlink()
    running, _ = taken_over(project, eventually)
    project.of("t", "outcome.json").write_bytes(finished)
    project.of("t", "held").unlink()
    said = running.communicate(timeout=120)[0]
    assert (running.returncode, project.starts(), project.attempts("t")) == (0, ["t", "t"], []), said
    assert project.of("t", "outcome.json").read_bytes() == finished


def test_a_batch_goes_on_with_its_trial_if_who_has_taken_it_over_is_gone(
    project: Any, eventually: Callable[..., Any]
) -> None:
    project.altered()
    running, _ = taken_over(project, eventually)
    project.go()
    held_by(project.of("t"), age=500)
    said = running.communicate(timeout=120)[0]
    assert (running.returncode, project.starts(), project.attempts("t")) == (0, ["t", "t"], ["done"]), said


ROW = '{"name":"loss","value":1}\n'  # not as we would write it
WAITS = f"open('metrics.jsonl', 'w').write({ROW!r}); wait()"


def taken_over(project: Any, eventually: Callable[..., Any]) -> tuple[Any, int]:
    """The runner, and its trial's process, which is gone: another node holds the trial."""
    project.plan(project.trial("t", params={"do": WAITS}))
    metrics = project.of("t", "metrics.jsonl")
    running = project.start("train", env={**environment(), "EXPC_JOB_END": str(time.time() + 6000)})
    eventually(lambda: metrics.exists() and metrics.stat().st_size)
    process = int((project.folder / "count.txt").read_text().splitlines()[-1].split()[1])
    held_by(project.of("t"), age=-10_000)
    project.later(30)
    eventually(lambda: not Path(f"/proc/{process}").exists())
    return running, process


def test_a_trial_that_waits_for_a_core_is_held_until_another_node_has_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    task = Task(header={}, step="train", network="none", lost={}, claims={}, homes=None)
    said: list[str] = []
    schedule = Schedule([], task, cores=1, launch=None, signals=None, reaper=None, stops=None, say=said.append)
    schedule.us = US
    lock = take("t", US)
    trial = {"id": "t", "stage": "train", "condition": {}, "seed": 0}
    schedule.locks["t"] = lock
    schedule.ready.append((trial, (_ for _ in ()), None))
    mine = tmp_path / "results/trials/t"
    os.utime(mine / hold.FILE, (1, 1))
    schedule.renew(0.0)
    assert (time.time() - (mine / hold.FILE).stat().st_mtime < 60, len(schedule.ready)) == (True, 1)
    held_by(mine)
    schedule.renew(0.0)
    assert (schedule.locks, list(schedule.ready), holder(mine)["host"]) == ({}, [], "n2")
    assert list(schedule.elsewhere.trials) == [trial]
    assert said == ["taken over by another node: t (train, seed 0)"]
