"""Finished trials in, what `expc run` says where no number of a metric counts out."""

from __future__ import annotations

from typing import Any

import pytest

from expc.report.collect import collect
from expc.report.tables import tables
from expc.report.uncounted import uncounted

ACCURACY = {"ref": "accuracy", "split": "test", "name": "accuracy", "rule": "last"}


def left(project: Any, values: dict[str, list[tuple[str, Any]]]) -> None:
    """A project with a table, whose trials have written these rows."""
    stage = project.stage(metrics=[ACCURACY], ranges={"accuracy": [0, 1]})
    trials = [project.trial(identity, identity) for identity in values]
    project.plan(trials, factors={"encoder": list(values)}, stages={"train": stage}, tables={"main": project.table()})
    for identity, rows in values.items():
        project.finish(identity, rows)
    collect("demo")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"a": [("accuracy", 0.5)], "b": [("accuracy", 50)]}, []),
        ({"a": [("accuracy", 0.5)], "b": []}, []),
        (
            {"a": [("accuracy", 87.25)], "b": [("accuracy", 50)]},
            [
                "NO NUMBER COUNTS: accuracy lies outside of its range [0, 1] wherever it was measured, as 87.25 does:"
                " in percent? Then write range: [0, 100], or let the program write a share"
            ],
        ),
        (
            {"a": [("accuracy", -1)], "b": [("accuracy", 50)]},
            ["NO NUMBER COUNTS: accuracy lies outside of its range [0, 1] wherever it was measured, as -1 does"],
        ),
        (
            {"a": [("test_acc", 0.5)], "b": [("test_acc", 0.5)]},
            ["NO NUMBER COUNTS: accuracy was never measured; the trials wrote test.test_acc"],
        ),
        (
            {"a": [("accuracy", float("nan"))], "b": [("accuracy", 50)]},
            ["NO NUMBER COUNTS: accuracy has no value in any of the trials that are done: accuracy was not finite"],
        ),
    ],
)
def test_a_metric_without_a_number_that_counts_is_named(
    project: Any, values: dict[str, list[tuple[str, Any]]], said: list[str]
) -> None:
    left(project, values)
    assert list(uncounted("demo")) == said


def test_a_table_asks_whether_its_numbers_are_in_percent(project: Any) -> None:
    left(project, {"a": [("accuracy", 87.25)], "b": [("accuracy", 0.5)]})
    said = "1 value lies outside its range: accuracy = 87.25 in trial a (in percent? Then write range: "
    assert f"{said}\\[0, 100], or let the program write a share)\n" in tables("demo", "main").read_text()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("loss", 0.5, "validation", 1)], []),
        (
            [("acc", 0.5, "validation", 1)],
            [
                "NO CURVE IN FIGURE curves: validation.loss was measured in no step;"
                " the trials that are done have steps of validation.acc"
            ],
        ),
        (
            [("loss", float("nan"), "validation", 1)],
            ["NO CURVE IN FIGURE curves: validation.loss is not finite in any step"],
        ),
        (
            [("loss", 0.5, "validation")],
            [
                "NO CURVE IN FIGURE curves: validation.loss was measured once, without a step;"
                " the trials that are done have steps of nothing"
            ],
        ),
    ],
)
def test_a_figure_without_a_curve_is_named(project: Any, rows: list[tuple[Any, ...]], said: list[str]) -> None:
    stage, trials = project.stage(metrics=[ACCURACY]), [project.trial(name, name) for name in ("a", "b")]
    encoders, figures = {"encoder": ["a", "b"]}, {"curves": project.figure()}
    project.plan(trials, factors=encoders, stages={"train": stage}, figures=figures)
    project.finish("a", [("accuracy", 0.5), *rows])
    collect("demo")
    assert list(uncounted("demo")) == said


def test_no_outcome_is_read_for_a_figure_that_has_a_curve(project: Any, opened: list[str]) -> None:
    stage, trials = project.stage(metrics=[ACCURACY]), [project.trial(name, name) for name in ("a", "b")]
    encoders, figures = {"encoder": ["a", "b"]}, {"curves": project.figure()}
    project.plan(trials, factors=encoders, stages={"train": stage}, figures=figures)
    for trial in ("a", "b"):
        project.finish(trial, [("accuracy", 0.5), ("loss", 0.5, "validation", 1)])
    collect("demo")
    opened.clear()
    assert list(uncounted("demo")) == []
    assert "outcome.json" not in opened
