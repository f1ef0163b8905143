"""Predictions with their labels in, how well they agree out, as scikit-learn defines it; or why that can't be said.

By hand, and not by scikit-learn: predictions are any JSON, and some are null, which is no class."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from math import isfinite, log, sqrt
from statistics import fmean
from typing import Any, NamedTuple

from expc.report.measured import Value

Row = Mapping[str, Any]
Found = tuple[Value, str]
"""The value; without one, why there is none."""

LEAST = 1e-6
"""A probability that is smaller counts as this in the log loss: templates write six digits."""


def agreement(what: str, rows: Sequence[Row]) -> Found:
    """`what` is a name in scikit-learn's manner; each row has a prediction and a label."""
    if what in _OF_CLASSES:
        found = _OF_CLASSES[what](_counted(rows))
        return found, "" if found is not None else "all predictions and labels are the same"
    found, why = _over_numbers(what, rows) if what in _OF_NUMBERS else _over_probabilities(what, rows)
    return (None, "it was not finite") if found is not None and not isfinite(found) else (found, why)


class _Counted(NamedTuple):
    """How often each class was predicted, is right, and both. A prediction that is null is of no class."""

    predicted: Counter[Hashable]
    true: Counter[Hashable]
    hits: Counter[Hashable]
    rows: int

    @property
    def classes(self) -> list[Hashable]:
        return [*{**self.predicted, **self.true}]

    def mean(self, each: Callable[[Hashable], float]) -> float:
        """Over the classes that occur."""
        return fmean(map(each, self.classes))


def _counted(rows: Sequence[Row]) -> _Counted:
    pairs = [(_class(row["prediction"]), _class(row["label"])) for row in rows]
    predicted = Counter(guess for guess, right in pairs if guess is not None or right is None)
    hits = Counter(right for guess, right in pairs if guess == right)
    return _Counted(predicted, Counter(right for _, right in pairs), hits, len(rows))


def _class(value: Any) -> Hashable:
    """1 and 1.0 are one class, 1 and true are not."""
    if isinstance(value, bool | list | dict):
        return json.dumps(value, sort_keys=True), type(value).__name__
    return value if isinstance(value, str | None) else float(value)


def _balanced_accuracy(found: _Counted) -> float:
    """The mean over the labels' classes of the share of each that is found."""
    return fmean(found.hits[one] / found.true[one] for one in found.true)


def _f1(found: _Counted, one: Hashable) -> float:
    return 2 * found.hits[one] / (found.predicted[one] + found.true[one])


def _share(part: int, whole: int) -> float:
    """Of nothing it is 0."""
    return part / whole if whole else 0.0


def _by_chance(found: _Counted) -> float:
    """How often prediction and label would agree if they had nothing to do with each other, times the rows squared."""
    return sum(found.predicted[one] * found.true[one] for one in found.true)


def _mcc(found: _Counted) -> float:
    """Of any number of classes (Gorodkin 2004); 0 where all predictions, or all labels, are the same."""
    none = found.rows - sum(found.predicted.values())  # those that are null are as one class more
    spreads = (
        found.rows**2 - sum(number**2 for number in counts)
        for counts in ((*found.predicted.values(), none), found.true.values())
    )
    both = sqrt(float(next(spreads)) * float(next(spreads)))
    return (sum(found.hits.values()) * found.rows - _by_chance(found)) / both if both else 0.0


def _cohen_kappa(found: _Counted) -> float | None:
    chance = _by_chance(found) / found.rows**2
    return (sum(found.hits.values()) / found.rows - chance) / (1 - chance) if chance < 1 else None


def _over_numbers(what: str, rows: Sequence[Row]) -> Found:
    pairs = [(row["prediction"], row["label"]) for row in rows]
    odd = sum(not (_is_number(guess) and _is_number(right)) for guess, right in pairs)
    if odd:
        return None, f"{odd} of {len(rows)} predictions, or their labels, are no numbers"
    labels = [float(right) for _, right in pairs]
    if what == "r2" and len(set(labels)) == 1:
        return None, "all labels are the same"
    return _OF_NUMBERS[what]([float(guess) - right for guess, right in pairs], labels), ""


