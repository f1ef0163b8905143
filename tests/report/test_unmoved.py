"""What a rehearsal's trials measured in, the factors that moved no number out."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from expc.report.unmoved import unmoved

METRIC = {"ref": "accuracy", "split": "test", "name": "accuracy", "rule": "last"}
STAGE = {"metrics": [METRIC], "goals": {}, "ranges": {}, "evaluated": False, "factors": ["amp", "lr"], "task": None}


def seen(
    project: Path, values: dict[tuple[str, str], float | None], task: str | None = None, *, failed: str = ""
) -> list[Any]:
    plan = project / "workflow/plans/toy.0.jsonl"
    plan.parent.mkdir(parents=True)
    lines: list[dict[str, Any]] = [{"stages": {"train": {**STAGE, "task": task}}}]
    for (amp, lr), value in values.items():
        identity, condition = f"{amp}{lr}", {"amp": amp, "lr": lr}
        lines.append({"id": identity, "stage": "train", "condition": condition, "seed": 0, "evaluate": [], "from": {}})
        folder = project / "results/trials" / identity
        folder.mkdir(parents=True)
        row = {"name": "accuracy", "value": value}
        (folder / "metrics.jsonl").write_text(json.dumps(row) + "\n" if value is not None else "")
        status = "failed" if identity == failed else "done"
        (folder / "outcome.json").write_text(json.dumps({"id": identity, "status": status}))
    plan.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return list(unmoved(plan))


CROSSED = list(product(("true", "false"), ("1", "2")))


@pytest.mark.parametrize(
    ("values", "more", "expected"),
    [
        ((0.1, 0.2, 0.1, 0.2), {}, ["amp"]),
        ((0.1, 0.1, 0.2, 0.2), {}, ["lr"]),
        ((0.1, 0.1, 0.1, 0.1), {}, ["amp", "lr"]),
        ((0.1, 0.2, 0.1, 0.3), {}, []),
        ((0.1, 0.2, 0.1, None), {}, []),
        ((0.1, 0.2, 0.1, 0.2), {"task": "tabular"}, []),
        ((0.1, 0.2, 0.1, 0.2), {"failed": "false2"}, []),
    ],
)
def test_a_factor_whose_levels_measure_the_same_is_named(
    tmp_path: Path, values: tuple[float | None, ...], more: dict[str, str], expected: list[str]
) -> None:
    found = seen(tmp_path, dict(zip(CROSSED, values, strict=True)), **more)
    assert found == [("train", factor) for factor in expected]


def test_a_single_condition_is_compared_with_nothing(tmp_path: Path) -> None:
    assert seen(tmp_path, {("true", "1"): 0.5}) == []
