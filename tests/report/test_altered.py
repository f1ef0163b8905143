"""Finished trials whose rows have changed in, the line that tells of them out."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from expc.report.altered import altered

ROWS = [("accuracy", 0.5), ("loss", 0.9, "validation", 1), ("loss", 0.4, "validation", 2)]
METRICS = {"test.accuracy": 0.5, "validation.loss": 0.4, "train.loss": None}
ACCURACY = '{"name": "accuracy", "value": %s}\n'
LOSS = '{"name": "loss", "value": %s, "split": "validation", "step": 2}\n'


def ended(project: Any, identity: str, status: str = "done") -> tuple[Path, Path]:
    """The files of a trial's rows and of its outcome, which is the later."""
    project.finish(identity, ROWS, status=status)
    rows, outcome = (Path(f"results/trials/{identity}/{name}") for name in ("metrics.jsonl", "outcome.json"))
    outcome.write_text(json.dumps(json.loads(outcome.read_text()) | {"metrics": METRICS}))
    os.utime(rows, ns=(10, 10))
    os.utime(outcome, ns=(20, 20))
    return rows, outcome


@pytest.mark.parametrize(
    ("text", "status", "told"),
    [
        (ACCURACY % 0.5 + LOSS % 0.4, "done", False),  # written again, as it was
        (ACCURACY % 0.99 + LOSS % 0.4, "done", True),
        (ACCURACY % 0.5 + LOSS % 0.3, "done", True),
        (ACCURACY % 0.5, "done", True),
        ("", "done", True),
        (None, "done", True),
        (ACCURACY % 0.99, "failed", False),
    ],
)
def test_rows_that_are_not_those_of_the_outcome_are_told_of(
    project: Any, text: str | None, status: str, told: bool
) -> None:
    project.plan([project.trial("a", "a"), project.trial("b", "b")], factors={"encoder": ["a", "b"]})
    ended(project, "a")
    rows, _ = ended(project, "b", status)
    if text is None:
        rows.unlink()
    else:
        rows.write_text(text)
    said = (
        "NOT WHAT WAS MEASURED: results/trials/b/metrics.jsonl holds other numbers than the trial ended with, or none."
        " Put the file back as it was; or delete the trial's folder, and it runs again"
    )
    assert list(altered("demo")) == [said] * told


def test_many_are_counted(project: Any) -> None:
    names = [*"abcdef"]
    project.plan([project.trial(name, name) for name in names], factors={"encoder": names})
    for name in names[1:]:
        ended(project, name)[0].write_text("")
    (line,) = altered("demo")
    assert "results/trials/b/metrics.jsonl, " in line
    assert "/d/metrics.jsonl and 2 more hold other numbers" in line
