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


def trials(plan: Plan) -> int:
    """How many there are, each once."""
    return sum(len(identities) for _, identities in distinct(plan))


def distinct(plan: Plan) -> list[tuple[Cell, tuple[str, ...]]]:
    """The cells with the ids of their trials, less those that stood in an earlier cell."""
    met: set[str] = set()
    found = []
    for cell in plan.cells:
        own = tuple(dict.fromkeys(trial.id for trial in cell.trials if trial.id not in met))
        met.update(own)
        found.append((cell, own))
    return found


def cpu_hours(cells: Sequence[tuple[Cell, tuple[str, ...]]], project: Path) -> Hours:
    """Of all trials, finished ones too: by `resources.time`, or where that isn't set by the median of finished ones."""
    timeless = {cell.stage for cell, _ in cells if cell.time is None}
    medians = {stage: _median(cells, stage, project) for stage in timeless}
    known, unknown, bases = 0.0, 0, set()
    for cell, identities in cells:
        seconds = cell.time if cell.time is not None else medians[cell.stage]
        if seconds is None:
            unknown += len(identities)
        elif identities:
            known += seconds * cell.cpus * len(identities) / 3600
            said = "at most, by resources.time" if cell.time is not None else f"as finished trials of {cell.stage} took"
            bases.add(said)
    return Hours(known, unknown, "; ".join(sorted(bases)))


def _median(cells: Iterable[tuple[Cell, tuple[str, ...]]], stage: str, project: Path) -> float | None:
    found = durations((identity for cell, own in cells if cell.stage == stage for identity in own), project)
    return median(found) if found else None


def durations(identities: Iterable[str], project: Path = Path()) -> list[float]:
    """How long some of the trials that are done took, in seconds."""
    outcomes = (_outcome(identity, project) for identity in identities)
    return list(islice((float(found["seconds"]) for found in outcomes if found and found["status"] == "done"), SAMPLE))


def spent(lines: Iterable[Mapping[str, Any]], project: Path = Path()) -> float:
    """CPU-hours that the finished trials of a plan took, failed ones too."""
    hours = 0.0
    for line in lines:
        if found := _outcome(line["id"], project):
            hours += float(found["seconds"]) * line["cpus"] / 3600
    return hours


def _outcome(identity: str, project: Path) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = stated(str(project / outcome_file(identity)), identity)
    return found
