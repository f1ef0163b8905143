import json

import pytest

from expc.errors import ExpcError
from expc.report.experiment import Metric, Stage
from expc.report.measured import Curve, read_curves, value

ACCURACY = Metric("accuracy", "validation", "accuracy", "auto")
GOALS = {"accuracy": "maximize", "loss": "minimize"}
STAGE = Stage("train", (ACCURACY,), GOALS, evaluated=False, factors=())


def lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def curve(name: str, *values: float | None, split: str = "validation") -> list[dict[str, object]]:
    return [{"name": name, "value": v, "split": split, "step": n} for n, v in enumerate(values, 1)]


def test_a_later_row_replaces_an_earlier_one_in_its_place() -> None:
    text = lines(
        {"name": "loss", "value": 3, "split": "train", "step": 1},
        {"name": "accuracy", "value": 0.5},
        {"name": "accuracy", "value": 0.25, "on": "mr", "split": "test"},
        {"name": "loss", "value": 2, "split": "train", "step": 1, "on": None},
    )
    assert read_curves(text) == {
        Curve("train", "loss", ""): {1: 2},
        Curve("test", "accuracy", ""): {None: 0.5},
        Curve("test", "accuracy", "mr"): {None: 0.25},
    }


def test_a_row_that_the_program_wrote_counts_before_one_that_a_pattern_found() -> None:
    printed = [*curve("loss", 3, 2), {"name": "accuracy", "value": 0.5}]
    text = lines({"name": "loss", "value": 1, "split": "validation", "step": 2}, {"name": "f1", "value": 0.25})
    assert read_curves(text, lines(*printed)) == {
        Curve("validation", "loss", ""): {1: 3, 2: 1},
        Curve("test", "accuracy", ""): {None: 0.5},
        Curve("test", "f1", ""): {None: 0.25},
    }


def test_what_is_no_row_is_passed_over_and_what_is_not_finite_has_no_value() -> None:
    text = (
        '{"name": "loss", "value": NaN, "step": 1}\n{"name": "loss", "value": true, "step": 2}\n'
        '{"name": "loss", "value": null, "step": 3}\n[]\n3\n{"name": 4, "value": 1}\n{"name": "loss"}\n'
        '{"name": "loss", "value": 1, "step": [4]}\n{"name": "loss", "value": 1, "on": ["mr"]}\n'
        '{"name": "loss", "value": 1, "split": ["test"]}\n{"name": "loss", "va'
    )
    assert read_curves(text) == {Curve("test", "loss", ""): {1: None, 2: None, 3: None}}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("last", 0.7),
        ("step-2", 0.6),
        ("step-9", None),
        ("best-validation.loss", 0.8),  # the earliest of the two steps with a loss of 0.3; the null isn't ranked
        ("best-validation.accuracy", 0.9),
        ("best-train.loss", None),  # there is no such curve
        ("auto", 0.9),
    ],
)
def test_a_rule_names_a_step(rule: str, expected: float | None) -> None:
    rows = [*curve("accuracy", 0.8, 0.6, 0.9, 0.7), *curve("loss", 0.3, None, 0.3, 0.4)]
    metric = Metric("any", "validation", "accuracy", rule)
    assert value(read_curves(lines(*rows)), metric, STAGE) == expected


def test_a_step_is_chosen_among_steps_also_if_what_chooses_has_a_final_row() -> None:
    rows = [
        *curve("accuracy", 0.8, 0.6),
        *curve("loss", 0.3, 0.2),
        {"name": "loss", "value": 0.1, "split": "validation"},
    ]
    metric = Metric("any", "validation", "accuracy", "best-validation.loss")
    assert value(read_curves(lines(*rows)), metric, STAGE) == 0.6


def test_a_row_without_a_step_is_final_whatever_the_rule() -> None:
    rows = [*curve("accuracy", 0.8, 0.9), {"name": "accuracy", "value": 0.1, "split": "validation"}]
    for rule in ("last", "step-1", "best-validation.accuracy", "auto"):
        assert value(read_curves(lines(*rows)), Metric("any", "validation", "accuracy", rule), STAGE) == 0.1


@pytest.mark.parametrize(
    ("goals", "validation", "expected"),
    [
        (GOALS, curve("accuracy", 0.9, 0.8), 0.25),
        ({"accuracy": "minimize"}, curve("accuracy", 0.9, 0.8), 0.5),
        ({}, curve("accuracy", 0.9, 0.8), 0.5),  # which is better isn't known: the last
        (GOALS, [], 0.5),
        (GOALS, curve("accuracy", None, None), 0.5),
    ],
)
def test_auto_is_the_best_step_on_validation_else_the_last(
    goals: dict[str, str], validation: list[dict[str, object]], expected: float
) -> None:
    stage = Stage("train", (Metric("accuracy", "test", "accuracy", "auto"),), goals, evaluated=False, factors=())
    curves = read_curves(lines(*validation, *curve("accuracy", 0.25, 0.5, split="test")))
    assert value(curves, stage.metrics[0], stage) == expected


def test_a_best_step_needs_a_goal() -> None:
    stage = Stage("train", (ACCURACY,), {}, evaluated=False, factors=())
    metric = Metric("accuracy@best(validation.f1)", "validation", "accuracy", "best-validation.f1")
    expected = (
        "accuracy@best(validation.f1), at the best validation.f1, needs to know which f1 is better: "
        "write `metrics: {f1: {goal: maximize}}` (or minimize) in the spec"
    )
    with pytest.raises(ExpcError) as caught:
        value(read_curves(lines(*curve("accuracy", 1))), metric, stage)
    assert str(caught.value) == expected
