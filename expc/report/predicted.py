"""What a trial or an evaluation predicted in, a metric that is computed from it out, or why it can't be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from math import isfinite, sqrt
from pathlib import Path
from statistics import fmean
from typing import Any

from expc.report.measured import Value

FILE = "predictions.jsonl"
"""Of a trial that predicts itself, in its folder."""

Row = Mapping[str, Any]
Found = tuple[Value, str]
"""The value; without one, why there is none."""


def computed(text: str, what: str, on: str = "") -> Found:
    """`what` is mean, accuracy or another of a spec's `compute`, of the predictions on a data set; empty is the trial's
    own."""
    rows = [row for row in _rows(text) if (row.get("on") or "") == on]
    if what == "count":
        return len(rows), ""
    if not rows:
        return None, "it wrote no predictions"
    if what == "mean":
        return _mean(rows)
    without = sum("label" not in row for row in rows)
    if without:
        return None, f"{without} of {len(rows)} predictions have no label to be compared with"
    return _OF_NUMBERS[what](rows) if what in _OF_NUMBERS else (_OF_CLASSES[what](rows), "")


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


def _accuracy(rows: Sequence[Row]) -> float:
    return sum(_class(row["prediction"]) == _class(row["label"]) for row in rows) / len(rows)


def _f1_macro(rows: Sequence[Row]) -> float:
    """The mean over the classes that occur of 2 · hits / (predicted + true). A prediction that is null is of none."""
    predicted, true, hits = _counts(rows)
    return fmean(2 * hits[one] / (predicted[one] + true[one]) for one in {**predicted, **true})


def _balanced_accuracy(rows: Sequence[Row]) -> float:
    """The mean over the labels' classes of the share of each that is found."""
    _, true, hits = _counts(rows)
    return fmean(hits[one] / true[one] for one in true)


def _counts(rows: Sequence[Row]) -> tuple[Counter[Hashable], Counter[Hashable], Counter[Hashable]]:
    """How often each class was predicted, is right, and both."""
    pairs = [(_class(row["prediction"]), _class(row["label"])) for row in rows]
    predicted = Counter(guess for guess, right in pairs if guess is not None or right is None)
    return predicted, Counter(right for _, right in pairs), Counter(right for guess, right in pairs if guess == right)


def _class(value: Any) -> Hashable:
    """1 and 1.0 are one class, 1 and true are not."""
    if isinstance(value, bool | list | dict):
        return json.dumps(value, sort_keys=True), type(value).__name__
    return value if isinstance(value, str | None) else float(value)


def _mae(rows: Sequence[Row]) -> Found:
    return _over_errors(rows, lambda errors: fmean(map(abs, errors)))


def _rmse(rows: Sequence[Row]) -> Found:
    return _over_errors(rows, lambda errors: sqrt(fmean(error * error for error in errors)))


def _over_errors(rows: Sequence[Row], compute: Callable[[Sequence[float]], float]) -> Found:
    pairs = [(row["prediction"], row["label"]) for row in rows]
    odd = sum(not (_is_number(guess) and _is_number(right)) for guess, right in pairs)
    if odd:
        return None, f"{odd} of {len(rows)} predictions, or their labels, are no numbers"
    found = compute([float(guess) - right for guess, right in pairs])
    return (found, "") if isfinite(found) else (None, "it was not finite")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_OF_CLASSES: Mapping[str, Callable[[Sequence[Row]], float]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "f1_macro": _f1_macro,
}
_OF_NUMBERS: Mapping[str, Callable[[Sequence[Row]], Found]] = {"mae": _mae, "rmse": _rmse}
