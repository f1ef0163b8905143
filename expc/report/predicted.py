"""What a trial or an evaluation predicted in, a metric that is computed from it out, or why it can't be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from expc.report.agreement import Found, Row, agreement

FILE = "predictions.jsonl"
"""Of a trial that predicts itself, in its folder."""

COUNT = "count"


def computed(text: str, what: str, on: str = "") -> Found:
    """`what` is mean, accuracy or another of a spec's `compute`, of the predictions on a data set; empty is the trial's
    own."""
    rows = [row for row in _rows(text) if (row.get("on") or "") == on]
    if what == COUNT:
        return len(rows), ""
    if not rows:
        return None, "it wrote no predictions"
    if what == "mean":
        return _mean(rows)
    without = sum("label" not in row for row in rows)
    if without:
        return None, f"{without} of {len(rows)} predictions have no label to be compared with"
    return agreement(what, rows)


def predicted_on(text: str) -> list[str]:
    """The data sets of the predictions, by first appearance; empty is the trial's own."""
    return list(dict.fromkeys(row.get("on") or "" for row in _rows(text)))


def read_predictions(path: Path) -> str:
    """The text of the file; empty if there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


@lru_cache(maxsize=1)  # a trial's are asked for by each metric
def _rows(text: str) -> tuple[Row, ...]:
    """The runner has settled them: each is whole, and stands once."""
    return tuple(json.loads(line) for line in text.split("\n") if line)


def _mean(rows: Sequence[Row]) -> Found:
    scores = [row["score"] for row in rows]
    without = sum(score is None for score in scores)
    if without:
        return None, f"{without} of {len(rows)} predictions have no score"
    return sum(scores) / len(scores), ""
