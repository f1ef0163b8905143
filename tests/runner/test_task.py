"""What a start finds lost: checkpoints of done trials that others still have to take."""

import json
import shutil

import pytest

from expc.runner import outcome
from expc.runner.task import lost

LAST = "results/trials/top/checkpoints/last.pt"
FOLDER = "results/trials/top/checkpoints"


@pytest.fixture
def two_stages(project, monkeypatch):
    """`below` takes from `top`, which is done, by its checkpoint `last` or, of an own program, by all of them."""
    monkeypatch.chdir(project.folder)

    def make(keep, path, below="left"):
        top = project.trial("top", keep=keep)
        others = [project.trial(name, stage="tune", **{"from": {"init": ["top", path]}}) for name in ("below", "more")]
        project.plan(top, *others, stages={"tune": {"takes_from": ["train"]}})
        for name, status in (("top", "done"), ("below", below), ("more", "done")):
            project.of(name, "checkpoints").mkdir(parents=True)
            project.of(name, "outcome.json").write_text(json.dumps({"id": name, "status": status}))
        project.of("top", "checkpoints", "last.pt").write_text("weights")
        return [top]

    return make


def found(trials, step="train"):
    return lost("plan.jsonl", outcome.header("plan.jsonl"), trials, step)


@pytest.mark.parametrize(("keep", "path"), [(["last"], "checkpoints/last.pt"), (["*"], "checkpoints")])
def test_what_is_taken_is_lost_if_it_is_gone_and_somebody_still_waits_for_it(two_stages, project, keep, path):
    trials = two_stages(keep, path)
    assert found(trials) == {}
    shutil.rmtree(project.of("top", "checkpoints"))
    assert found(trials) == {"top": {LAST if keep == ["last"] else FOLDER}}
    assert (found(trials, "tune"), found([])) == ({}, {})
    project.of("below", "outcome.json").write_text(json.dumps({"id": "below", "status": "done"}))
    assert found(trials) == {}, "nobody waits any more"


def test_as_long_as_nothing_is_gone_the_plan_is_not_read_any_further_than_its_header(two_stages, monkeypatch):
    trials = two_stages(["last"], "checkpoints/last.pt")
    monkeypatch.setattr(outcome, "planned", None)
    assert found(trials) == {}


def test_a_line_that_does_not_say_what_is_kept_is_no_promise(two_stages, project):
    trials = two_stages([], "checkpoints/last.pt")
    assert found(trials) == {}
    project.of("top", "checkpoints", "last.pt").unlink()
    assert found(trials) == {"top": {LAST}}
