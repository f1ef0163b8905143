"""How many examples the runs of a table were tested on, below it."""

import json
from collections import Counter

import pytest

from expc.report.cells import cells
from expc.report.collect import collect
from expc.report.experiment import read_experiment
from expc.report.longform import read_results
from expc.report.predicted import FILE
from expc.report.tables import tables
from expc.report.tested import tested as on_how_many

PREDICTED = {"ref": "right", "split": "test", "name": "right", "rule": "predictions-mean"}


def below(project) -> list[str]:
    collect("demo")
    lines = tables("demo", "main").read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("- ") for line in lines if "tested on" in line or "Test examples" in line]


def prepared(project, examples) -> None:
    for identity, count in examples.items():
        project.write(f"results/data/{identity}/data.json", json.dumps({"examples": {"test": count}}))


def predict(project, trial, count) -> None:
    rows = [{"id": n, "on": None, "prediction": 1, "score": 1} for n in range(count)]
    project.write(f"results/trials/{trial}/{FILE}", "".join(json.dumps(row) + "\n" for row in rows))


@pytest.mark.parametrize(("on", "said"), [("a", "12"), ("b", "9")])
def test_a_table_tells_of_the_data_sets_that_it_shows(project, on, said) -> None:
    names, rule = {"d0": "a", "d1": "b"}, "best-validation.loss"
    trial = project.trial("t", "bag", data="d0", evaluate=[[f"e{d}", name, d, rule] for d, name in names.items()])
    asked = {"main": project.table(at={"on": on})}
    stages = {"train": project.stage(evaluated=True)}
    project.plan([trial], factors={"encoder": ["bag"]}, stages=stages, data=names, tables=asked)
    project.finish("t", [("loss", 1.0, "validation", 1)], evaluations={f"e{d}": {"accuracy": 0.5} for d in names})
    prepared(project, {"d0": 12, "d1": 9})
    assert below(project) == [f"Test examples of each run: {said}."]


def own_predictions(project, **asked):
    trials = [project.trial(f"{e[0]}{n}", e, n) for e in ("bag", "cnn") for n in range(2)]
    stage = project.stage(metrics=[PREDICTED], goals={"right": "maximize"})
    table = project.table(metrics=["right"], **asked)
    project.plan(trials, factors={"encoder": ["bag", "cnn"]}, stages={"train": stage}, tables={"main": table})


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
    own_predictions(project)
    for trial in ("b0", "b1", "c0", "c1"):
        project.finish(trial)
        predict(project, trial, predicted.get(trial, 0))
    assert below(project) == said


def test_of_many_rows_that_were_tested_alike_some_are_named_and_what_was_tested_on_most_stands_first(project) -> None:
    names = [f"e{number:02}" for number in range(12)]
    stage = project.stage(metrics=[PREDICTED], goals={"right": "maximize"})
    trials = [project.trial(name, name) for name in names]
    asked = {"main": project.table(metrics=["right"])}
    project.plan(trials, factors={"encoder": names}, stages={"train": stage}, tables=asked)
    for number, name in enumerate(names):
        project.finish(name)
        predict(project, name, 7 if number == 0 else 9 if number < 10 else 8)
    eight, nine = "e10 and e11", "e01, e02, e03, e04, e05, e06, e07, e08 and 1 more"
    before = "Not all were tested on the same examples, so that they don't compare: "
    assert below(project) == [f"{before}9 for {nine}; 8 for {eight}; 7 for e00."]


@pytest.mark.parametrize(
    ("predicted", "said"), [({None: 3, "x": 2}, "3 (a) and 2 (x)"), ({"x": 2}, "2 (x)"), ({None: 3}, "3")]
)
def test_predictions_are_counted_for_each_data_set_and_only_below_metrics_that_are_tested(
    project, predicted, said
) -> None:
    validation = {"ref": "validation.loss", "split": "validation", "name": "loss", "rule": "last"}
    stage = project.stage(metrics=[PREDICTED, validation], goals={"right": "maximize"})
    asked = {
        "main": project.table(metrics=["right"], columns=["on"]),
        "other": project.table(metrics=["validation.loss"]),
    }
    trial = project.trial("t", "bag", data="d0")
    plan = {"stages": {"train": stage}, "data": {"d0": "a"}, "tables": asked}
    project.plan([trial], factors={"encoder": ["bag"]}, **plan)
    project.finish("t", [("loss", 1.0, "validation")])
    rows = [{"id": n, "on": on, "prediction": 1, "score": 1} for on, count in predicted.items() for n in range(count)]
    project.write(f"results/trials/t/{FILE}", "".join(json.dumps(row) + "\n" for row in rows))
    assert below(project) == [f"Test examples of each run: {said}."]
    assert "xamples" not in tables("demo", "other").read_text(encoding="utf-8")


