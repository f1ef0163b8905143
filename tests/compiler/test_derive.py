"""Specs with formulas in, the parameters and the names of their trials out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from expc.compiler.check import check, check_file
from expc.compiler.digest import StandIns

DIGITS = """\
expc: 1
name: digits
task: image-classification
data: {digits: {source: sklearn}}
"""
OWN = """\
expc: 1
name: own
task: {command: "sort {args}", results: {file: score.json}}
metrics: {score: {goal: maximize}}
"""


def planned(folder: Path, text: str) -> list[dict[str, Any]]:
    """The lines of the plan, the header first."""
    spec = folder / "spec.yaml"
    spec.write_text(text, encoding="utf-8")
    return [json.loads(line) for line in check(str(spec), folder, StandIns(folder)).plan.lines()]


def params(folder: Path, text: str, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(line["params"].get(name) for name in names) for line in planned(folder, text)[1:]]


def test_formulas_are_computed_in_each_condition_after_all_else_and_in_the_order_that_they_need(tmp_path: Path) -> None:
    text = DIGITS + (
        "factors: {length: {short: {epochs: 2}, long: {epochs: 4}}, batch_size: [32, 64]}\n"
        "params: {lr: 0.1, epochs: 7}\n"
        "overrides: [{when: {length: long, batch_size: 64}, params: {lr: 0.3}}]\n"
        "derive: {patience: warmup / 4, warmup: epochs * 6, lr: lr * batch_size / 32}\n"
        "baseline: {length: short}\n"
    )
    assert params(tmp_path, text, "epochs", "batch_size", "lr", "warmup", "patience") == [
        (2, 32, 0.1, 12, 3),
        (2, 64, 0.2, 12, 3),
        (4, 32, 0.1, 24, 6),
        (4, 64, 0.6, 24, 6),
    ]


def test_a_stage_has_formulas_of_its_own_and_those_for_all_reach_the_stages_that_have_the_parameter(
    tmp_path: Path,
) -> None:
    text = DIGITS + (
        "derive: {warmup: epochs * 2, lr: lr / 2}\n"
        "params: {lr: 1.0, epochs: 2}\n"
        "stages: {one: {}, two: {params: {epochs: 4}, derive: {warmup: epochs * 3, dropout: 0.1 + 0.2}}}\n"
        "tables: {one: {stage: one}, two: {stage: two}}\n"
    )
    assert params(tmp_path, text, "warmup", "lr", "dropout") == [(4, 0.5, 0.0), (12, 0.5, 0.3)]


def test_in_a_template_a_value_has_the_declared_type_and_in_an_own_program_its_own(tmp_path: Path) -> None:
    template = DIGITS + "derive: {warmup: 0.1 * 30, lr: 1 + 1, patience: 6 / 2}\n"
    own = OWN + "params: {rank: 4}\nderive: {alpha: rank * 2, half: rank / 2, rate: 0.5 * rank, on: rank > 2}\n"
    values = (*params(tmp_path, template, "warmup", "lr", "patience")[0], *params(tmp_path, own, *("alpha", "half"))[0])
    assert [(value, type(value)) for value in values] == [(3, int), (2.0, float), (3, int), (8, int), (2, int)]
    assert params(tmp_path, own, "rate", "on") == [(2.0, True)]


@pytest.mark.parametrize(
    ("formula", "hint"),
    [("epochs: 3 / 2", "write round(3 / 2)"), ("epochs: 1 - 1", False), ("dropout: 1 + 1 / 2", False)],
)
def test_who_gets_a_fraction_where_a_whole_number_is_read_is_told_of_round(
    tmp_path: Path, formula: str, hint: str | bool
) -> None:
    (tmp_path / "spec.yaml").write_text(DIGITS + f"derive: {{{formula}}}\n", encoding="utf-8")
    (found,) = check_file(str(tmp_path / "spec.yaml"))
    assert (found.hint == hint) if hint else "round" not in found.hint


def test_a_formula_and_the_values_that_it_comes_to_give_the_same_trials(tmp_path: Path) -> None:
    formula = DIGITS + "factors: {epochs: [1, 2]}\nderive: {warmup: epochs * 20}\nbaseline: {epochs: 1}\n"
    levels = DIGITS + (
        "factors: {epochs: {one: {epochs: 1, warmup: 20}, two: {epochs: 2, warmup: 40}}}\nbaseline: {epochs: one}\n"
    )
    one, other = (planned(tmp_path, text)[1:] for text in (formula, levels))
    assert [line["id"] for line in one] == [line["id"] for line in other]


def codes(folder: Path, text: str) -> list[str]:
    (folder / "spec.yaml").write_text(text, encoding="utf-8")
    return [finding.code for finding in check_file(str(folder / "spec.yaml"))]


def test_a_factor_that_only_a_formula_reads_is_read(tmp_path: Path) -> None:
    text = OWN.replace("{args}", "{rate}") + "factors: {width: [1, 2]}\nbaseline: {width: 1}\n"
    assert codes(tmp_path, text + "params: {rate: 1}\n") == ["R010"]
    assert codes(tmp_path, text + "derive: {rate: 1 / width}\n") == []


def test_a_step_that_only_a_formula_reaches_is_reached(tmp_path: Path) -> None:
    text = DIGITS + "params: {batch_size: 8}\nmetrics: [validation.loss@step(16)]\n"
    assert codes(tmp_path, text) == ["E312"]
    assert codes(tmp_path, text + "derive: {epochs: batch_size * 2}\n") == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("derive: {lr: 1 / 0}\n", (5, 16)),
        ("derive: {lr: '1 / 0'}\n", (5, 17)),
        ('derive:\n  lr: "1 / 0"\n', (6, 10)),
        ("derive: {lr: !!str 1 / 0}\n", (5, 14)),  # as it is written, the text begins elsewhere
        ('derive:\n  lr: "1 \\u002f 0"\n', (6, 7)),
        ("derive:\n  lr: >-\n    1\n    / 0\n", (6, 7)),
        ("x: &x\n  1 / 0\nderive: {lr: *x}\n", None),
    ],
)
def test_an_error_stands_at_its_character_or_where_the_text_begins(
    tmp_path: Path, text: str, place: tuple[int, int] | None
) -> None:
    (tmp_path / "spec.yaml").write_text(DIGITS + text, encoding="utf-8")
    found = [(finding.line, finding.column) for finding in check_file(str(tmp_path / "spec.yaml"))]
    assert place is None or found == [place]


def test_a_timed_stage_says_so_in_the_plan_and_its_trials_have_names_of_their_own(tmp_path: Path) -> None:
    timed, not_timed = (
        planned(tmp_path, OWN.replace("{goal: maximize}", f"{{goal: minimize{kind}}}"))
        for kind in (", kind: timing", "")
    )
    assert timed[0]["stages"]["train"].pop("timing") == ["score"]
    assert timed[0] == not_timed[0]
    assert timed[1].pop("id") != not_timed[1].pop("id")
    assert timed[1] == not_timed[1]
