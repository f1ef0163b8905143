"""Factors, and how they come together, in; conditions out."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expc.compiler.check import check
from expc.compiler.digest import Digests
from expc.compiler.meaning.design import (
    Condition,
    at_odds,
    axes,
    design,
    determined,
    included,
    matcher,
    most,
    without_include,
)
from expc.compiler.reading.read import read
from expc.spec import Spec

OWN = {"expc": 1, "name": "own", "task": {"command": "sort {args}"}, "metrics": {"score": {"goal": "maximize"}}}
WIDTHS = {"width": [1, 2, 3], "depth": [1, 2], "lr": [0.1, 0.2, 0.3]}

DESIGNS = {
    "crossed": ({"factors": {"a": [1, 2], "b": "xyz"}}, "1x 1y 1z 2x 2y 2z"),
    "less what is excluded": (
        {"factors": {"a": [1, 2], "b": "xyz"}, "exclude": [{"a": 1, "b": ["x", "z"]}]},
        "1y 2x 2y 2z",
    ),
    "zipped around another": ({"factors": {"a": [1, 2], "b": "xy", "c": "pq"}, "zip": [["c", "a"]]}, "1xp 1yp 2xq 2yq"),
    "two groups": (
        {"factors": {"a": [1, 2], "b": "xy", "c": "pq", "d": "mn"}, "zip": [["a", "c"], ["b", "d"]]},
        "1xpm 1ypn 2xqm 2yqn",
    ),
    "off the diagonal": (
        {"factors": {"a": [1, 2], "b": "xy", "c": "pq"}, "zip": [["a", "b"]], "include": [{"a": 1, "b": "y"}]},
        "1xp 1xq 1yp 1yq 2yp 2yq",
    ),
    "on the diagonal, since the other follows": (
        {"factors": {"a": [1, 2], "b": "xy"}, "zip": [["a", "b"]], "exclude": [{"a": 1}], "include": [{"a": 1}]},
        "1x 2y",
    ),
    "beyond the shorter of two that are zipped there is nothing": (
        {"factors": {"a": [1, 2, 3], "b": "xy"}, "zip": [["a", "b"]], "include": [{"a": 3}]},
        "1x 2y",
    ),
    "included after all": (
        {"factors": {"a": [1, 2], "b": "xyz"}, "exclude": [{"a": 1}], "include": [{"a": 1, "b": ["z", "x"]}]},
        "1x 1z 2x 2y 2z",
    ),
    "one at a time": (
        {"factors": {"a": [1, 2, 3], "b": "xy"}, "design": "one-at-a-time", "baseline": {"a": 2, "b": "x"}},
        "1x 2x 2y 3x",
    ),
    "one at a time, zipped ones together": (
        {
            "factors": {"a": [1, 2, 3], "b": "xy", "c": "pqr"},
            "zip": [["a", "c"]],
            "design": "one-at-a-time",
            "baseline": {"c": "q", "b": "x"},
        },
        "1xp 2xq 2yq 3xr",
    ),
    "one at a time, with an interaction": (
        {
            "factors": {"a": [1, 2], "b": "xy", "c": "pq"},
            "design": "one-at-a-time",
            "baseline": {"a": 1, "b": "x", "c": "q"},
            "include": [{"a": 2, "b": "y"}],
        },
        "1xp 1xq 1yq 2xq 2yq",
    ),
    "one at a time, from the first level where the baseline names none": (
        {"factors": {"a": [1, 2], "b": "xyz"}, "design": "one-at-a-time", "baseline": {"a": 2}},
        "1x 2x 2y 2z",
    ),
    "an ablation": (
        {"factors": {"a": [1, 2]}, "ablation": {"-b": {"b": 0}, "-c": {"c": 0}}},
        "1full 1-b 1-c 2full 2-b 2-c",
    ),
    "an ablation, one at a time": (
        {"factors": {"a": [1, 2]}, "ablation": {"-b": {"b": 0}}, "design": "one-at-a-time", "baseline": {"a": 2}},
        "1full 2full 2-b",
    ),
    "nothing varies": ({}, ""),
}


def spec_of(document: dict[str, Any]) -> Spec:
    factors = {name: list(levels) for name, levels in document.get("factors", {}).items()}
    return read({**OWN, **document, "factors": factors})


@pytest.mark.parametrize(("document", "conditions"), DESIGNS.values(), ids=DESIGNS)
def test_a_design_has_these_conditions_in_this_order(document: dict[str, Any], conditions: str) -> None:
    spec = spec_of(document)
    factors = list(spec.factors.values())
    found = ["".join(factor.levels[level].name for factor, level in zip(factors, c, strict=True)) for c in design(spec)]
    assert found == conditions.split(" ")
    assert len(found) <= most(spec, spec.factors)


@pytest.mark.parametrize(
    ("more", "factors", "expected"),
    [
        ({}, "abc", 12),
        ({}, "ac", 6),
        ({"exclude": [{"a": 1}]}, "abc", 12),
        ({"zip": [["a", "b"]]}, "abc", 6),
        ({"zip": [["a", "b"]]}, "a", 2),
        ({"design": "one-at-a-time"}, "abc", 1 + 1 + 1 + 2),
        ({"design": "one-at-a-time", "include": [{"a": 2, "c": [1, 2]}]}, "abc", 5 + 2),
    ],
)
def test_how_many_conditions_there_are_at_most_is_known_without_making_them(
    more: dict[str, Any], factors: str, expected: int
) -> None:
    spec = spec_of({"factors": {"a": [1, 2], "b": "xy", "c": [1, 2, 3]}, **more})
    assert most(spec, factors) == expected


@pytest.mark.parametrize(
    ("partial", "expected"),
    [
        ({"a": 1, "b": "x"}, []),
        ({"a": 1, "b": "y"}, [(0, 1)]),
        ({"a": [1, 2], "b": "y"}, [(0, 1)]),
        ({"a": 1, "b": "y", "c": "q"}, []),
        ({"a": 1}, []),
        ({}, []),
    ],
)
def test_of_three_that_are_zipped_two_that_are_named_must_go_together(
    partial: dict[str, Any], expected: list[Condition]
) -> None:
    spec = spec_of({"factors": {"a": [1, 2], "b": "xy", "c": "pq"}, "zip": [["a", "b", "c"]], "include": [partial]})
    (axis,) = axes(spec)
    assert at_odds(spec, axis, spec.include[0]) == expected


def test_levels_are_determined_by_others_where_these_leave_one() -> None:
    conditions = [(0, 0, 1), (1, 0, 2), (0, 1, 1)]
    assert [determined(conditions, place, by) for place, by in ((2, [0]), (1, [0]), (0, [2]), (1, []), (0, [0]))] == [
        True, False, True, False, True,
    ]  # fmt: skip


def test_an_ablation_is_a_factor_whose_first_level_changes_nothing_and_is_the_baseline() -> None:
    spec = spec_of({"factors": {"a": [1]}, "ablation": {"no-b": {"b": 0, "c": [1]}}, "baseline": {"a": 1}})
    assert [(level.name, level.sets) for level in spec.factors["ablation"].levels] == [
        ("full", {}),
        ("no-b", {"b": 0, "c": (1,)}),
    ]
    assert spec.baseline == {"ablation": ("full",), "a": (1,)}
    assert spec_of({"ablation": {"x": {"b": 0}}, "baseline": {"ablation": "x"}}).baseline == {"ablation": ("x",)}


NAMES = "abcd"


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Whatever the shape allows, mistakes too."""
    names = NAMES[: draw(st.integers(1, 4))]
    factors = {name: list(range(draw(st.integers(1, 3)))) for name in names}
    partial = st.dictionaries(
        st.sampled_from(names), st.lists(st.integers(0, 2), min_size=1, max_size=2, unique=True), min_size=1
    )
    return {
        "factors": factors,
        "zip": draw(st.lists(st.lists(st.sampled_from(NAMES), min_size=2, max_size=3, unique=True), max_size=2)),
        "exclude": draw(st.lists(partial, max_size=2)),
        "include": draw(st.lists(partial, max_size=2)),
        "design": draw(st.sampled_from(["crossed", "one-at-a-time"])),
        "baseline": {name: draw(st.sampled_from(levels)) for name, levels in factors.items()},
    }


