"""How many examples the runs of a table were tested on, below it."""

import json

import pytest

from expc.report.collect import collect
from expc.report.tables import tables

PREDICTED = {"ref": "right", "split": "test", "name": "right", "rule": "predictions-mean"}


def below(project) -> list[str]:
    collect("demo")
    lines = tables("demo", "main").read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("- ") for line in lines if "tested on" in line or "Test examples" in line]


def prepared(project, examples) -> None:
    for identity, count in examples.items():
        project.write(f"results/data/{identity}/data.json", json.dumps({"examples": {"test": count}}))


@pytest.mark.parametrize(
    ("names", "examples", "said"),
    [
        ({"d0": "sst2", "d1": "sst2"}, {"d0": 1821, "d1": 1821}, ["Test examples of each run: 1,821."]),
        ({"d0": "wine", "d1": "wine"}, {"d0": 17, "d1": 18}, ["Test examples of each run: 17 to 18."]),
        ({"d0": "tiny", "d1": "tiny"}, {"d0": 1, "d1": 1}, ["Test examples of each run: 1."]),
        ({"d0": "a", "d1": "b"}, {"d0": 12, "d1": 9}, ["Test examples of each run: 12 (a) and 9 (b)."]),
        ({"d0": "a", "d1": "b"}, {"d0": 9, "d1": 9}, ["Test examples of each run: 9 (a, b)."]),
        ({"d0": "a", "d1": "b"}, {"d0": 12}, ["Test examples of each run: 12 (a)."]),
        ({"d0": "a", "d1": "b"}, {}, []),
    ],
)
def test_prepared_data_say_on_how_many_examples_checkpoints_are_tested(project, names, examples, said) -> None:
    trials = [
        project.trial(
            f"{e}{n}", e, n, data=f"d{n}", evaluate=[[f"e{e}{n}", names[f"d{n}"], f"d{n}", "best-validation.loss"]]
        )
        for e in ("bag", "cnn")
        for n in range(2)
    ]
    stage = project.stage(evaluated=True)
    asked = {"main": project.table(rows=["encoder", "on"])}
    project.plan(trials, factors={"encoder": ["bag", "cnn"]}, stages={"train": stage}, data=names, tables=asked)
    for trial in trials:
        ((evaluation, *_),) = trial["evaluate"]
        project.finish(trial["id"], [("loss", 1.0, "validation", 1)], evaluations={evaluation: {"accuracy": 0.5}})
    prepared(project, examples)
    assert below(project) == said


@pytest.mark.parametrize(
    ("predicted", "said"),
    [
        ({"b0": 3, "b1": 3, "c0": 3, "c1": 3}, ["Test examples of each run: 3."]),
        (
            {"b0": 3, "b1": 3, "c0": 3, "c1": 2},
            ["Not all were tested on the same examples, so that they don't compare: 3 for bag; 2 to 3 for cnn."],
        ),
        (
            {"b0": 1200, "b1": 1200, "c0": 1000, "c1": 1000},
            ["Not all were tested on the same examples, so that they don't compare: 1,200 for bag; 1,000 for cnn."],
        ),
        ({"b0": 2, "c0": 2, "c1": 2}, ["Test examples of each run: 2."]),
        ({}, []),
    ],
)
def test_predictions_say_on_how_many_examples_they_are_computed(project, predicted, said) -> None:
    trials = [project.trial(f"{e[0]}{n}", e, n) for e in ("bag", "cnn") for n in range(2)]
    stage = project.stage(metrics=[PREDICTED], goals={"right": "maximize"})
    asked = {"main": project.table(metrics=["right"])}
    project.plan(trials, factors={"encoder": ["bag", "cnn"]}, stages={"train": stage}, tables=asked)
    for trial in trials:
        project.finish(trial["id"])
        rows = [{"id": n, "on": None, "prediction": 1, "score": 1} for n in range(predicted.get(trial["id"], 0))]
        project.write(
            f"results/trials/{trial['id']}/predictions.jsonl", "".join(json.dumps(row) + "\n" for row in rows)
        )
    assert below(project) == said


def test_of_what_a_program_measured_by_itself_nobody_knows_on_how_many(project) -> None:
    trials = [project.trial(f"t{n}", "bag", n) for n in range(2)]
    project.plan(trials, factors={"encoder": ["bag"]}, tables={"main": project.table()})
    for trial in trials:
        project.finish(trial["id"], [("accuracy", 0.5)])
    assert below(project) == []
