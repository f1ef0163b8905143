"""A trial's predictions.jsonl in, a metric that is computed from them out, or why it can't be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from expc.report.measured import Value

Row = Mapping[str, Any]
Found = tuple[Value, str]
"""The value; without one, why there is none."""


def computed(text: str, what: str, on: str = "") -> Found:
    """`what` is mean, accuracy or count, of the predictions on a data set; empty is the trial's own."""
    rows = [row for row in _rows(text) if (row.get("on") or "") == on]
    if what == "count":
        return len(rows), ""
    if not rows:
        return None, "it wrote no predictions"
    return _mean(rows) if what == "mean" else _accuracy(rows)


def predicted_on(text: str) -> list[str]:
    """The data sets of the predictions, by first appearance; empty is the trial's own."""
    return list(dict.fromkeys(row.get("on") or "" for row in _rows(text)))


def read_predictions(folder: str) -> str:
    """The text of the trial's predictions; empty if it wrote none."""
    try:
        return Path(folder, "predictions.jsonl").read_text(encoding="utf-8", errors="replace")
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


def _accuracy(rows: Sequence[Row]) -> Found:
    without = sum("label" not in row for row in rows)
    if without:
        return None, f"{without} of {len(rows)} predictions have no label to be compared with"
    return sum(_same(row["prediction"], row["label"]) for row in rows) / len(rows), ""


def _same(one: Any, other: Any) -> bool:
    """1 and 1.0 are, 1 and true are not."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
