"""Examples and a split's rule in, an error out if there are too few of them for the parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from expc.data.examples import Examples
from expc.errors import ExpcError

SHOWN = 5


def check_sizes(
    training: Examples,
    strata: NDArray[np.int64],
    classes: Sequence[str],
    missing: Sequence[str],
    rule: Mapping[str, Any],
) -> None:
    """Every part gets one example of each class at least, or where there are groups, one group.

    `classes` names the strata; it is empty if there is one, of all."""
    needed = _needed(missing, rule)
    wanted = f"{rule['folds']} folds, which take {needed}" if "fold" in rule else _listed(missing)
    if training.groups is not None:
        groups = len(set(training.groups))
        if groups < needed:
            way = "ask for fewer parts, or choose another column under `split.group`"
            raise ExpcError(f"{training.file}: {groups} groups of examples are too few for {wanted}; {way}")
        return
    counts = np.bincount(strata, minlength=max(1, len(classes))).tolist()
    if min(counts) < needed:
        few, way = _few(counts, needed, classes, folded="fold" in rule)
        raise ExpcError(f"{training.file}: too few examples{few} for {wanted}; {way}")


def _listed(missing: Sequence[str]) -> str:
    return f"one each in {', '.join(('train', *missing))}"


def _few(counts: Sequence[int], needed: int, classes: Sequence[str], *, folded: bool) -> tuple[str, str]:
    """What there is too little of, and what can be done."""
    if not classes:
        return f" ({counts[0]})", "ask for fewer folds" if folded else "add examples, or give files for the parts"
    small = [f"{label!r} ({count})" for label, count in zip(classes, counts, strict=True) if count < needed]
    shown = ", ".join(small[:SHOWN]) + (f" and {len(small) - SHOWN} more" if len(small) > SHOWN else "")
    if folded:
        return f" of {shown}", "ask for fewer folds, or write `stratify: none`"
    return f" of {shown}", "add examples, give files for the parts, or keep the other classes with `labels`"


def _needed(missing: Sequence[str], rule: Mapping[str, Any]) -> int:
    """The fewest that do: with folds, what is left of them has one for each other part, and one for training."""
    if "fold" not in rule:
        return len(missing) + 1
    folds: int = rule["folds"]
    parts = len([part for part in missing if part != "test"]) + 1
    count = folds
    while count - -(-count // folds) < parts:
        count += 1
    return count
