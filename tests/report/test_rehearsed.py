"""What trials left in, what `expc try` says of them out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from expc.report.rehearsed import rehearsed

STAGE = {
    "metrics": [{"ref": name, "split": "test", "name": name, "rule": "last"} for name in ("accuracy", "loss")],
    "goals": {},
    "ranges": {"accuracy": [0, 1], "loss": [0, None]},
    "evaluated": False,
    "factors": ["x"],
}
ROWS = [{"name": "loss", "value": 0.5}, {"name": "accuracy", "value": 0.5}]
EVALUATION = ["e" * 16, "digits", "d" * 16, "last"]


def left(
    scratch: Path,
    *,
    outcome: dict[str, Any] | None,
    rows: list[dict[str, Any]] = ROWS,
    evaluation: dict[str, Any] | None = None,
) -> tuple[str, str]:
    """The state and the words for one trial, which may take 30 seconds."""
    plan = scratch / "workflow/plans/toy.0.jsonl"
    plan.parent.mkdir(parents=True, exist_ok=True)
    asked = [EVALUATION] if evaluation is not None else []
    trial = {"id": "t", "stage": "train", "condition": {"x": "1"}, "time": 30, "evaluate": asked}
    plan.write_text(json.dumps({"stages": {"train": STAGE}}) + "\n" + json.dumps(trial) + "\n")
    folder = scratch / "results/trials/t"
    (folder / "evaluations").mkdir(parents=True)
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"torn')
    if outcome is not None:
        (folder / "outcome.json").write_text(json.dumps({"id": "t", "seconds": 1.5, "cause": None, **outcome}))
    if evaluation:
        path = folder / f"evaluations/{EVALUATION[0]}.json"
        path.write_text(json.dumps({"id": EVALUATION[0], **evaluation}))
    (seen,) = rehearsed(plan, 30)
    assert (seen.stage, seen.condition, seen.log) == ("train", {"x": "1"}, folder / "log.txt")
    assert seen.network == (outcome or {}).get("network", "")
    return seen.state, seen.words


def cause(kind: str, detail: str) -> dict[str, Any]:
    return {"status": "failed", "cause": {"kind": kind, "detail": detail}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"outcome": None}, ("not tried", "it could not be started")),
        ({"outcome": {"status": "done"}}, ("ok", "1.5 s")),
        ({"outcome": cause("code", "KeyError: 'x'")}, ("broken", "code: KeyError: 'x'")),
        ({"outcome": {**cause("code", "no host"), "network": "none"}}, ("broken", "code: no host")),
        (
            {"outcome": {**cause("upstream", "above has failed"), "status": "cancelled"}},
            ("not tried", "above has failed"),
        ),
        (
            {"outcome": cause("time", "it took more than its 30 s"), "rows": ROWS[:1]},
            (
                "running",
                "still running after 30 s, and stopped: it has measured loss, and saved no checkpoint",
            ),
        ),
        (
            {"outcome": cause("time", "…"), "rows": []},
            (
                "running",
                "still running after 30 s, and stopped: it has measured nothing yet, and saved no checkpoint",
            ),
        ),
        (
            {"outcome": {"status": "done"}, "rows": [{**ROWS[0], "split": "validation"}]},
            ("broken", "metrics: the spec asks for accuracy, loss, and it measured validation.loss"),
        ),
        (
            {"outcome": {"status": "done"}, "evaluation": {}},
            ("broken", "evaluation: it was not made; snakemake.log says more"),
        ),
        (
            {"outcome": {"status": "done"}, "evaluation": cause("code", "IndexError")},
            ("broken", "evaluation: IndexError"),
        ),
        (
            {
                "outcome": {"status": "done"},
                "rows": ROWS[:1],
                "evaluation": {"status": "done", "metrics": {"accuracy": 1}},
            },
            ("ok", "1.5 s"),
        ),
        (
            {"outcome": {"status": "done"}, "rows": [ROWS[0], {"name": "accuracy", "value": 87.25}]},
            (
                "broken",
                "range: accuracy is 87.25, outside of its range [0, 1], and won't count: in percent? Then write"
                " range: [0, 100], or let the program write a share",
            ),
        ),
        (
            {"outcome": {"status": "done"}, "rows": [{"name": "loss", "value": -1.5}, ROWS[1]]},
            ("broken", "range: loss is -1.5, outside of its range [0, null], and won't count"),
        ),
        (
            {"outcome": {"status": "done"}, "rows": [{"name": "loss", "value": None, "reason": "nan"}, ROWS[1]]},
            ("broken", "value: loss is not finite, and won't count"),
        ),
        (
            {
                "outcome": {"status": "done"},
                "rows": [
                    *ROWS,
                    {"name": "loss", "value": 0.1, "on": "b"},
                    {"name": "accuracy", "value": 20, "on": "b"},
                ],
            },
            (
                "broken",
                "range: accuracy is 20, outside of its range [0, 1], and won't count: in percent? Then write"
                " range: [0, 100], or let the program write a share",
            ),
        ),
    ],
)
def test_a_condition_is_said_to_work_to_run_still_or_to_break(
    tmp_path: Path, given: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert left(tmp_path, **given) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"name": "loss", "value": 0.5, "split": "validation", "step": 1}, ("ok", "1.5 s")),
        (
            {"name": "acc", "value": 0.5, "split": "validation", "step": 1},
            ("broken", "curve: figure f draws validation.loss by step, and there are steps of validation.acc"),
        ),
        (
            {"name": "loss", "value": 0.5, "split": "validation"},
            ("broken", "curve: figure f draws validation.loss by step, and there are steps of nothing"),
        ),
    ],
)
def test_a_figure_of_what_is_measured_in_no_step_is_broken(
    tmp_path: Path, row: dict[str, Any], expected: tuple[str, str]
) -> None:
    figures = {"f": {"stage": "train", "y": {"split": "validation", "name": "loss"}}}
    experiments = tmp_path / "workflow/experiments.json"
    experiments.parent.mkdir()
    experiments.write_text(json.dumps({"experiments": {"": {"figures": figures}}}))
    assert left(tmp_path, outcome={"status": "done"}, rows=[*ROWS, row]) == expected
