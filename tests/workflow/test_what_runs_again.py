"""A finished experiment of 200 trials and a change in, what runs again out. The numbers were written beforehand."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

pytestmark = pytest.mark.slow

Edit = tuple[str, str, str]
ANSWERS = {"collect": 1, "table": 1}
NOTHING: dict[str, int] = {}
ONE = {"learner": "words", "lr": "0.3", "dataset": "large", "size": "two", "seed": 1}
"""The trial in line 57: ((0 × 5 + 2) × 2 + 1) × 2 + 1 = 11 conditions of 5 seeds before its own, and then seed 1."""


def tens(step: str, firsts: Iterable[int], *, span: int = 9) -> dict[str, int]:
    """Batches of ten trials, which begin at these lines and end `span` lines further down."""
    return {f"toy/{step}-{first}-{first + span}": 10 for first in firsts}


def reversed_keys(folder: Path) -> None:
    """The spec as JSON, which is YAML too, its keys in the opposite order; factors and levels stay where they were."""
    spec = YAML(typ="safe", pure=True).load(folder / "spec.yaml")
    spec["data"] = dict(reversed(spec["data"].items()))
    (folder / "spec.yaml").write_text(json.dumps(dict(reversed(spec.items())), indent=1))


def outcome_of_one(folder: Path) -> Path:
    plan = next((folder / "workflow" / "plans").glob("toy.*.jsonl"))
    trial = json.loads(plan.read_text().splitlines()[57])["id"]
    return folder / "results" / "trials" / trial / "outcome.json"


def truncate(folder: Path, *, keep: float) -> None:
    path = outcome_of_one(folder)
    os.truncate(path, int(path.stat().st_size * keep))


@dataclass(frozen=True)
class Case:
    """What is changed, and what that must come to. A trial takes the change up if it fits `which`."""

    edits: tuple[Edit, ...] = ()
    also: Callable[[Path], object] = lambda folder: None
    kept: bool = True
    """Whether the finished experiment kept its checkpoints."""
    says: str = "200 trials: 200 done"
    row: str = "Nothing to do."
    """What stands below that, first; the reason follows in brackets."""
    new: int = 0
    again: int = 0
    evaluate: int = 0
    gone: int = 0
    which: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    batches: Mapping[str, int] = field(default_factory=dict)
    jobs: Mapping[str, int] = field(default_factory=dict)
    """How many of each rule, beside the batches."""
    trials: int = 200
    rows: int = 400
    """Of results.csv: a loss and an accuracy of each trial."""


CASES = {
    "a level more of the first factor": Case(
        edits=(("spec.yaml", "learner: [words, mine]", "learner: [words, mine, letters]"),),
        says="300 trials: 200 done, 100 new",
        row="+ train  learner=letters lr=0.1 dataset=small size=one  seeds 0,1,2,3,4",
        new=100,
        which={"learner": "letters"},
        batches=tens("train", range(201, 300, 10)),
        jobs={"code": 1, **ANSWERS},
        trials=300,
        rows=600,
    ),
    # 24 conditions of each learner now, and the new lr's are its last four: lines 101-120 and 221-240.
    "a level more of the second factor": Case(
        edits=(("spec.yaml", "0.4, 0.5]", "0.4, 0.5, 0.6]"),),
        says="240 trials: 200 done, 40 new",
        row="+ train  learner=words lr=0.6 dataset=small size=one  seeds 0,1,2,3,4",
        new=40,
        which={"lr": "0.6"},
        batches=tens("train", (101, 111, 221, 231)),
        jobs=ANSWERS,
        trials=240,
        rows=480,
    ),
    # The first 10 lines of every 30.
    "a level more of the third factor, before the others": Case(
        edits=(("spec.yaml", "dataset: [small, large]", "dataset: [third, small, large]"),),
        says="300 trials: 200 done, 100 new",
        row="+ train  learner=words lr=0.1 dataset=third size=one  seeds 0,1,2,3,4",
        new=100,
        which={"dataset": "third"},
        batches=tens("train", range(1, 300, 30)),
        jobs={"data": 1, **ANSWERS},
        trials=300,
        rows=600,
    ),
    # The lines 6 to 10 of every 15; a batch has those of two, with done trials between them.
    "a level more of the last factor, between the others": Case(
        edits=(("spec.yaml", "{one: 1, two: 2}", "{one: 1, three: 3, two: 2}"),),
        says="300 trials: 200 done, 100 new",
        row="+ train  learner=words lr=0.1 dataset=small size=three  seeds 0,1,2,3,4",
        new=100,
        which={"size": "three"},
        batches=tens("train", range(6, 300, 30), span=19),
        jobs=ANSWERS,
        trials=300,
        rows=600,
    ),
    # Every sixth line.
    "a seed more": Case(
        edits=(("spec.yaml", "seeds: 5", "seeds: 6"),),
        says="240 trials: 200 done, 40 new",
        row="+ train  learner=words lr=0.1 dataset=small size=one  seed 5",
        new=40,
        which={"seed": 5},
        batches=tens("train", range(6, 240, 60), span=54),
        jobs=ANSWERS,
        trials=240,
        rows=480,
    ),
    "a level less": Case(
        edits=(("spec.yaml", "0.2, 0.3, 0.4", "0.2, 0.4"),),
        says="160 trials: 160 done",
        row="- train  learner=words lr=0.3 dataset=small size=one  seeds 0,1,2,3,4",
        gone=40,
        which={"lr": "0.3"},
        jobs=ANSWERS,
        trials=160,
        rows=320,
    ),
    "a method's code": Case(
        edits=(("mine.py", "max(", "min("),),
        says="200 trials: 100 done, 100 to run again",
        row="~ train  learner=mine lr=0.1 dataset=small size=one  seeds 0,1,2,3,4",
        again=100,
        which={"learner": "mine"},
        reason="learner.py changed",
        batches=tens("train", range(101, 200, 10)),
        jobs={"code": 1, **ANSWERS},
    ),
    "a comment of a method's code": Case(edits=(("mine.py", "How long is", "What is the length of"),)),
    # As many bytes as before, and only the first 10 lines of every 20 learn from it.
    "one line of a data file": Case(
        edits=(("data/small.tsv", "text 3 says no", "text 3 said no"),),
        says="200 trials: 100 done, 100 to run again",
        row="~ train  learner=words lr=0.1 dataset=small size=one  seeds 0,1,2,3,4",
        again=100,
        which={"dataset": "small"},
        reason="data small changed",
        batches=tens("train", range(1, 200, 20)),
        jobs={"data": 1, **ANSWERS},
    ),
    "a data set to evaluate on": Case(
        edits=(("spec.yaml", "baseline:", "evaluate: {on: [other]}\nbaseline:"),),
        says="200 trials: 200 done, 200 to evaluate",
        row="e train  learner=words lr=0.1 dataset=small size=one  seeds 0,1,2,3,4",
        evaluate=200,
        reason="on other",
        batches=tens("evaluate", range(1, 200, 10)),
        jobs={"data": 1, **ANSWERS},
        rows=600,
    ),
    "a data set to evaluate on, which half of the trials learned from": Case(
        edits=(("spec.yaml", "baseline:", "evaluate: {on: [large]}\nbaseline:"),),
        says="200 trials: 200 done, 100 to evaluate",
        row="e train  learner=words lr=0.1 dataset=small size=one  seeds 0,1,2,3,4",
        evaluate=100,
        which={"dataset": "small"},
        reason="on large",
        batches=tens("evaluate", range(1, 200, 20)),
        jobs=ANSWERS,
        rows=500,
    ),
    "a data set to evaluate on, but no checkpoint was kept": Case(
        kept=False,
        edits=(("spec.yaml", "baseline:", "evaluate: {on: [other]}\nbaseline:"),),
        says="200 trials: 0 done, 200 to run again",
        row="~ train  learner=words lr=0.1 dataset=small size=one  seeds 0,1,2,3,4",
        again=200,
        reason="a checkpoint that is needed was not kept",
        batches=tens("train", range(1, 200, 10)),
        jobs={"data": 1, **ANSWERS},
        rows=600,
    ),
    # Of two zipped factors of two levels each, half of the crossed conditions is left.
    "two factors are zipped": Case(
        edits=(("spec.yaml", "params: {epochs: 2}", "params: {epochs: 2}\nzip: [[dataset, size]]"),),
        says="100 trials: 100 done",
        row="- train  learner=words lr=0.1 dataset=small size=two  seeds 0,1,2,3,4",
        gone=100,
        jobs=ANSWERS,
        trials=100,
        rows=200,
    ),
    # What it takes nothing from is what there was. Five lines of every ten; a batch has those of two conditions.
    "an ablation": Case(
        edits=(
            ("spec.yaml", "params: {epochs: 2}", "params: {epochs: 2}\nablation: {short: {epochs: 1}}"),
            ("spec.yaml", "rows: [learner, lr]", "rows: [learner, lr, ablation]"),
        ),
        says="400 trials: 200 done, 200 new",
        row="+ train  learner=words lr=0.1 dataset=small size=one ablation=short  seeds 0,1,2,3,4",
        new=200,
        which={"ablation": "short"},
        batches=tens("train", range(6, 400, 20), span=14),
        jobs=ANSWERS,
        trials=400,
        rows=800,
    ),
    # A seed more of each of the 40 conditions stands at the end.
    "a seed more, and seeds last": Case(
        edits=(("spec.yaml", "seeds: 5", "seeds: 6\norder: seeds-last"),),
        says="240 trials: 200 done, 40 new",
        row="+ train  learner=words lr=0.1 dataset=small size=one  seed 5",
        new=40,
        which={"seed": 5},
        batches=tens("train", range(201, 240, 10)),
        jobs=ANSWERS,
        trials=240,
        rows=480,
    ),
    "seeds last": Case(edits=(("spec.yaml", "seeds: 5", "seeds: 5\norder: seeds-last"),), jobs=ANSWERS),
    "parameters, into a file that is imported": Case(
        edits=(("spec.yaml", "params: {epochs: 2}\n", "import: [common.yaml]\n"),),
        also=lambda folder: (folder / "common.yaml").write_text("params: {epochs: 2}\n", encoding="utf-8"),
    ),
    "a formula that comes to the same": Case(
        edits=(("spec.yaml", "params: {epochs: 2}\n", "derive: {epochs: 4 / 2}\n"),),
    ),
    # The lines 6 to 10 of every 10; a batch has those of two.
    "a formula that comes to another value in half of the conditions": Case(
        edits=(("spec.yaml", "params: {epochs: 2}\n", "derive: {epochs: 'if(size > 1, 3, 2)'}\n"),),
        says="200 trials: 100 done, 100 to run again",
        row="~ train  learner=words lr=0.1 dataset=small size=two  seeds 0,1,2,3,4",
        again=100,
        which={"size": "two"},
        reason="epochs 2 → 3",
        batches=tens("train", range(6, 200, 20), span=14),
        jobs=ANSWERS,
    ),
    "the question": Case(edits=(("spec.yaml", "Do words", "Do English words"),)),
    "the order of keys": Case(also=reversed_keys),
    "how many trials a job carries": Case(edits=(("spec.yaml", "trials_per_job: 10", "trials_per_job: 7"),)),
    "the order of factors": Case(
        edits=(
            ("spec.yaml", "  size: {one: 1, two: 2}\n", ""),
            ("spec.yaml", "  learner: [", "  size: {one: 1, two: 2}\n  learner: ["),
        ),
        jobs=ANSWERS,
    ),
    "a level's name": Case(edits=(("spec.yaml", "{one: 1,", "{uno: 1,"),), jobs=ANSWERS),
    "the names of a method and of a data set": Case(
        edits=(
            ("spec.yaml", "learner: [words, mine]", "learner: [words, longest]"),
            ("spec.yaml", "methods: {mine:", "methods: {longest:"),
            ("spec.yaml", "dataset: [small, large]", "dataset: [little, large]"),
            ("spec.yaml", "  small: {", "  little: {"),
        ),
        jobs=ANSWERS,
    ),
    "the memory": Case(
        edits=(("spec.yaml", "{trials_per_job: 10}", "{memory: 1GB, trials_per_job: 10}"),), jobs=ANSWERS
    ),
    "a table": Case(edits=(("spec.yaml", "metric: accuracy}", "metric: validation.loss}"),), jobs={"table": 1}),
    "one outcome, deleted": Case(
        also=lambda folder: outcome_of_one(folder).unlink(),
        says="200 trials: 199 done, 1 to run again",
        row="~ train  learner=words lr=0.3 dataset=large size=two  seed 1",
        again=1,
        which=ONE,
        reason="its outcome is gone",
        batches={"toy/train-57-57": 1},
        jobs=ANSWERS,
    ),
    "one outcome, truncated": Case(
        also=lambda folder: truncate(folder, keep=0.5),
        says="200 trials: 199 done, 1 to run again",
        row="~ train  learner=words lr=0.3 dataset=large size=two  seed 1",
        again=1,
        which=ONE,
        reason="its outcome is not whole",
        batches={"toy/train-57-57": 1},
        jobs=ANSWERS,
    ),
    "one outcome, emptied": Case(
        also=lambda folder: truncate(folder, keep=0),
        says="200 trials: 199 done, 1 to run again",
        row="~ train  learner=words lr=0.3 dataset=large size=two  seed 1",
        again=1,
        which=ONE,
        reason="its outcome is not whole",
        batches={"toy/train-57-57": 1},
        jobs=ANSWERS,
    ),
}


@pytest.fixture(scope="module")
def finished(new_project):
    """200 trials, done."""
    project = new_project()
    compiled_and_run(project)
    return project


@pytest.fixture(scope="module")
def forgetful(new_project):
    """The same, without checkpoints."""
    project = new_project()
    project.edit("spec.yaml", "seeds: 5", "seeds: 5\nkeep: {checkpoint: none}")
    compiled_and_run(project)
    return project


def compiled_and_run(project) -> None:
    project.compile("spec.yaml")
    project.snakemake()
    assert project.statuses("toy") == {("train", "done"): 200}
    left = project.left()
    assert set(left.attempts.values()) == {2}, "a row for the start of the only attempt, one for its end"
    assert (len(left.attempts), len(left.outcomes), len(left.evaluations)) == (200, 200, 200)


def fits(entry: Mapping[str, Any], which: Mapping[str, Any]) -> bool:
    said = {**entry["condition"], "seed": entry["seed"]}
    return all(said[name] == value for name, value in which.items())


def measured(rows: Iterable[Mapping[str, str]], trials: Iterable[str]) -> set[tuple[str, str, str]]:
    """The values of some trials, whatever their levels are called."""
    wanted = set(trials)
    return {(row["trial"], row["metric"], row["value"]) for row in rows if row["trial"] in wanted}


def others(times: Mapping[str, int], trials: set[str]) -> dict[str, int]:
    return {trial: time for trial, time in times.items() if trial not in trials}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_only_what_a_change_touches_runs_again(case: Case, copy_of, request: pytest.FixtureRequest) -> None:
    project = copy_of(request.getfixturevalue("finished" if case.kept else "forgetful"))
    for edit in case.edits:
        project.edit(*edit)
    case.also(project.folder)
    before, rows_before = project.left(), project.results("toy")

    (plan,) = project.planned("spec.yaml")
    kinds = ("new", "again", "evaluate", "gone")
    assert {kind: len(plan[kind]) for kind in kinds} == {kind: getattr(case, kind) for kind in kinds}
    changed = [entry for kind in kinds for entry in plan[kind]]
    assert all(fits(entry, case.which) for entry in changed)
    assert {entry["reason"] for entry in changed} == ({case.reason} if changed else set())
    assert plan["cost"]["trials"] == case.new + case.again
    code, said = project.expc("plan", "spec.yaml", "--detailed-exitcode")
    why = f"  ({case.reason})" if case.reason else ""
    assert (code, said.splitlines()[:2]) == (2 if changed else 0, [f"toy: {case.says}", f"  {case.row}{why}"])

    project.compile("spec.yaml")
    assert project.left() == before, "planning and compiling touch no trial"
    listed = project.listed()
    assert listed.sizes == case.batches
    assert listed.jobs == ({"batch": len(case.batches)} if case.batches else {}) | case.jobs
    if not case.jobs:
        return

    project.snakemake()
    trained = {entry["id"] for entry in plan["new"] + plan["again"]}
    after, rows = project.left(), project.results("toy")
    assert after.attempts == before.attempts | {trial: before.attempts.get(trial, 0) + 2 for trial in trained}
    assert others(after.outcomes, trained) == others(before.outcomes, trained)
    assert before.evaluations.keys() <= after.evaluations.keys()
    # What trains again is another model: all of its evaluations are made again, those that were there too.
    old = {test: time for test, time in before.evaluations.items() if test[0] not in trained}
    assert old.items() <= after.evaluations.items()
    evaluated = {test[0] for test, _ in after.evaluations.items() - before.evaluations.items()}
    assert evaluated == trained | {entry["id"] for entry in plan["evaluate"]}
    assert project.statuses("toy") == {("train", "done"): case.trials}
    assert (len(rows), sum(row["value"] == "" for row in rows)) == (case.rows, 0)
    both = {row["trial"] for row in rows} & {row["trial"] for row in rows_before}
    assert measured(rows_before, both) <= measured(rows, both)
    assert project.listed().jobs == NOTHING
    code, said = project.expc("plan", "spec.yaml", "--detailed-exitcode")
    assert (code, said.splitlines()) == (0, [f"toy: {case.trials} trials: {case.trials} done", "  Nothing to do."])


def test_a_second_spec_runs_only_the_conditions_that_no_other_has_run(finished, copy_of) -> None:
    project = copy_of(finished)
    before, table = project.left(), (project.folder / "results/toy/tables/main.md").stat().st_mtime_ns
    specs = ("spec.yaml", "second.yaml")
    first, second = project.planned(*specs)
    assert [len(first[kind]) for kind in ("new", "again", "evaluate", "gone")] == [0, 0, 0, 0]
    assert [len(second[kind]) for kind in ("new", "again", "evaluate", "gone")] == [100, 0, 0, 0]
    assert {entry["condition"]["learner"] for entry in second["new"]} == {"letters"}
    code, said = project.expc("plan", *specs, "--detailed-exitcode")
    firsts = [part.splitlines()[0].partition(" Cost:")[0] for part in said.split("\n\n")]
    assert (code, firsts) == (
        2,
        [
            "toy: 200 trials: 200 done",
            "second: 200 trials: 100 done, 100 new, 100 shared with toy",
            "In all, each once: 300 trials.",
        ],
    )

    project.compile(*specs)
    listed = project.listed()
    assert listed.sizes == {f"second/train-{first}-{first + 9}": 10 for first in range(101, 200, 10)}
    assert listed.jobs == {"batch": 10, "code": 1, **ANSWERS}
    assert listed.batches["second/train-101-110"] == (
        "10 trials: learner=letters lr=0.1 dataset=little size=uno seed 0-4;"
        " learner=letters lr=0.1 dataset=little size=two seed 0-4"
    )
    project.snakemake()
    after = project.left()
    assert after.attempts == before.attempts | {entry["id"]: 2 for entry in second["new"]}
    assert before.outcomes.items() <= after.outcomes.items()
    assert before.evaluations.items() <= after.evaluations.items()
    assert project.statuses("second") == {("train", "done"): 200}
    assert {row["factor.size"] for row in project.results("second")} == {"uno", "two"}
    assert (project.folder / "results/toy/tables/main.md").stat().st_mtime_ns == table
    assert project.listed().jobs == NOTHING

    lost = outcome_of_one(project.folder)
    lost.unlink()
    listed = project.listed()
    assert listed.sizes == {"toy/train-57-57": 1, "second/train-57-57": 1}
    assert listed.jobs == {"batch": 2, "collect": 2, "table": 2}
    project.snakemake()
    assert project.left().attempts == after.attempts | {lost.parent.name: 4}, "whoever comes second finds it done"
    assert project.listed().jobs == NOTHING


def test_specs_that_share_trials_but_measure_them_on_other_data_train_them_once(new_project) -> None:
    project = new_project()
    spec = YAML(typ="safe", pure=True).load(project.folder / "spec.yaml")
    spec |= {"factors": {"learner": ["words", "letters"], "lr": [0.1, 0.2]}, "seeds": 2}
    spec |= {"params": {"dataset": "small", "size": 1, "epochs": 2}, "tables": {"main": {"rows": ["learner", "lr"]}}}
    del spec["methods"]
    for name, on, metrics in (("one", "other", ["accuracy"]), ("two", "third", ["accuracy", "validation.loss"])):
        asked = {"name": name, "evaluate": {"on": [on]}, "keep": {"checkpoint": "none"}, "metrics": metrics}
        (project.folder / f"{name}.json").write_text(json.dumps(spec | asked))
    project.compile("one.json", "two.json")
    project.snakemake()
    left = project.left()
    assert set(left.attempts.values()) == {2}, "a row for the start of the only attempt, one for its end"
    assert (len(left.attempts), len(left.evaluations)) == (8, 24), "each on small, other and third"
    assert not list(project.folder.glob("results/trials/*/checkpoints/*")), "nobody needs them any more"
    for name, rows in (("one", 16), ("two", 24)):
        found = project.results(name)
        assert (len(found), [row for row in found if row["value"] == ""]) == (rows, [])
    assert project.listed().jobs == NOTHING
