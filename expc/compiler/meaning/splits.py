"""The `split` of a data set as written in, the rule of each set of prepared data out: one, or one for each fold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from expc.data.sources import predicts_numbers
from expc.spec import Source

SPLIT: Mapping[str, Any] = {"test": 0.2, "validation": 0.1, "stratify": True, "seed": 0}
"""What makes the missing parts where the spec doesn't say."""


def folds(source: Source) -> int | None:
    """How many folds there are, all repetitions together; None where the data are split once."""
    stated = _stated(source)
    return stated["folds"] * stated.get("repeat", 1) if "folds" in stated else None


def rules(source: Source) -> Iterator[tuple[int | None, dict[str, Any]]]:
    """Each fold with its rule, or None with the only one.

    How often the folds are repeated is not in a fold's rule, so that raising `repeat` leaves those that are there."""
    stated = _stated(source)
    given = {key: stated[key] for key in ("test", "validation", "group", "seed") if key in stated}
    given |= {key: 0 for key in ("test", "validation") if given.get(key) == 0}  # 0.0 is no other split
    stratify = not predicts_numbers(source.entry, source.name) and stated.get("stratify", "label") == "label"
    rule = {**SPLIT, **given, "stratify": stratify}
    count = folds(source)
    if count is None:
        yield None, rule
        return
    del rule["test"]
    for fold in range(count):
        yield fold, {**rule, "folds": stated["folds"], "fold": fold}


def _stated(source: Source) -> Mapping[str, Any]:
    stated = source.entry.get("split", {})
    assert isinstance(stated, Mapping)
    return stated
