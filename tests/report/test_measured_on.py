"""What own programs measure on further data sets in, columns of tables out."""

import json

import pytest

from expc.report.collect import collect
from expc.report.tables import tables

EXACT = {"ref": "exact", "split": "test", "name": "exact", "rule": "predictions-mean"}


def prediction(score, on=None):
    return json.dumps({"id": "a", "on": on, "prediction": 1, "score": score}) + "\n"


@pytest.fixture
def measured(project):
    """Two conditions with two seeds, measured on their own data and on two others; but one failed, one lacks a set."""
    metrics = [project.stage()["metrics"][0], EXACT]
    stage = project.stage(metrics=metrics, goals={"accuracy": "maximize", "exact": "maximize", "loss": "minimize"})
    views = {"main": project.table(), "exact": project.table(metrics=["exact"])}
    views |= {f"{name}-on": {**view, "columns": ["on"]} for name, view in views.items()}
    project.plan(
        [project.trial(f"t{n}", encoder, n % 2) for n, encoder in enumerate(["bag", "bag", "cnn", "cnn"])],
        factors={"encoder": ["bag", "cnn"]},
        stages={"train": stage},
        tables=views,
    )
    return project


def lines(project, table):
    """The rows of a table's CSV without its last column, which has the trials."""
    tables("demo", table)
    return [line.rpartition(",")[0] for line in project.read(f"results/demo/tables/{table}.csv").splitlines()[1:]]


def finish(project, own):
    """`own` is whether the trials measure on their own data, too."""
    for n, others in enumerate([["a", "b"], ["a", "b"], ["a"], []]):
        rows = [("accuracy", n / 4, "test", None)] * own
        rows += [("accuracy", n / 8, "test", None, on) for on in others]
        if n == 3:
            project.finish("t3", rows, status="failed", cause="code: no")
            continue
        project.finish(f"t{n}", rows)
        texts = [prediction(n / 4)] * own + [prediction(n / 8, on) for on in others]
        project.write(f"results/trials/t{n}/predictions.jsonl", "".join(texts))
    collect("demo")


@pytest.mark.parametrize(("table", "metric"), [("main", "accuracy"), ("exact", "exact")])
def test_every_data_set_that_a_trial_was_measured_on_counts_every_trial(measured, table, metric):
    finish(measured, own=True)
    assert lines(measured, f"{table}-on") == [
        f"bag,,{metric},0.125,0.1767766952966369,2,2,true,0.0 0.25",
        f"bag,a,{metric},0.0625,0.08838834764831845,2,2,true,0.0 0.125",
        f"bag,b,{metric},0.0625,0.08838834764831845,2,2,false,0.0 0.125",
        f"cnn,,{metric},0.5,,1,2,false,0.5",
        f"cnn,a,{metric},0.25,,1,2,false,0.25",
        f"cnn,b,{metric},,,0,2,false,",
    ]
    page = measured.read(f"results/demo/tables/{table}-on.md")
    assert "| encoder |        own data |               a |" in page
    lacks = "no accuracy (it wrote: test.accuracy, test.accuracy on a)" if table == "main" else "exact: it wrote no"
    assert lacks in page
    assert "1 of 4 trials failed: code: no" in page


def test_without_on_a_table_is_of_the_trials_own_data(measured):
    finish(measured, own=True)
    assert lines(measured, "main") == [
        "bag,accuracy,0.125,0.1767766952966369,2,2,true,0.0 0.25",
        "cnn,accuracy,0.5,,1,2,false,0.5",
    ]


def test_what_is_never_measured_on_its_own_data_has_no_column_for_them(measured):
    finish(measured, own=False)
    assert [line.split(",")[:3] for line in lines(measured, "main-on")] == [
        [encoder, on, "accuracy"] for encoder in ("bag", "cnn") for on in ("a", "b")
    ]
    assert lines(measured, "main") == ["bag,accuracy,,,0,2,false,", "cnn,accuracy,,,0,2,false,"]
    page = measured.read("results/demo/tables/main.md")
    assert "2 of 4 trials are done and have no accuracy (they wrote: test.accuracy on a, test.accuracy on b)" in page
