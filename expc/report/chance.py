"""The cells of a table in, the sentences that say which accuracies need no model at all out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from expc.report.cells import Cell
from expc.report.experiment import Experiment, Metric, Table
from expc.report.familiar import described
from expc.report.notes import LEVELS, listed

ACCURACY = "accuracy"


def chance(table: Table, cells: Sequence[Cell], experiment: Experiment) -> Iterator[str]:
    """A sentence for each data set on which a mean is no better than one answer for all of it; nothing where the
    prepared data are gone, or were made before this."""
    stage = experiment.stages[table.stage]
    metrics = {ref for ref in table.metrics if _accuracy(stage.metric(ref))}
    low: dict[str, list[Cell]] = {}
    for cell in cells:
        if cell.metric in metrics and cell.summary.mean is not None and len(cell.measured_on) == 1:
            (name,) = cell.measured_on
            low.setdefault(name, []).append(cell)
    shares = _shares(low, experiment) if low else {}
    for name, share in shares.items():
        found = [cell for cell in low[name] if cell.summary.mean is not None and cell.summary.mean <= share]
        if found:
            yield (
                f"{_named(found)}: no better than one answer for all examples, since {share:.4f} of {name}'s test"
                " examples are of one class."
            )


def _accuracy(metric: Metric) -> bool:
    return metric.split == "test" and (metric.computed or metric.name) == ACCURACY


def _shares(names: Mapping[str, object], experiment: Experiment) -> dict[str, float]:
    """The part of each data set's test examples that is of the commonest class, over all folds."""
    folds: dict[str, list[Sequence[int]]] = {}
    for identity, name in experiment.data_names.items():
        tested = described(identity).get("tested") if name in names else None
        if tested:
            folds.setdefault(name, []).append(tested)
    counts = {name: [sum(each) for each in zip(*found, strict=False)] for name, found in folds.items()}
    return {name: max(found) / sum(found) for name, found in counts.items()}


def _named(cells: Sequence[Cell]) -> str:
    levels = [" ".join((*cell.row, *cell.column)) for cell in cells]
    more = [f"{len(levels) - LEVELS} more"] if len(levels) > LEVELS else []
    return listed([*levels[:LEVELS], *more])
