"""The columns of a table in, what stands above them out: as short as leaves nobody in doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence

from expc.report.cells import Levels
from expc.report.experiment import ON, Experiment, Table

OWN = "own data"

SILENT = re.compile(r"[-+]?[.\d].*|true|false|yes|no|on|off|null|none|default|full|best|last", re.IGNORECASE)
"""Levels that say nothing without their factor: numbers, and words such as `false`."""


def heading(table: Table, column: Levels, metric: str, experiment: Experiment) -> str:
    """The column's levels, and the metric where the table has several: `cnn, dropout=0.5, loss`."""
    levels = spoken(table.columns, column)
    if len(levels) > 1:  # which is of which factor, nobody could tell
        levels = tuple(_told(table, place, level, experiment) for place, level in enumerate(levels))
        return ", ".join((*levels, metric) if len(table.metrics) > 1 else levels)
    return " ".join(levels) if levels and len(table.metrics) == 1 else " ".join((*levels, metric))


def spoken(factors: Sequence[str], levels: Levels) -> Levels:
    """The levels as a reader wants them: an own program's own data have no name."""
    return tuple(level or (OWN if factor == ON else "") for factor, level in zip(factors, levels, strict=True))


def _told(table: Table, place: int, level: str, experiment: Experiment) -> str:
    """The level alone, where it can be of no other factor."""
    others = [factor for number, factor in enumerate(table.columns) if number != place]
    elsewhere = {name for factor in others for name in (*_of(factor, experiment), factor)}
    alone = level and level not in elsewhere and not SILENT.fullmatch(level)
    return level if alone else f"{table.columns[place]}={level}"


def _of(factor: str, experiment: Experiment) -> Sequence[str]:
    """A data set measured on has the name of one learned from, mostly."""
    return tuple(experiment.data_names.values()) if factor == ON else experiment.factors.get(factor, ())
