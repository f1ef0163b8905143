"""A plan and what its trials have left in, the batches of a workflow out."""

import json
import os
import time
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
            [],
            "report",
            "toy is unfinished (nothing is done); to do are still 2 trials: a=t1 seed 0; a=t2 seed 0\n"
            "What is done stays; the next start does what is left.",
        ),
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


def ended(project, name, status="done", evaluations=()):
    """A trial with a checkpoint, its outcome, and evaluations: (id, status)."""
    project.of(name, "checkpoints").mkdir(parents=True)
    project.of(name, "checkpoints", "last.pt").touch()
    project.of(name, "outcome.json").write_text(json.dumps({"id": name, "status": status}))
    project.of(name, "evaluations").mkdir()
    for identity, how in evaluations:
        project.of(name, "evaluations", f"{identity}.json").write_text(json.dumps({"id": identity, "status": how}))


EVALUATED = {"evaluate": [["e1", "digits", "d1", "last"]], "keep": ["last"]}


def held(found):
    """The trials of each batch, by what its marker is called."""
    return {Path(marker).name: [trial["id"] for trial in trials] for marker, trials in found.batches.items()}


def test_a_batch_holds_what_is_left_of_one_class_each_trial_once_and_no_more_than_asked_for(planned):
    t2 = planned.trial("t2")
    planned.plan(
        planned.trial("t1", **EVALUATED),
        t2,
        {**t2, "condition": {"a": "as-well"}},
        planned.trial("t3"),
        planned.trial("t4", memory=1000),
        planned.trial("t5"),
        planned.trial("t6"),
        planned.trial("t7", stage="last", per_job=1),
        planned.trial("t8", stage="last", per_job=1),
        stages={"last": {}},
    )
    ended(planned, "t1")
    ended(planned, "t6", "failed")
    markers = [f"results/toy/batches/d1/{name}.0.done" for name in ("train-2-4", "train-5-5", "train-6-6")]
    found = batches.state("toy", "d1", {"train": 2, "last": "auto"})
    assert held(found) == {
        "evaluate-1-1.0.done": ["t1"],
        "train-2-4.0.done": ["t2", "t3"],
        "train-6-6.0.done": ["t5"],
        "train-5-5.0.done": ["t4"],
        "last-8-8.0.done": ["t7"],
        "last-9-9.0.done": ["t8"],
    }
    assert {name: found.trains.get(name) for name in ("t1", "t2", "t3", "t4", "t5", "t6")} == {
        "t1": None, "t2": markers[0], "t3": markers[0], "t4": markers[1], "t5": markers[2], "t6": None,
    }  # fmt: skip
    assert held(batches.state("toy", "d1", {"train": "auto", "last": "auto"}))["train-2-6.0.done"] == ["t2", "t3", "t5"]


@pytest.mark.parametrize(
    ("left", "number"),
    [([], 0), (["0.done"], 1), (["0.log"], 1), (["0.log", "1.done"], 2)],
)
def test_no_marker_is_that_of_an_earlier_batch_which_may_have_failed(planned, left, number):
    planned.plan(planned.trial("t1"))
    folder = planned.folder / "results/toy/batches/d1"
    folder.mkdir(parents=True)
    for end in left:
        (folder / f"train-1-1.{end}").touch()
    assert held(batches.state("toy", "d1", {"train": "auto"})) == {f"train-1-1.{number}.done": ["t1"]}


@pytest.mark.parametrize(
    ("on_failure", "expected"),
    [("report", {}), ("stop", {"train-1-1.0.done": ["t1"], "evaluate-2-2.0.done": ["t2"]})],
)
def test_what_has_failed_is_a_batch_only_where_it_stops_the_workflow(planned, on_failure, expected):
    below = planned.trial("t4", **EVALUATED, **{"from": {"init": ["t1", "checkpoints/last.pt"]}})
    planned.plan(*(planned.trial(name, **EVALUATED) for name in ("t1", "t2", "t3")), below, on_failure=on_failure)
    for name, status, evaluation in (("t1", "failed", "done"), ("t2", "done", "failed"), ("t3", "done", "done")):
        ended(planned, name, status, [("e1", evaluation)])
    ended(planned, "t4", "cancelled")
    assert held(batches.state("toy", "d1", {"train": "auto"})) == expected