@given(documents())
def test_whatever_is_asked_for_each_condition_stands_once_and_in_order(document: dict[str, Any]) -> None:
    spec = spec_of(document)
    found = design(spec)
    assert found == sorted(set(found))
    assert set(found) <= set(product(*(range(len(factor.levels)) for factor in spec.factors.values())))
    assert len(found) <= most(spec, spec.factors)
    added = {condition for partial in spec.include for condition in included(spec, partial)}
    assert set(found) == added | set(without_include(spec))
    for partial in spec.include:
        fits = matcher(spec.factors, tuple(spec.factors), partial)
        assert all(map(fits, included(spec, partial)))


@given(documents())
def test_what_is_neither_included_nor_excluded_is_walked_as_the_design_says(document: dict[str, Any]) -> None:
    spec = spec_of(document | {"include": [], "exclude": []})
    walks, found = axes(spec), design(spec)
    assert sorted(place for axis in walks for place in axis.places) == list(range(len(spec.factors)))

    def steps(condition: Condition) -> list[int]:
        """The step on each axis; all factors of an axis are at the same one."""
        for axis in walks:
            assert len({condition[place] for place in axis.places}) == 1
        return [condition[axis.places[0]] for axis in walks]

    if spec.design == "crossed":
        assert sorted(map(steps, found)) == [list(one) for one in product(*(range(axis.steps) for axis in walks))]
        return
    names = list(spec.factors)
    start = [min(document["baseline"][names[axis.places[0]]], axis.steps - 1) for axis in walks]
    differing = [sum(a != b for a, b in zip(steps(condition), start, strict=True)) for condition in found]
    assert sorted(differing) == [0] + [1] * sum(axis.steps - 1 for axis in walks)


