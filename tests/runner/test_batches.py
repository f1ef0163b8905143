"""A plan and what its trials have left in, the batches of a workflow out."""

import json
import os
from pathlib import Path

import pytest

from expc.runner import batches, container, devices, granted, outcome


@pytest.fixture
def planned(project, monkeypatch):
    """A project in whose folder we are, with its plan where a workflow has it."""
    monkeypatch.chdir(project.folder)
    project.path = "workflow/plans/toy.d1.jsonl"
    (project.folder / "workflow/plans").mkdir(parents=True)
    return project


@pytest.mark.parametrize(
    ("statuses", "on_failure", "expected"),
    [
        (["done", "failed"], "report", None),
        (["done", "done"], "stop", None),
        (
            ["done"],
            "stop",
            "toy is unfinished (1 done); to do are still 1 trial: a=t2 seed 0\n"
            "What is done stays; the next start does what is left.",
        ),
        (
            ["done", "failed"],
            "stop",
            "toy stops at what has failed, as its spec says (`on_failure: stop`): 1 trial: a=t2 seed 0\n"
            "`expc retry` lets it run again; `expc tables` makes tables of what there is.",
        ),
    ],
)
def test_what_an_experiment_lacks_is_said_with_what_comes_next(planned, statuses, on_failure, expected):
    planned.plan(planned.trial("t1"), planned.trial("t2"), on_failure=on_failure)
    for name, status in zip(("t1", "t2"), statuses, strict=False):
        planned.of(name).mkdir(parents=True)
        planned.of(name, "outcome.json").write_text(json.dumps({"id": name, "status": status}))
    assert batches.left("toy", "d1") == expected


def test_a_stage_may_be_called_nearly_as_evaluations_are(planned):
    below = planned.trial("t2", stage="last", **{"from": {"init": ["t1", "checkpoints/last.pt"]}})
    stages = {"evaluate-first": {}, "last": {"takes_from": ["evaluate-first"]}}
    planned.plan(planned.trial("t1", stage="evaluate-first"), below, stages=stages)
    found = batches.state("toy", "d1", dict.fromkeys(stages, "auto"))
    first, last = found.batches
    assert found.trains == {"t1": first, "t2": last}
    assert batches.above([below], found.trains) == [first]


def test_what_is_left_is_looked_up_once_for_the_batches_and_for_all_that_they_need(planned, monkeypatch):
    environment = {"secrets": ["SERVICE_KEY"], "container": {"kind": "sif", "image": "i.sif", "reference": "i.sif"}}
    stages = {"train": {"environment": environment}, "below": {"environment": environment, "takes_from": ["train"]}}
    trials = (planned.trial("t1"), planned.trial("t2", gpus=9000, stage="below"))
    planned.plan(*trials, stages=stages)
    planned.of("t1").mkdir(parents=True)
    planned.of("t1", "outcome.json").write_text(json.dumps({"id": "t1", "status": "done"}))
    todo = batches.state("toy", "d1", dict.fromkeys(stages, "auto")).todo
    monkeypatch.setattr(outcome, "survey", None)
    monkeypatch.setattr(outcome, "opened", None)
    assert (todo.left, todo.stages) == ([trials[1]], ["below"])
    (secret,) = granted.missing(todo, {})
    (program,) = container.missing(todo, {"PATH": ""})
    (gpus,) = devices.missing(todo, {})
    assert [words.partition(",")[0] for words in (secret, program, gpus)] == [
        "SERVICE_KEY isn't set",
        "stage below of toy runs in the container i.sif",
        "toy: stage below asks for 9000 GPUs",
    ]


def test_plans_that_are_gone_or_damaged_are_said_before_anything_is_looked_at(planned):
    planned.plan(planned.trial("t1"))
    for digest, content in (("d2", b""), ("d3", b"\xff\n")):
        Path(f"workflow/plans/toy.{digest}.jsonl").write_bytes(content)
    again = "run `expc compile` again"
    assert [batches.unreadable({"toy": {"plan": digest}}) for digest in ("d1", "d2", "d3", "d4")] == [
        [],
        [f"workflow/plans/toy.d2.jsonl is empty or damaged; delete it, and {again}"],
        [f"workflow/plans/toy.d3.jsonl is empty or damaged; delete it, and {again}"],
        [f"workflow/plans/toy.d4.jsonl isn't there; {again}"],
    ]


def test_before_jobs_are_submitted_what_ones_own_sbatch_asks_for_is_gone(monkeypatch):
    kept = dict(os.environ)
    monkeypatch.setattr(os, "environ", {**kept, "SBATCH_ARRAY_INX": "0-3", "SBATCH_ACCOUNT": "mine"})
    batches.prepare_jobs()
    assert [name for name in os.environ if name.startswith("SBATCH_")] == ["SBATCH_ACCOUNT"]
