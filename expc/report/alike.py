"""The cells of a table in, the sentences that name those that came to the very same values, run by run, out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from expc.report.cells import Cell, Levels
from expc.report.notes import LEVELS, listed


def alike(found: Sequence[Cell]) -> Iterator[str]:
    """Of cells that are measured on the same data, where no run is missing and not all runs have one value."""
    values: dict[Levels, list[tuple[str, tuple[float, ...]]]] = {}
    measured: dict[Levels, set[frozenset[str]]] = {}
    for cell in found:
        values.setdefault((*cell.row, *cell.column), []).append((cell.metric, cell.summary.values))
        measured.setdefault((*cell.row, *cell.column), set()).add(cell.measured_on)
    short = {(*cell.row, *cell.column) for cell in found if cell.summary.n < cell.summary.of}
    groups: dict[object, list[Levels]] = {}
    for levels, runs in values.items():
        if levels not in short and any(len(set(one)) > 1 for _, one in runs):
            groups.setdefault((tuple(runs), frozenset(measured[levels])), []).append(levels)
    named = [listed([" ".join(levels) for levels in group]) for group in groups.values() if len(group) > 1]
    if named:
        more = [f"{len(named) - LEVELS} more such groups"] if len(named) > LEVELS else []
        yield (
            f"{'; '.join((*named[:LEVELS], *more))}: the same values run by run, so that what tells them apart changes"
            " nothing, or nothing that is measured here."
        )
