"""A plan in, what it costs out: by the limits that it states, or by what its finished trials took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from expc.plan import Cell, Plan
from expc.runner.outcome import outcome_file, stated

SAMPLE = 100
"""Finished trials whose duration is read, for each stage."""


class Hours(NamedTuple):
    """`known` leaves out the trials of which nobody knows how long they take."""

    known: float
    unknown: int
    basis: str


def trials(cells: Iterable[tuple[Cell, tuple[str, ...]]]) -> int:
    return sum(len(own) for _, own in cells)


def distinct(plan: Plan) -> list[tuple[Cell, tuple[str, ...]]]:
    """The cells with the ids of their trials, less those that stood in an earlier cell."""
    met: set[str] = set()
    found = []
    for cell in plan.cells:
        own = tuple(dict.fromkeys(trial.id for trial in cell.trials if trial.id not in met))
        met.update(own)
        found.append((cell, own))
    return found


def cpus_held(cpus: int, asks: Mapping[str, Any]) -> int:
    """By a trial as long as it runs; `asks` is its plan's line, or what the cell has of it."""
    held: int = cpus * asks.get("nodes", 1)
    return held


def gpus_held(asks: Mapping[str, Any]) -> float:
    """Its part, where several trials share them."""
    held: float = asks.get("gpus", 0) * asks.get("nodes", 1) / asks.get("at_once", 1)
    return held


def cpu_hours(cells: Sequence[tuple[Cell, tuple[str, ...]]], project: Path) -> Hours:
    """Of all trials, finished ones too: by `resources.time`, or where that isn't set by the median of finished ones."""
    return _hours([(cell, own, cpus_held(cell.cpus, cell.asks)) for cell, own in cells], project)


def gpu_hours(cells: Sequence[tuple[Cell, tuple[str, ...]]], project: Path) -> Hours:
    """The same of GPUs, of the trials that ask for any."""
    return _hours([(cell, own, gpus_held(cell.asks)) for cell, own in cells if "gpus" in cell.asks], project)


def _hours(held: Sequence[tuple[Cell, tuple[str, ...], float]], project: Path) -> Hours:
    cells = [(cell, own) for cell, own, _ in held]
    timeless = {cell.stage for cell, _ in cells if cell.time is None}
    medians = {stage: _median(cells, stage, project) for stage in timeless}
    known, unknown, bases = 0.0, 0, set()
    for cell, identities, number in held:
        seconds = cell.time if cell.time is not None else medians[cell.stage]
        if seconds is None:
            unknown += len(identities)
        elif identities:
            known += seconds * number * len(identities) / 3600
            said = "at most, by resources.time" if cell.time is not None else f"as finished trials of {cell.stage} took"
            bases.add(said)
    return Hours(known, unknown, "; ".join(sorted(bases)))


def _median(cells: Iterable[tuple[Cell, tuple[str, ...]]], stage: str, project: Path) -> float | None:
    found = durations((identity for cell, own in cells if cell.stage == stage for identity in own), project)
    return median(found) if found else None


def durations(identities: Iterable[str], project: Path = Path()) -> list[float]:
    """How long some of the trials that are done took, in seconds."""
    outcomes = (_outcome(identity, project) for identity in identities)
    took = (_seconds(found) for found in outcomes if found and found["status"] == "done")
    return list(islice(filter(None, took), SAMPLE))


class Spent(NamedTuple):
    cpu_hours: float
    gpu_hours: float


def spent(lines: Iterable[Mapping[str, Any]], project: Path = Path()) -> Spent:
    """What the finished trials of a plan took, failed ones too."""
    cpu, gpu = 0.0, 0.0
    for line in lines:
        if found := _outcome(line["id"], project):
            hours = _seconds(found) / 3600
            cpu, gpu = cpu + hours * cpus_held(line["cpus"], line), gpu + hours * gpus_held(line)
    return Spent(cpu, gpu)


def _seconds(outcome: Mapping[str, Any]) -> float:
    """What a trial took; nothing, where another program wrote its outcome, and left that out."""
    found = outcome.get("seconds")
    return float(found) if isinstance(found, int | float) else 0.0


def _outcome(identity: str, project: Path) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = stated(str(project / outcome_file(identity)), identity)
    return found
