"""What a start finds lost: checkpoints of done trials that others still have to take."""

import json
import random
import shutil

import pytest

from expc.runner import outcome, task
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


STAGES = {"tune": {"takes_from": ["train"]}, "last": {"takes_from": ["train", "tune"]}}


def family(project, chance, number):
    """Trials of three stages, some of which have ended, some of whose checkpoints are gone."""
    trials = []
    for name in (f"{number}-{index}" for index in range(6)):
        stage = chance.choice(["train", "tune", "last"])
        above = [one["id"] for one in trials if one["stage"] in STAGES.get(stage, {"takes_from": []})["takes_from"]]
        sources = chance.sample(above, min(len(above), chance.randint(0, 2)))
        taken = {f"from{source}": [source, "checkpoints/last.pt"] for source in sources}
        trials.append(project.trial(name, stage=stage, keep=["last"], **{"from": taken}))
        project.of(name, "checkpoints").mkdir(parents=True)
        status = chance.choice(["done", "done", "done", "failed", "cancelled", None])
        if status:
            project.of(name, "outcome.json").write_text(json.dumps({"id": name, "status": status}))
        if chance.random() < 0.5:
            project.of(name, "checkpoints", "last.pt").write_text("weights")
    return trials


def test_what_is_lost_is_found_among_those_that_have_to_do_with_it_as_among_all(project, monkeypatch):
    monkeypatch.chdir(project.folder)
    answers = []
    for number in range(150):
        trials = [
            trial
            for some in range(3)
            for trial in family(project, random.Random(f"{number} {some}"), f"{number}.{some}")
        ]
        project.plan(*trials, stages=STAGES)
        for step in ("train", "tune"):
            mine = [trial for trial in trials if trial["stage"] == step][:2]
            some = found(mine, step)
            with monkeypatch.context() as context:
                context.setattr(task, "related", lambda trials, _: trials)
                assert found(mine, step) == some
            answers.append(bool(some))
    assert 20 < sum(answers) < 280


def test_of_what_has_nothing_to_do_with_what_is_lost_no_outcome_is_opened(project, monkeypatch):
    monkeypatch.chdir(project.folder)
    trials = [project.trial(name, keep=["last"]) for name in ("a", "b", "c")]
    trials += [
        project.trial(f"{name}2", stage="tune", **{"from": {"init": [name, "checkpoints/last.pt"]}}) for name in "abc"
    ]
    project.plan(*trials, stages={"tune": {"takes_from": ["train"]}})
    for name in ("a", "b", "c"):
        project.of(name).mkdir(parents=True)
        project.of(name, "outcome.json").write_text(json.dumps({"id": name, "status": "done"}))
    opened, stated = set(), outcome.stated
    monkeypatch.setattr(outcome, "stated", lambda path, identity: opened.add(identity) or stated(path, identity))
    assert found(trials[:1]) == {"a": {"results/trials/a/checkpoints/last.pt"}}
    assert opened == {"a", "a2"}