def _r2(errors: Sequence[float], labels: Sequence[float]) -> float:
    middle = fmean(labels)
    return 1 - _mse(errors, labels) / fmean((label - middle) * (label - middle) for label in labels)


def _mse(errors: Sequence[float], _: Sequence[float]) -> float:
    return fmean(error * error for error in errors)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _over_probabilities(what: str, rows: Sequence[Row]) -> Found:
    """`score` is how probable the label was found. Of two classes, that tells how probable the other was."""
    scores = [row.get("score") for row in rows]
    if without := sum(score is None for score in scores):
        return None, f"{without} of {len(rows)} predictions have no score"
    probable = [float(score) for score in scores if score is not None and 0 <= score <= 1]
    if odd := len(scores) - len(probable):
        return None, f"{odd} of {len(rows)} scores lie outside 0 to 1: they are not how probable the label was found"
    if what == "log_loss":
        return fmean(-log(max(each, LEAST)) for each in probable), ""
    return _over_two_classes(what, rows, probable)


def _over_two_classes(what: str, rows: Sequence[Row], probable: Sequence[float]) -> Found:
    labels = [_class(row["label"]) for row in rows]
    classes = [*dict.fromkeys([*labels, *(_class(row["prediction"]) for row in rows)])]
    right = [_class(row["prediction"]) == label for row, label in zip(rows, labels, strict=True)]
    if len(classes) > 2 or any(each < 0.5 if hit else each > 0.5 for each, hit in zip(probable, right, strict=True)):
        return None, f"{what} is of two classes, and the predictions are of more"
    if what == "brier":
        return fmean((1 - each) ** 2 for each in probable), ""
    of_first = [each if label == labels[0] else 1 - each for each, label in zip(probable, labels, strict=True)]
    return _roc_auc(of_first, [label == labels[0] for label in labels])


def _roc_auc(scores: Sequence[float], positive: Sequence[bool]) -> Found:
    """How often a positive is above a negative; the same as the area (Hanley and McNeil 1982). Of ties, half."""
    positives, negatives = sum(positive), len(positive) - sum(positive)
    if not positives or not negatives:
        return None, "all labels are the same"
    tied: dict[float, list[bool]] = {}
    for score, is_positive in zip(scores, positive, strict=True):
        tied.setdefault(round(score, 12), []).append(is_positive)  # 1 - p has lost a digit or two
    above, below = 0.0, 0
    for score in sorted(tied):
        hits = sum(tied[score])
        misses = len(tied[score]) - hits
        above += hits * (below + misses / 2)
        below += misses
    return above / (positives * negatives), ""


_OF_CLASSES: Mapping[str, Callable[[_Counted], float | None]] = {
    "accuracy": lambda found: sum(found.hits.values()) / found.rows,
    "balanced_accuracy": _balanced_accuracy,
    "f1_macro": lambda found: found.mean(lambda one: _f1(found, one)),
    "f1_micro": lambda found: 2 * sum(found.hits.values()) / (sum(found.predicted.values()) + found.rows),
    "f1_weighted": lambda found: sum(found.true[one] * _f1(found, one) for one in found.true) / found.rows,
    "precision_macro": lambda found: found.mean(lambda one: _share(found.hits[one], found.predicted[one])),
    "recall_macro": lambda found: found.mean(lambda one: _share(found.hits[one], found.true[one])),
    "mcc": _mcc,
    "cohen_kappa": _cohen_kappa,
}
_OF_NUMBERS: Mapping[str, Callable[[Sequence[float], Sequence[float]], float]] = {
    "mae": lambda errors, _: fmean(map(abs, errors)),
    "mse": _mse,
    "rmse": lambda errors, labels: sqrt(_mse(errors, labels)),
    "r2": _r2,
}