@pytest.mark.parametrize("status", ["failed", "cancelled", None])
def test_a_trial_that_is_not_done_says_nothing_with_the_predictions_that_it_left(project, status) -> None:
    own_predictions(project)
    for trial in ("b0", "b1", "c0"):
        project.finish(trial)
        predict(project, trial, 500)
    if status:
        project.finish("c1", status=status, cause="time: too long")
    predict(project, "c1", 120)
    assert below(project) == ["Test examples of each run: 500."]


def test_a_run_that_lacks_an_averaged_level_says_nothing_since_it_does_not_count(project) -> None:
    own_predictions(project, rows=[], average=["encoder"])
    for trial, count in {"b0": 500, "c0": 500, "b1": 120}.items():
        project.finish(trial)
        predict(project, trial, count)
    assert below(project) == ["Test examples of each run: 500."]


def read_for(opened) -> Counter[str]:
    """The files that are read for the sentence, and the sentence is there."""
    experiment = read_experiment("demo")
    table = experiment.tables["main"]
    found = cells(table, read_results(experiment), experiment)
    opened.clear()
    assert list(on_how_many(table, found, experiment)) == ["Test examples of each run: 3."]
    return Counter(opened)


def test_the_prepared_data_are_read_once_for_all_trials_and_metrics(project, opened) -> None:
    metrics = [{"ref": ref, "split": "test", "name": ref, "rule": "last"} for ref in ("accuracy", "loss")]
    trials = [project.trial(f"t{n}", "bag", n, data="d", evaluate=[[f"e{n}", "wine", "d", "last"]]) for n in range(8)]
    stages = {"train": project.stage(evaluated=True, metrics=metrics)}
    asked = {"main": project.table(metrics=["accuracy", "loss"])}
    project.plan(trials, factors={"encoder": ["bag"]}, stages=stages, data={"d": "wine"}, tables=asked)
    for n in range(8):
        project.finish(f"t{n}", evaluations={f"e{n}": {"accuracy": 0.5, "loss": 1.0}})
    prepared(project, {"d": 3})
    collect("demo")
    assert read_for(opened) == {"data.json": 1, read_experiment("demo").plan.name: 1}


def test_the_predictions_of_a_trial_are_read_once_for_all_metrics(project, opened) -> None:
    metrics = [{**PREDICTED, "ref": ref, "rule": f"predictions-{ref}"} for ref in ("mean", "count")]
    trials = [project.trial(f"t{n}", "bag", n) for n in range(8)]
    stages = {"train": project.stage(metrics=metrics, goals={})}
    asked = {"main": project.table(metrics=["mean", "count"])}
    project.plan(trials, factors={"encoder": ["bag"]}, stages=stages, tables=asked)
    for n in range(8):
        project.finish(f"t{n}")
        predict(project, f"t{n}", 3)
    collect("demo")
    assert read_for(opened) == {FILE: 8, read_experiment("demo").plan.name: 1}


def test_the_plan_is_not_read_where_nothing_can_say_on_how_many(project, opened) -> None:
    project.plan([project.trial("t", "bag")], factors={"encoder": ["bag"]}, tables={"main": project.table()})
    project.finish("t", [("accuracy", 0.5)])
    collect("demo")
    experiment = read_experiment("demo")
    found = cells(experiment.tables["main"], read_results(experiment), experiment)
    opened.clear()
    assert list(on_how_many(experiment.tables["main"], found, experiment)) == []
    assert opened == []


def test_of_what_a_program_measured_by_itself_nobody_knows_on_how_many(project) -> None:
    trials = [project.trial(f"t{n}", "bag", n) for n in range(2)]
    project.plan(trials, factors={"encoder": ["bag"]}, tables={"main": project.table()})
    for trial in trials:
        project.finish(trial["id"], [("accuracy", 0.5)])
    assert below(project) == []
