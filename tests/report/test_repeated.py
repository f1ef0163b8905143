"""What trials left in two runs in, what `expc try --twice` says of those that differ out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from expc.report.repeated import repeated

ASKED = [
    ("accuracy", "test", "accuracy", "last"),
    ("validation.loss", "validation", "loss", "last"),
    ("seconds", "test", "seconds", "last"),
    ("exact", "test", "exact", "predictions-accuracy"),
]
STAGE = {
    "metrics": [{"ref": ref, "split": split, "name": name, "rule": rule} for ref, split, name, rule in ASKED],
    "goals": {},
    "ranges": {},
    "evaluated": False,
    "factors": ["x"],
    "timing": ["seconds"],
}
EVALUATION = "e" * 16
ACCURACY = {"name": "accuracy", "value": 0.5}
LOSS = {"name": "loss", "split": "validation", "value": 1, "step": 1}
DONE = {"status": "done", "cause": None}
LATE = {"status": "failed", "cause": {"kind": "time", "detail": "…"}}
BROKEN = {"status": "failed", "cause": {"kind": "code", "detail": "KeyError: 'x'"}}


def row(**changed: Any) -> dict[str, Any]:
    return {**ACCURACY, **changed}


def run(
    root: Path, identity: str, *, rows: Any = (ACCURACY,), outcome: Any = DONE, tested: Any = 1, right: Any = 2
) -> None:
    """Leave a trial, its evaluation and two predictions, of which `right` are right."""
    folder = root / "results/trials" / identity
    (folder / "evaluations").mkdir(parents=True)
    (folder / "metrics.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows))
    said = [{"id": str(n), "prediction": n < right, "label": True} for n in range(2)]
    (folder / "predictions.jsonl").write_text("".join(json.dumps(each) + "\n" for each in said))
    if outcome:
        (folder / "outcome.json").write_text(json.dumps({"id": identity, **outcome}))
    found = {"id": EVALUATION, "status": "done", "metrics": {"accuracy": tested, "other": ord(root.name[0])}}
    (folder / f"evaluations/{EVALUATION}.json").write_text(json.dumps(found))


def plan_in(project: Path, *taken: tuple[str, dict[str, Any]]) -> Path:
    plan = project / "workflow/plans/toy.0.jsonl"
    plan.parent.mkdir(parents=True)
    base = {"stage": "train", "condition": {"x": "1"}, "seed": 3, "evaluate": [[EVALUATION, "digits", "d", "last"]]}
    lines = [{"stages": {"train": STAGE}}, *({**base, "id": identity, "from": source} for identity, source in taken)]
    plan.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return plan


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ({}, {}, []),
        ({}, {"rows": [row(value=0.75)]}, ["accuracy: 0.5, and then 0.75 (0.25 apart)"]),
        ({}, {"rows": [row(value=0.5 + 1e-12)]}, ["accuracy: 0.5, and then 0.5 (1e-12 apart)"]),
        ({}, {"rows": [row(value=float("nan"))]}, ["accuracy: 0.5, and then nothing"]),
        ({"rows": [ACCURACY, row(name="seconds", value=1)]}, {"rows": [ACCURACY, row(name="seconds", value=2)]}, []),
        ({"rows": [ACCURACY, row(name="norm", value=1)]}, {"rows": [ACCURACY, row(name="norm", value=2)]}, []),
        (
            {"rows": [LOSS, {**LOSS, "step": 2}, {**LOSS, "step": 3}]},
            {"rows": [LOSS, {**LOSS, "step": 2, "value": 2}, {**LOSS, "step": 3, "value": 3}]},
            ["validation.loss at step 2: 1, and then 2 (1 apart)"],
        ),
        ({"rows": [LOSS]}, {"rows": [LOSS, {**LOSS, "step": 2}]}, ["validation.loss at step 2: nothing, and then 1"]),
        ({"rows": [LOSS], "outcome": LATE}, {"rows": [LOSS, {**LOSS, "step": 2}], "outcome": LATE}, []),
        ({"rows": [LOSS]}, {"rows": [], "outcome": LATE}, []),
        (
            {"rows": [LOSS], "outcome": LATE},
            {"rows": [{**LOSS, "value": 2}], "outcome": LATE},
            ["validation.loss at step 1: 1, and then 2 (1 apart)"],
        ),
        ({}, {"outcome": BROKEN}, ["it ended well, and then it did not: code: KeyError: 'x'"]),
        ({}, {"outcome": None}, ["it ended well, and then it did not: it could not be started"]),
        (
            {"rows": [row(on="mr")]},
            {"rows": [row(on="mr", value=1)], "tested": 0},
            [
                "accuracy on mr: 0.5, and then 1 (0.5 apart)",
                "accuracy on digits of the checkpoint last: 1, and then 0 (1 apart)",
            ],
        ),
        ({}, {"right": 1}, ["exact: 1, and then 0.5 (0.5 apart)"]),
    ],
)
def test_what_a_second_run_measured_otherwise_is_told(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any], words: list[str]
) -> None:
    plan = plan_in(tmp_path / "two", ("t", {}))
    run(tmp_path / "one", "t", **first)
    run(tmp_path / "two", "t", **second)
    assert [each.words for each in repeated(plan, tmp_path / "one")] == ([tuple(words)] if words else [])


def test_what_takes_from_a_trial_that_differs_is_not_told_again(tmp_path: Path) -> None:
    plan = plan_in(tmp_path / "two", ("a", {}), ("b", {"init": ["a", "last.pt"]}), ("c", {"init": ["b", "last.pt"]}))
    for root, value in ((tmp_path / "one", 0.25), (tmp_path / "two", 0.5)):
        for identity in "abc":
            run(root, identity, rows=[row(value=value)])
    (found,) = repeated(plan, tmp_path / "one")
    assert (found.stage, found.condition, found.seed) == ("train", {"x": "1"}, 3)