ORDERED = """\
expc: 1
name: own
task: {command: "sort {args}", results: {file: score.json}}
metrics: {score: {goal: maximize}}
factors: {a: [1, 2], b: [x, y]}
overrides: [{when: {a: 1}, resources: {cpus: 2}}]
seeds: [7, 3]
baseline: {a: 1}
stages:
  first: {reads: [a]}
  second: {from: {init: first.checkpoint}, seeds: 2}
"""


FOLDED = """\
expc: 1
name: folded
task: image-classification
data: {digits: {source: sklearn, split: {folds: 2}}}
factors: {model: [mlp, cnn]}
seeds: 2
order: seeds-last
baseline: {model: mlp}
"""


def test_seeds_last_takes_the_folds_in_turn_too(tmp_path: Path) -> None:
    found = [f"{t['condition']['model']} {t['fold']} {t['seed']}" for t in lines(tmp_path, FOLDED)[1:]]
    assert found == ["mlp 0 0", "cnn 0 0", "mlp 1 0", "cnn 1 0", "mlp 0 1", "cnn 0 1", "mlp 1 1", "cnn 1 1"]


def lines(folder: Path, text: str) -> list[dict[str, Any]]:
    (folder / "spec.yaml").write_text(text, encoding="utf-8")
    return [json.loads(line) for line in check(str(folder / "spec.yaml"), folder, Digests(folder)).plan.lines()]


def test_seeds_last_orders_the_trials_of_a_stage_with_equal_resources_and_changes_nothing_else(tmp_path: Path) -> None:
    (header, *first), (same_header, *last) = lines(tmp_path, ORDERED), lines(tmp_path, ORDERED + "order: seeds-last\n")
    assert same_header == header
    assert sorted(last, key=str) == sorted(first, key=str)
    shown = ["".join(map(str, [*t["condition"].values(), "-", *t["seeds"].values(), t["seed"]])) for t in last]
    assert shown == [
        *("2-7", "2-3", "1-7", "1-3"),
        *("2x-70", "2y-70", "2x-71", "2y-71", "2x-30", "2y-30", "2x-31", "2y-31"),
        *("1x-70", "1y-70", "1x-71", "1y-71", "1x-30", "1y-30", "1x-31", "1y-31"),
    ]
