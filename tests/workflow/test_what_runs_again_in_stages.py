"""A finished experiment of two stages and a change in, what runs again in each of them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product

import pytest

pytestmark = pytest.mark.slow

ANSWERS = {"collect": 1, "table": 1}
LOST = "a checkpoint that is needed was not kept"


def first_trial(project) -> str:
    """Line 1: pretrain with size one and seed 0."""
    return project.lines("stages")[1]["id"]


def lose_checkpoint(project) -> None:
    (project.folder / f"results/trials/{first_trial(project)}/checkpoints/best-validation.loss.pt").unlink()


def lose_outcome(project) -> None:
    (project.folder / f"results/trials/{first_trial(project)}/outcome.json").unlink()


@dataclass(frozen=True)
class Case:
    """What is changed, and what that must come to."""

    edits: tuple[tuple[str, str], ...] = ()
    also: Callable[..., None] = lambda project: None
    says: str = "28 trials: 28 done"
    changes: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    """(stage, kind, reason) -> how many trials."""
    batches: Mapping[str, int] = field(default_factory=dict)
    trials: tuple[int, int] = (4, 24)
    """Of pretrain and of finetune, in the end."""


CASES = {
    # finetune has three cells of 6 trials for each size now; the third ones are the lines 17-22 and 35-40.
    "a level that only finetune reads": Case(
        edits=(("lr: [0.1, 0.2]", "lr: [0.1, 0.2, 0.3]"),),
        says="40 trials: 28 done, 12 new",
        changes={("finetune", "new", ""): 12},
        batches={"finetune-17-38": 10, "finetune-39-40": 2},
        trials=(4, 36),
    ),
    "a level that only finetune reads, and a checkpoint that it needs is gone": Case(
        edits=(("lr: [0.1, 0.2]", "lr: [0.1, 0.2, 0.3]"),),
        also=lose_checkpoint,
        says="40 trials: 27 done, 12 new, 1 to run again",
        changes={("finetune", "new", ""): 12, ("pretrain", "again", LOST): 1},
        batches={"pretrain-1-1": 1, "finetune-17-38": 10, "finetune-39-40": 2},
        trials=(4, 36),
    ),
    "a checkpoint is gone, and nobody needs it": Case(also=lose_checkpoint),
    "an outcome above what is done": Case(
        also=lose_outcome,
        says="28 trials: 27 done, 1 to run again",
        changes={("pretrain", "again", "its outcome is gone"): 1},
        batches={"pretrain-1-1": 1},
    ),
    # pretrain: every third line. finetune: the last 3 lines of every 9, from line 7 on.
    "a seed of pretrain": Case(
        edits=(("params: {dataset: large}, seeds: 2", "params: {dataset: large}, seeds: 3"),),
        says="42 trials: 28 done, 14 new",
        changes={("pretrain", "new", ""): 2, ("finetune", "new", ""): 12},
        batches={"pretrain-3-6": 2, "finetune-13-40": 10, "finetune-41-42": 2},
        trials=(6, 36),
    ),
    "a parameter of pretrain": Case(
        edits=(("params: {dataset: large}", "params: {dataset: large, epochs: 3}"),),
        says="28 trials: 0 done, 28 to run again",
        changes={
            ("pretrain", "again", "epochs 2 → 3"): 4,
            ("finetune", "again", "init comes from another trial"): 24,
        },
        batches={"pretrain-1-4": 4, "finetune-5-14": 10, "finetune-15-24": 10, "finetune-25-28": 4},
    ),
    "a parameter of finetune": Case(
        edits=(("params: {dataset: small}", "params: {dataset: small, epochs: 3}"),),
        says="28 trials: 4 done, 24 to run again",
        changes={("finetune", "again", "epochs 2 → 3"): 24},
        batches={"finetune-5-14": 10, "finetune-15-24": 10, "finetune-25-28": 4},
    ),
}


@pytest.fixture(scope="module")
def finished(new_project):
    project = new_project()
    project.compile("stages.yaml")
    listed = project.listed()
    first = {"pretrain-1-4": 4, "finetune-5-14": 10, "finetune-15-24": 10, "finetune-25-28": 4}
    assert listed.sizes == {f"stages/{batch}": size for batch, size in first.items()}
    assert listed.jobs == {"batch": 4, "code": 1, "data": 2, **ANSWERS}
    project.snakemake()
    assert project.statuses("stages") == {("pretrain", "done"): 4, ("finetune", "done"): 24}
    return project


def test_seeds_nest_and_a_trial_takes_from_its_own_condition_and_seed(finished) -> None:
    lines = finished.lines("stages")[1:]
    above = {(line["condition"]["size"], line["seed"]): line["id"] for line in lines[:4]}
    found = [
        (
            line["stage"],
            line["condition"],
            line["seeds"],
            line["seed"],
            {name: to for name, (to, _) in line["from"].items()},
        )
        for line in lines
    ]
    assert found == [
        *(("pretrain", {"size": size}, {}, seed, {}) for size, seed in product(("one", "two"), range(2))),
        *(
            ("finetune", {"size": size, "lr": lr}, {"pretrain": upper}, seed, {"init": above[size, upper]})
            for size, lr, upper, seed in product(("one", "two"), ("0.1", "0.2"), range(2), range(3))
        ),
    ]
    assert len({line["id"] for line in lines}) == 28


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_only_what_a_change_touches_runs_again(case: Case, finished, copy_of) -> None:
    project = copy_of(finished)
    for old, new in case.edits:
        project.edit("stages.yaml", old, new)
    case.also(project)
    before = project.left()

    (plan,) = project.planned("stages.yaml")
    kinds = ("new", "again", "evaluate", "gone")
    assert case.changes == Counter((entry["stage"], kind, entry["reason"]) for kind in kinds for entry in plan[kind])
    code, said = project.expc("plan", "stages.yaml", "--detailed-exitcode")
    assert (code, said.splitlines()[0]) == (2 if case.changes else 0, f"stages: {case.says}")
    project.compile("stages.yaml")
    listed = project.listed()
    assert listed.sizes == {f"stages/{batch}": size for batch, size in case.batches.items()}
    assert listed.jobs == ({"batch": len(case.batches), **ANSWERS} if case.batches else {})
    if not case.batches:
        return

    project.snakemake()
    trained = {entry["id"] for entry in plan["new"] + plan["again"]}
    after = project.left()
    assert after.attempts == before.attempts | {trial: before.attempts.get(trial, 0) + 2 for trial in trained}
    assert {trial: after.outcomes[trial] for trial in before.outcomes if trial not in trained} == {
        trial: time for trial, time in before.outcomes.items() if trial not in trained
    }
    assert before.evaluations.keys() <= after.evaluations.keys()
    evaluated = {test[0] for test, _ in after.evaluations.items() - before.evaluations.items()}
    assert evaluated == trained, "what trains again is another model, and is evaluated again"
    pretrained, finetuned = case.trials
    assert project.statuses("stages") == {("pretrain", "done"): pretrained, ("finetune", "done"): finetuned}
    assert project.listed().jobs == {}


def test_what_stands_below_a_failure_is_cancelled_and_a_retry_above_is_a_retry_below(new_project) -> None:
    project = new_project()
    (project.folder / "broken").write_text("size 2 seed 1")
    project.compile("stages.yaml")
    project.snakemake()
    ended = {("pretrain", "done"): 3, ("pretrain", "failed"): 1, ("finetune", "done"): 18, ("finetune", "cancelled"): 6}
    assert project.statuses("stages") == ended
    code, said = project.expc("plan", "stages.yaml", "--detailed-exitcode")
    assert (code, said.splitlines()) == (
        0,
        [
            "stages: 28 trials: 21 done, 1 failed, 6 cancelled",
            "  Nothing to do; `expc retry` runs failed trials again.",
        ],
    )
    assert project.listed().jobs == {}

    lines, before = project.lines("stages"), project.left()
    cancelled = {lines[place]["id"] for place in (20, 21, 22, 26, 27, 28)}
    failed = lines[4]["id"]
    assert before.attempts == {line["id"]: 2 for line in lines[1:] if line["id"] not in cancelled}
    assert before.outcomes.keys() == before.attempts.keys() | cancelled

    (project.folder / "broken").unlink()
    status, said = project.expc("retry")
    assert (status, said.splitlines()[0]) == (0, f"{failed}  pretrain  size=two  seed 1: runs again")
    (plan,) = project.planned("stages.yaml")
    assert {entry["id"]: entry["reason"] for entry in plan["again"]} == {
        failed: "it failed, and is tried again",
        **dict.fromkeys(cancelled, "what it takes from is run again"),
    }
    listed = project.listed()
    assert listed.sizes == {"stages/pretrain-4-4": 1, "stages/finetune-20-28": 6}
    assert listed.jobs == {"batch": 2, **ANSWERS}
    project.snakemake()
    after = project.left()
    assert after.attempts == before.attempts | {failed: 4} | dict.fromkeys(cancelled, 2)
    staying = before.outcomes.keys() - cancelled - {failed}
    assert {trial: after.outcomes[trial] for trial in staying} == {trial: before.outcomes[trial] for trial in staying}
    assert project.statuses("stages") == {("pretrain", "done"): 4, ("finetune", "done"): 24}
    assert project.listed().jobs == {}
