"""What a trial or an evaluation predicted in, a metric that is computed from it out, or why it can't be."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from expc.report.agreement import Found, Row, agreement

FILE = "predictions.jsonl"
"""Of a trial that predicts itself, in its folder."""

COUNT = "count"


class Damaged(ValueError):  # noqa: N818 - a file is damaged, not in error
    """A line that is no prediction."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def computed(text: str, what: str, on: str = "") -> Found:
    """`what` is mean, accuracy or another of a spec's `compute`, of the predictions on a data set; empty is the trial's
    own. Raises Damaged."""
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


def predicted_on(text: str) -> Mapping[str, int]:
    """How many predictions each data set has, by first appearance; empty is the trial's own. Raises Damaged."""
    return Counter(row.get("on") or "" for row in _rows(text))


def read_predictions(path: Path) -> str:
    """The text of the file; empty if there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


@lru_cache(maxsize=1)  # a trial's are asked for by each metric
def _rows(text: str) -> tuple[Row, ...]:
    """The runner has settled them: each is whole, and stands once, unless somebody has edited them since."""
    return tuple(_row(line, place) for place, line in enumerate(text.split("\n"), 1) if line)


def _row(line: str, place: int) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict) or "prediction" not in row or not _is_score(row.get("score")):
        raise Damaged(place)
    if not all(_is_usable(row.get(name)) for name in ("prediction", "label")) or not _is_on(row.get("on")):
        raise Damaged(place)
    return row


def _is_score(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and _is_usable(value))


def _is_usable(value: Any) -> bool:
    """Whether it is finite, if it is a number."""
    return not isinstance(value, int | float) or abs(value) <= sys.float_info.max


def _is_on(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _mean(rows: Sequence[Row]) -> Found:
    scores = [row.get("score") for row in rows]
    without = sum(score is None for score in scores)
    if without:
        return None, f"{without} of {len(rows)} predictions have no score"
    return sum(score for score in scores if score is not None) / len(scores), ""
