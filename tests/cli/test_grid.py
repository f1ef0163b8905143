"""A plan as a grid: conditions by seeds."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from expc.cli.planning.grid import grid
from expc.compiler.planning.changes import Change, Changes


def line(identity: str, seed: int, stage: str = "train", above: dict[str, int] | None = None, **levels: str) -> Any:
    return {"id": identity, "stage": stage, "condition": levels, "seed": seed, "seeds": above or {}}


def changes(lines: list[Any], **signs: list[tuple[int, str]]) -> Changes:
    """`signs` has the places of lines and the reasons, by the field of Changes."""
    found = {field: tuple(Change(lines[place], reason) for place, reason in places) for field, places in signs.items()}
    empty = dict.fromkeys(("new", "again", "running", "evaluate", "gone", "there"), ())
    counts = {"done": 0, "failed": 0, "cancelled": 0}
    gone = {lines[place]["id"] for place, _ in signs.get("gone", [])}
    mine = tuple(one for one in lines if one["id"] not in gone)
    ids = frozenset(one["id"] for one in mine)
    return Changes(name="demo", trials=ids, lines=mine, accepted={}, estimates={}, **counts, **{**empty, **found})


def drawn(found: Changes, width: int = 80) -> list[str] | None:
    lines = grid(found, width)
    return None if lines is None else [re.sub(r"\x1b\[\d+m", "", one) for one in lines]


def test_every_trial_has_its_sign_and_every_condition_its_reason() -> None:
    lines = [line(f"{x}{seed}", seed, x=x, model="mlp") for x in ("sgd", "adam", "old") for seed in (0, 1, 2)]
    found = changes(
        lines,
        there=[(0, "done"), (1, "failed")],
        running=[(2, "")],
        again=[(3, "lr 1 → 2"), (4, "lr 1 → 2")],
        new=[(5, "")],
        gone=[(6, ""), (7, ""), (8, "")],
    )
    assert drawn(found) == [
        "  train",
        "  x     model  0 1 2   seed",
        "  sgd   mlp    . ! >",
        "  adam  mlp    ~ ~ +  lr 1 → 2",
        "  old   mlp    - - -",
        "  + new   ~ runs again   > runs now   . there   ! failed, stays   - no longer asked for",
    ]


def test_a_reason_that_does_not_fit_beside_its_row_stands_below_it() -> None:
    found = changes([line("a", 0, x="1"), line("b", 1, x="1")], again=[(0, "train.py changed"), (1, "it failed")])
    assert drawn(found, 24) == [
        "  train",
        "  x  0 1   seed",
        "  1  ~ ~",
        "      train.py changed",
        "      it failed",
        "  ~ runs again",
    ]


def test_seeds_of_what_is_taken_from_stand_before_a_trials_own() -> None:
    lines = [line("p", 0, "pretrain")] + [line(f"f{n}", n, "tune", {"pretrain": 0}, rate="1") for n in (9, 10)]
    assert drawn(changes(lines, there=[(0, "done")], new=[(1, ""), (2, "")])) == [
        "  pretrain",
        "    0   seed",
        "    .",
        "  tune",
        "  rate  0.9 0.10   pretrain.seed",
        "  1       +    +",
        "  + new   . there",
    ]


def test_what_no_eye_takes_in_is_no_grid() -> None:
    three = changes([line("a", 0, x="1", y="1", z="1")], new=[(0, "")])
    many = [line(str(seed), seed, x="1") for seed in range(60)]
    assert grid(three, 80) is None
    all_new = changes(many, new=[(place, "") for place in range(60)])
    assert grid(all_new, 80) is None
    assert grid(all_new, 200) is not None


def test_an_equal_condition_is_named_beside_the_one_that_runs() -> None:
    lines = [line("a", 0, ablation="full"), line("b", 0, ablation="no-dropout")]
    found = replace(changes(lines, new=[(0, ""), (1, "")]), equal={"a": ({"ablation": "no-momentum"},)})
    assert drawn(found) == [
        "  train",
        "  ablation              0   seed",
        "  full (= no-momentum)  +",
        "  no-dropout            +",
        "  + new",
    ]
