"""Trials that somebody asked to stop: they end in good order, others go on, and the next start goes on with all."""

import json
import os
import time
from pathlib import Path

import pytest

from expc.runner import stops

HELD = "save('begun'); wait()"


def ask(project, *trials, at):
    folder = project.folder / "results" / "trials"
    folder.mkdir(exist_ok=True)
    (folder / "stop.json").write_text(json.dumps(dict.fromkeys(trials, at)))


def test_a_running_trial_ends_and_one_that_waits_is_not_begun(project, eventually):
    trials = [project.trial(name, params={"do": HELD}, cpus=1) for name in ("t1", "t2", "t3")]
    project.plan(*trials)
    running = project.start(env={"PATH": os.environ["PATH"], "EXPC_STARTED": str(time.time())})
    for name in ("t1", "t2"):
        eventually(project.of(name, "checkpoints", "begun.pt").exists)
    ask(project, "t1", "t3", at=time.time())
    eventually(lambda: project.attempts("t1") == ["stopped"])
    project.go()
    said = running.communicate(timeout=120)[0]
    assert running.returncode == 1
    assert "stopped: t1" in said
    assert "not begun: t3 (train, a=t3, seed 0): somebody asked that it stop; the next start goes on" in said
    assert (project.attempts("t1"), project.attempts("t2")) == (["stopped"], ["done"])
    assert not project.of("t3").exists()

    code, said = project.run(env={"PATH": os.environ["PATH"], "EXPC_STARTED": str(time.time())})
    assert (code, project.attempts("t1"), project.attempts("t3")) == (0, ["stopped", "done"], ["done"])


@pytest.mark.parametrize(("asked", "runs"), [(-1.0, True), (1.0, False)])
def test_a_request_counts_for_workflows_that_were_started_before_it(project, asked, runs):
    began = time.time() - 1000.0  # the runner starts later than the workflow
    project.plan(project.trial("t1", params={"do": "assert 'EXPC_STARTED' not in os.environ"}))
    ask(project, "t1", at=began + asked)
    code, _ = project.run(env={"PATH": os.environ["PATH"], "EXPC_STARTED": str(began)})
    assert (code, project.of("t1", "outcome.json").exists()) == (0 if runs else 1, runs)


def test_requests_that_cannot_be_read_stop_nothing(project):
    project.plan(project.trial("t1"))
    ask(project, at=0)
    project.of("stop.json").write_text("{")
    assert project.run()[0] == 0


def test_a_request_is_kept_for_a_month_and_what_is_no_time_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    month = 30 * 24 * 3600.0
    stops.ask(["old", "young", "both"], 1000.0)
    stops.ask(["young"], 1001.0)
    stops.ask(["both", "new"], 1000.5 + month)
    assert stops.requests() == {"young": 1001.0, "both": 1000.5 + month, "new": 1000.5 + month}
    asked = Path(stops.FILE)
    asked.write_text('{"a": 9.5, "b": 10, "c": "11", "d": null}')
    assert stops.requests() == {"a": 9.5, "b": 10}
    found = stops.Stops(10.0)
    assert found.look() == {"b"}
    asked.write_text('{"a": 12}')
    assert found.look() == {"a"}
    asked.unlink()
    assert found.look() == {"a"}, "who can't read it now has read it before"


@pytest.mark.parametrize(("said", "expected"), [("12.5", 12.5), ("", 99.0), ("soon", 99.0), (None, 99.0)])
def test_a_workflow_was_started_when_its_main_process_says_or_else_now(monkeypatch, said, expected):
    monkeypatch.setattr(time, "time", lambda: 99.0)
    environ = {"A": "1", **({} if said is None else {"EXPC_STARTED": said})}
    assert (stops.started(environ), environ) == (expected, {"A": "1"})