def test_tables_are_made_again_after_the_outcome_or_the_evaluation_that_changed_last(planned):
    planned.plan(planned.trial("t1", **EVALUATED), planned.trial("t2"))
    assert batches.state("toy", "d1", {"train": "auto"}).newest == []
    for name in ("t1", "t2"):
        ended(planned, name, evaluations=[("e1", "done")] if name == "t1" else [])
    paths = [
        "results/trials/t1/outcome.json",
        "results/trials/t1/evaluations/e1.json",
        "results/trials/t2/outcome.json",
    ]
    for path in paths:
        for number, other in enumerate(paths):
            os.utime(other, (number, number))
        os.utime(path, (10, 10))
        assert batches.state("toy", "d1", {"train": "auto"}).newest == [path]


def test_a_batch_needs_the_code_the_data_and_the_inputs_of_all_its_trials(planned):
    first = planned.trial("t1", variant="v2", evaluate=[["e1", "x", "d3", "last"]], inputs={"init": ["i1", "base.pt"]})
    second = planned.trial("t2", variant="v1", data=None)
    assert batches.needs([first, second, first]) == [
        "results/code/v1/variant.json",
        "results/code/v2/variant.json",
        "results/data/d1/data.json",
        "results/data/d3/data.json",
        "results/inputs/i1/input.json",
    ]


def test_in_words_a_batch_has_its_conditions_each_with_seeds_and_folds(planned):
    def trial(level, seed, **more):
        return {**planned.trial("t"), "condition": {"a": level} if level else {}, "seed": seed, **more}

    many = [trial(str(level), 0) for level in range(13)]
    twelve = "; ".join(f"a={level} seed 0" for level in range(12))
    table = {
        "1 trial: one condition seed 3": [trial("", 3)],
        "5 trials: a=x seed 0-2, 5; a=y seed 1": [*(trial("x", seed) for seed in (5, 2, 0, 1)), trial("y", 1)],
        "3 trials: a=x seed 0 fold 0-1, 3": [trial("x", 0, fold=fold) for fold in (0, 1, 3)],
        f"12 trials: {twelve}": many[:12],
        f"13 trials: {twelve}; and 1 more conditions": many,
    }
    assert [batches.describe(trials) for trials in table.values()] == list(table)


def test_in_a_job_the_runner_is_started_by_what_knows_of_the_job():
    found = [batches.within(environ) for environ in ({}, {"SLURM_JOB_ID": "7"})]
    assert found == ["", "python3 -I workflow/runner/in_job.py"]


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
    again = "run `expc compile` again: no result is lost."
    assert [batches.unreadable({"toy": {"plan": digest}}) for digest in ("d1", "d2", "d3", "d4")] == [
        [],
        [f"workflow/plans/toy.d2.jsonl:1 is damaged: it is empty.\n    Delete it, and {again}"],
        [f"workflow/plans/toy.d3.jsonl:1:1 is damaged: this isn't UTF-8.\n    Delete it, and {again}"],
        [f"workflow/plans/toy.d4.jsonl isn't there.\n    R{again[1:]}"],
    ]


def test_before_jobs_are_submitted_what_ones_own_sbatch_asks_for_is_gone(monkeypatch):
    kept = dict(os.environ)
    monkeypatch.setattr(os, "environ", {**kept, "SBATCH_ARRAY_INX": "0-3", "SBATCH_ACCOUNT": "mine"})
    batches.prepare_jobs()
    assert [name for name in os.environ if name.startswith("SBATCH_")] == ["SBATCH_ACCOUNT"]
    assert os.environ["EXPC_PARENT"] == str(os.getpid())


@pytest.mark.parametrize("before", [None, "12.500"])
def test_a_job_knows_when_the_first_process_of_its_workflow_was_started(monkeypatch, before):
    monkeypatch.setattr(os, "environ", {"PATH": "/bin", **({"EXPC_STARTED": before} if before else {})})
    monkeypatch.setattr(time, "time", lambda: 99.0)
    batches.prepare_jobs()
    assert os.environ["EXPC_STARTED"] == (before or "99.000")
