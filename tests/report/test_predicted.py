"""Metrics that are computed from predictions when results are collected, and why one can't be."""

import json

import pytest

from expc.report.collect import collect
from expc.report.predicted import computed
from expc.report.tables import tables

ROWS = [
    {"id": "a", "on": None, "prediction": "B", "score": 1, "label": "B"},
    {"id": "b", "on": None, "prediction": 2, "score": 0.5, "label": 2.0},
    {"id": "c", "on": None, "prediction": None, "score": 0, "label": "A"},
    {"id": "d", "on": None, "prediction": True, "score": 0, "label": 1},
    {"id": "a", "on": "other", "prediction": "B", "score": 0, "label": "A"},
]


PAIRS = ("aa", "aa", "ab", "ba", "bb")
CLASSES = [{"id": n, "prediction": guess, "label": label} for n, (guess, label) in enumerate(PAIRS)]
NUMBERS = [{"id": 0, "prediction": 1, "label": 0}, {"id": 1, "prediction": 0.5, "label": 2.5}]


def text(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def without(key):
    return [{name: value for name, value in row.items() if name != key} for row in ROWS]


@pytest.mark.parametrize(
    ("rows", "what", "expected"),
    [
        (ROWS, "mean", (0.375, "")),
        (ROWS, "f1_macro", ((1 + 1 + 0 + 0 + 0) / 5, "")),
        (ROWS, "balanced_accuracy", (0.5, "")),
        (ROWS, "rmse", (None, "3 of 4 predictions, or their labels, are no numbers")),
        (CLASSES, "accuracy", (0.6, "")),
        (CLASSES, "f1_macro", ((2 * 2 / (3 + 3) + 2 * 1 / (2 + 2)) / 2, "")),
        (CLASSES, "balanced_accuracy", ((2 / 3 + 1 / 2) / 2, "")),
        (NUMBERS, "mae", (1.5, "")),
        (NUMBERS, "rmse", (2.5**0.5, "")),
        ([{"id": 0, "prediction": 1e300, "label": -1e300}], "rmse", (None, "it was not finite")),
        (without("label"), "f1_macro", (None, "4 of 4 predictions have no label to be compared with")),
        (ROWS, "accuracy", (0.5, "")),
        (ROWS, "count", (4, "")),
        ([], "count", (0, "")),
        ([], "mean", (None, "it wrote no predictions")),
        (ROWS[4:], "accuracy", (None, "it wrote no predictions")),
        ([*ROWS[:3], {**ROWS[3], "score": None}], "mean", (None, "1 of 4 predictions have no score")),
        (without("label"), "accuracy", (None, "4 of 4 predictions have no label to be compared with")),
    ],
)
def test_a_metric_is_computed_from_the_predictions_on_the_trials_own_data(rows, what, expected):
    assert computed(text(rows), what) == expected


EXACT = {"ref": "exact", "split": "test", "name": "exact", "rule": "predictions-mean"}
AGREES = {"ref": "agrees", "split": "test", "name": "agrees", "rule": "predictions-accuracy"}


def test_a_table_shows_what_was_computed_and_says_what_could_not_be(project):
    metrics = [project.stage()["metrics"][0], EXACT, AGREES]
    goals = {"accuracy": "maximize", "exact": "maximize", "agrees": "maximize"}
    table = project.table(metrics=["accuracy", "exact", "agrees"])
    project.plan(
        [project.trial(f"t{n}", encoder, n % 2) for n, encoder in enumerate(["bag", "bag", "cnn", "cnn"])],
        factors={"encoder": ["bag", "cnn"]},
        stages={"train": project.stage(metrics=metrics, goals=goals, ranges={"exact": [0, 0.3]})},
        tables={"main": table},
    )
    for n in range(4):
        project.finish(f"t{n}", [("accuracy", 0.5)], status="failed" if n == 3 else "done", cause="code: no" * (n == 3))
    project.write("results/trials/t0/predictions.jsonl", text(ROWS))
    project.write("results/trials/t2/predictions.jsonl", text([{**ROWS[0], "score": 0.25}]))
    project.write("results/trials/t3/predictions.jsonl", text(ROWS))
    collect("demo")
    rows = [line.split(",") for line in project.read("results/demo/results.csv").splitlines()[1:]]
    assert [(row[2], row[8], row[11]) for row in rows if row[8] != "accuracy" and not row[10]] == [
        ("t0", "exact", ""), ("t0", "agrees", "0.5"), ("t1", "exact", ""), ("t1", "agrees", ""),
        ("t2", "exact", "0.25"), ("t2", "agrees", "1.0"), ("t3", "exact", ""), ("t3", "agrees", ""),
    ]  # fmt: skip
    said = tables("demo", "main").read_text()
    assert "1 of 4 trials done, without a value: exact: it wrote no predictions" in said
    assert "1 value lies outside its range: exact = 0.375 in trial t0" in said


def test_what_evaluations_predict_is_of_their_data_and_of_the_checkpoint_that_counts(project):
    rule = "best-validation.loss"
    later = {"ref": "later", "split": "test", "name": "later", "rule": f"predictions-accuracy@{rule}"}
    own, other = ["e1", "sst2", "d1", rule], ["e2", "mr", "d2", rule]
    last = ["e3", "sst2", "d1", "last"]
    stage = project.stage(metrics=[later], goals={"later": "maximize"}, evaluated=True)
    project.plan(
        [project.trial(f"t{n}", "bag", n, data="d1", evaluate=[own, other, last]) for n in range(4)],
        factors={"encoder": ["bag"]},
        data={"d1": "sst2", "d2": "mr"},
        stages={"train": stage},
        tables={"main": project.table(rows=["encoder"], columns=["on"], metrics=["later"])},
    )
    for n in range(4):
        made = {"e1": "code: no" if n == 2 else {"accuracy": 1}, "e2": {"accuracy": 1}, "e3": {"accuracy": 1}}
        project.finish(f"t{n}", evaluations=made)
        for evaluation, rows in (("e1", CLASSES), ("e2", CLASSES[:2]), ("e3", CLASSES[2:3])):
            if (n, evaluation) != (3, "e1"):
                project.write(f"results/trials/t{n}/evaluations/{evaluation}.predictions.jsonl", text(rows))
    project.write("results/trials/t0/predictions.jsonl", text(ROWS))  # the trial's own count nothing here
    collect("demo")
    rows = [line.split(",") for line in project.read("results/demo/results.csv").splitlines()[1:]]
    assert [(row[2], row[10], row[11]) for row in rows] == [
        ("t0", "sst2", "0.6"), ("t0", "mr", "1.0"), ("t1", "sst2", "0.6"), ("t1", "mr", "1.0"),
        ("t2", "sst2", ""), ("t2", "mr", "1.0"), ("t3", "sst2", ""), ("t3", "mr", "1.0"),
    ]  # fmt: skip
    said = tables("demo", "main").read_text()
    assert "1 of 4 trials done, without a value: the evaluation failed: code: code: no" in said
    assert "1 of 4 trials done, without a value: later: it wrote no predictions" in said


def test_nothing_is_selected_by_what_is_computed_from_test_data(project):
    project.plan(
        [project.trial("t0", "bag")],
        factors={"encoder": ["bag"]},
        stages={"train": project.stage(metrics=[EXACT], goals={"exact": "maximize"})},
        tables={"main": project.table(rows=[], select=["encoder"], metrics=["exact"])},
    )
    project.finish("t0", [("accuracy", 0.5)])
    project.write("results/trials/t0/predictions.jsonl", text(ROWS))
    collect("demo")
    rows = [line.split(",") for line in project.read("results/demo/results.csv").splitlines()[1:]]
    assert [(row[8], row[10], row[11]) for row in rows] == [
        ("exact", "", "0.375"), ("exact", "other", "0.0"), ("validation.exact", "", ""),
    ]  # fmt: skip
