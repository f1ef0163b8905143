"""The cells of a table in, the sentences that say how many of its test examples had been met before out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from expc.report.cells import Cell
from expc.report.experiment import RESULTS, Experiment, Table

PER_CENT = 100
"""Fewer test examples than one in so many are passed over: short sentences are alike by chance."""

MET = {
    "train": "are among the training data as well, the same in all: whoever learned them by heart has them right.",
    "validation": "are among the validation data as well, the same in all: what was chosen there is no longer tested.",
}


def familiar(table: Table, cells: Sequence[Cell], experiment: Experiment) -> Iterator[str]:
    """A sentence for each data set and part; nothing where the prepared data are gone, or were made before this."""
    metrics = [experiment.stages[table.stage].metric(ref) for ref in table.metrics]
    if not any(metric.split == "test" for metric in metrics):
        return
    shown = {trial for cell in cells for trial in cell.trials}
    ids = dict.fromkeys(t["data"] for t in experiment.planned() if t["id"] in shown and t["data"] is not None)
    known: dict[str, list[Mapping[str, Any]]] = {}
    for identity in ids:
        known.setdefault(experiment.data_names[identity], []).append(described(identity))
    for name, folds in known.items():
        total = sum(fold.get("examples", {}).get("test", 0) for fold in folds)
        for part, why in MET.items():
            met = sum(fold.get("familiar", {}).get(part, 0) for fold in folds)
            if met and met * PER_CENT >= total:
                yield f"{met} of the {total} test examples of {name} {why}"


def described(identity: str) -> Mapping[str, Any]:
    """What the preparation of a data set says of it; nothing if that isn't there."""
    try:
        found: Mapping[str, Any] = json.loads((RESULTS / "data" / identity / "data.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if _is_sound(found) else {}


def _is_sound(found: Any) -> bool:
    """Whether what is counted are numbers: anybody can edit a file."""
    if not isinstance(found, dict) or not isinstance(found.get("tested", []), list):
        return False
    counts = [found.get(name, {}) for name in ("examples", "familiar")]
    if not all(isinstance(count, dict) for count in counts):
        return False
    numbers = [*found.get("tested", []), *(number for count in counts for number in count.values())]
    return all(isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in numbers)
