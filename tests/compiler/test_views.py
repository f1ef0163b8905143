"""Tables and figures as the report reads them: factors and levels by name, defaults filled in."""

from __future__ import annotations

from pathlib import Path

import pytest

from expc.compiler.check import check
from expc.compiler.digest import Digests
from expc.compiler.meaning import views
from expc.compiler.meaning.scope import Scope

SPEC = """\
expc: 1
name: digits
task: image-classification
data: {digits: {source: sklearn}}
factors:
  hidden: [[64], [32, 32]]
  lr: [0.1, 1e-3]
  size: {small: {batch_size: 8}, large: {batch_size: 64}}
baseline: {lr: 0.001, size: small, hidden: "[32, 32]"}
metrics: [loss, accuracy]
"""


@pytest.fixture
def scope_of(tmp_path: Path):
    def made(text: str) -> Scope:
        (tmp_path / "spec.yaml").write_text(SPEC + text, encoding="utf-8")
        return check(str(tmp_path / "spec.yaml"), tmp_path, Digests(tmp_path)).scope

    return made


def table(rows: list[str], columns: list[str], metrics: list[str], **rest: object) -> dict[str, object]:
    unstated = {"stage": "train", "average": [], "at": {}, "select": []}
    return {**unstated, "rows": rows, "columns": columns, "metrics": metrics, **rest}


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("", {"main": table(["hidden", "lr", "size"], [], ["loss", "accuracy"])}),
        ("tables: {}", {}),
        (
            "tables: {one: {columns: size, at: {lr: 0.0010}}}",
            {"one": table(["hidden"], ["size"], ["loss", "accuracy"], at={"lr": "0.001"})},
        ),
        (
            "tables: {one: {rows: [size, on], metric: loss, average: lr, select: [hidden]}}",
            {"one": table(["size", "on"], [], ["loss"], average=["lr"], select=["hidden"])},
        ),
        (
            'tables: {one: {rows: size, average: lr, at: {hidden: "[32, 32]", on: digits}}}',
            {
                "one": table(
                    ["size"], [], ["loss", "accuracy"], average=["lr"], at={"hidden": "[32, 32]", "on": "digits"}
                )
            },
        ),
    ],
)
def test_a_table_has_its_defaults_and_levels_have_names(scope_of, text: str, tables: object) -> None:
    assert views.tables(scope_of(text)) == tables


@pytest.mark.parametrize("stated", ["epoch", "step"])
def test_the_axis_says_what_the_steps_of_a_template_are_whatever_the_spec_calls_them(scope_of, stated) -> None:
    found = views.figures(
        scope_of(f"figures: {{curves: {{x: {stated}, y: validation.loss, average: [hidden, lr, size]}}}}")
    )
    assert [figure["label"] for figure in found.values()] == ["epoch"]


def test_a_figure_has_its_split_and_its_label(scope_of) -> None:
    text = "figures: {curves: {x: epoch, y: validation.loss, color: size, average: hidden, select: lr}}"
    assert views.figures(scope_of(text)) == {
        "curves": {
            "stage": "train",
            "x": "step",
            "label": "epoch",
            "y": {"split": "validation", "name": "loss"},
            "color": "size",
            "facet": None,
            "average": ["hidden"],
            "at": {},
            "select": ["lr"],
        }
    }


def test_a_baseline_goes_by_the_names_of_its_levels(scope_of) -> None:
    assert views.baseline(scope_of("")) == {"lr": "0.001", "size": "small", "hidden": "[32, 32]"}
