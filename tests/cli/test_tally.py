"""How many trials are in which state."""

from __future__ import annotations

from typing import Any

from expc.cli.tally import Place, State, tally

TOP: dict[str, Any] = {
    "stages": {"pretrain": {"factors": ["width"]}, "tune": {"factors": ["width", "rate"]}},
    "factors": {"width": ["narrow", "wide"], "rate": ["low"]},
}


def trial(identity: str, stage: str, width: str, **more: str) -> dict[str, Any]:
    return {"id": identity, "stage": stage, "condition": {"width": width, **more}}


TRIALS = [
    trial("a", "pretrain", "wide"),
    trial("b", "pretrain", "narrow"),
    trial("c", "tune", "wide", rate="low"),
    trial("d", "tune", "narrow", rate="low"),
]
STATES: dict[str, State] = {"a": "done", "b": "running", "c": "waiting", "d": "waiting"}


def counted(**left: float) -> list[tuple[Place, dict[str, int], float | None]]:
    one = tally("demo", TOP, TRIALS, STATES)
    one.move("c", "waiting", "running")
    return [(row.place, {s: n for s, n in row.counts.items() if n}, row.left) for row in one.rows(left)]


def test_stages_and_levels_are_counted_in_the_order_of_the_plan_without_factors_of_one_level() -> None:
    assert counted(tune=5.0) == [
        (Place("pretrain"), {"done": 1, "running": 1}, None),
        (Place("pretrain", "width", "narrow"), {"running": 1}, None),
        (Place("pretrain", "width", "wide"), {"done": 1}, None),
        (Place("tune"), {"running": 1, "waiting": 1}, 10.0),
        (Place("tune", "width", "narrow"), {"waiting": 1}, 5.0),
        (Place("tune", "width", "wide"), {"running": 1}, 5.0),
    ]


def test_a_trial_of_two_conditions_counts_once_for_its_stage_and_once_for_each_level() -> None:
    twice = [trial("a", "pretrain", "wide"), trial("a", "pretrain", "narrow")]
    rows = tally("demo", TOP, twice, {"a": "done"}).rows()
    assert [(row.place.level, row.total) for row in rows] == [("", 1), ("narrow", 1), ("wide", 1)]
