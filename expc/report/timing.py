"""The cells of a table in, the sentences that say on which hardware its times were measured out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from expc.report.cells import Cell
from expc.report.experiment import Experiment, Table
from expc.report.left import stated_outcome

CELLS = 6
"""Cells that are named before the rest is only counted."""


def measured_on(table: Table, cells: Sequence[Cell], experiment: Experiment) -> Iterator[str]:
    """Nothing if the table shows no metric of kind timing, or if no trial has an outcome."""
    stage = experiment.stages[table.stage]
    timed = [cell for cell in cells if stage.metric(cell.metric).name in stage.timing]
    found = _hardware(timed)
    metrics = ", ".join(dict.fromkeys(cell.metric for cell in timed))
    if len(found) == 1:
        (kind,) = found
        yield f"Times ({metrics}): a trial at a time, on {kind}."
    elif found:
        places = "; ".join(f"{_cells(places)} on {kind}" for kind, places in found.items())
        yield f"Times ({metrics}) were measured on different hardware, and don't compare as they stand: {places}."


def _hardware(cells: Sequence[Cell]) -> dict[str, dict[str, set[str]]]:
    """Hardware in words -> the cells with trials that ran there, and those trials."""
    known = {trial: _described(trial) for cell in cells for trial in cell.trials}
    found: dict[str, dict[str, set[str]]] = {}
    for cell in cells:
        for trial in cell.trials:
            if kind := known[trial]:
                name = " ".join((*cell.row, *cell.column)) or "the only cell"
                found.setdefault(kind, {}).setdefault(name, set()).add(trial)
    return found


def _described(trial: str) -> str | None:
    outcome = stated_outcome(trial)
    return words(outcome["hardware"]) if outcome and outcome["status"] == "done" and "hardware" in outcome else None


def words(hardware: Mapping[str, Any]) -> str:
    """What of a machine decides how long something takes; its name doesn't."""
    cpus = f"{hardware['cpus']} CPU{'s' if hardware['cpus'] > 1 else ''} of {hardware['cpu']}"
    return f"{cpus} and {hardware['gpu']}" if hardware["gpu"] else cpus


def _cells(places: Mapping[str, Collection[str]]) -> str:
    shown = [f"{name} ({len(trials)})" if len(trials) > 1 else name for name, trials in places.items()]
    more = [f"{len(shown) - CELLS} more"] if len(shown) > CELLS else []
    return ", ".join(shown[:CELLS] + more)
