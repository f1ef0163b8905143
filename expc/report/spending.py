"""Trials' ledgers in, what was spent on them out: by whom, for which experiment, where, and what of it was in vain.

A ledger knows what an attempt had for itself, and how long; what a job took beside its trials is the scheduler's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from expc.runner.outcome import TRIALS, outcome_file, stated, without_faults

Row: TypeAlias = Mapping[str, Any]
Fate: TypeAlias = Literal["kept", "failed", "repeated"]

HOUR = 3600.0
NOBODY = "?"
"""The user of an attempt whose ledger is older than that it said one."""


class Attempt(NamedTuple):
    """One start of a trial's program; with the last one, its evaluations.

    `seconds` is None if it was killed and nobody knows when; `gpus` is a share, if several trials had one together;
    `fate` is `kept` for what led to a result or may still."""

    trial: str
    user: str
    place: str
    """The partition; outside of SLURM the machine."""
    job: str
    seconds: float | None
    cpus: float
    gpus: float
    fate: Fate

    @property
    def cpu_hours(self) -> float:
        return (self.seconds or 0.0) * self.cpus / HOUR

    @property
    def gpu_hours(self) -> float:
        return (self.seconds or 0.0) * self.gpus / HOUR


@dataclass(frozen=True)
class Clock:
    """What ends an attempt that its ledger doesn't see end, in Unix time: now, of trials that run; else its job."""

    now: float
    running: frozenset[str] = frozenset()
    jobs: Mapping[str, float] = field(default_factory=dict)


def trials() -> list[str]:
    """All that were ever begun in this project, planned or not."""
    return sorted(path.parent.name for path in Path(TRIALS).glob("*/attempts.jsonl"))


def attempts(trial: str, clock: Clock) -> list[Attempt]:
    """Those of one trial, in order."""
    spans = list(_spans(_rows(trial)))
    outcome = stated(outcome_file(trial), trial)
    found = [
        _attempt(trial, start, _seconds(trial, start, end, following, clock), _fate(index, spans, outcome))
        for index, (start, end, following) in enumerate(spans)
    ]
    evaluated = _evaluated(trial)
    if evaluated and found:
        found[-1] = found[-1]._replace(seconds=(found[-1].seconds or 0.0) + evaluated)
    return found


def jobs_to_ask(trial: str) -> set[str]:
    """The jobs that alone know when an attempt ended."""
    return {start["job"] for start, end, _ in _spans(_rows(trial)) if end is None and "job" in start}


Span: TypeAlias = tuple[Row, Row | None, Row | None]
"""An attempt's row of start, the one of its end, and that of the next start."""


def _spans(rows: Sequence[Row]) -> Iterator[Span]:
    starts = [index for index, row in enumerate(rows) if "started" in row]
    for index, following in pairwise([*starts, len(rows)]):
        end = next((row for row in rows[index + 1 : following] if "ended" in row), None)
        yield rows[index], end, rows[following] if following < len(rows) else None


def _fate(index: int, spans: Sequence[Span], outcome: Row | None) -> Fate:
    """What begins from nothing uses nothing of what came before; its row of start says so by `log`."""
    if any("log" in start for start, _, _ in spans[index + 1 :]):
        return "repeated"
    return "failed" if outcome and outcome["status"] == "failed" else "kept"


def _seconds(trial: str, start: Row, end: Row | None, following: Row | None, clock: Clock) -> float | None:
    if end is not None:
        return float(end.get("seconds", 0.0))
    began = _moment(start["started"])
    if following is None and trial in clock.running:
        return max(0.0, clock.now - began) if began else None
    over = clock.jobs.get(start.get("job", ""))
    if over is None or began is None:
        return None
    again = _moment(following["started"]) if following else None
    return max(0.0, min(over, again or over) - began)


def _attempt(trial: str, start: Row, seconds: float | None, fate: Fate) -> Attempt:
    return Attempt(
        trial=trial,
        user=start.get("user", NOBODY),
        place=start.get("partition", start.get("host", NOBODY)),
        job=start.get("job", ""),
        seconds=seconds,
        cpus=float(start.get("cpus", 1)),
        gpus=start.get("gpus", 0) / start.get("at_once", 1),
        fate=fate,
    )


def _evaluated(trial: str) -> float:
    total = 0.0
    for path in Path(TRIALS, trial, "evaluations").glob("*.json"):
        with suppress(OSError, ValueError, TypeError, AttributeError, RecursionError):
            total += float(json.loads(path.read_bytes()).get("seconds", 0.0))
    return total


def _rows(trial: str) -> list[Row]:
    """The whole ones. A killed runner may have left half a row."""
    found = []
    for line in Path(TRIALS, trial, "attempts.jsonl").read_bytes().splitlines():
        with suppress(ValueError, RecursionError):
            found.append(json.loads(line))
    return [without_faults(row) for row in found if isinstance(row, dict)]


def _moment(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError):
        return None


class Sum(NamedTuple):
    """What some attempts cost together. `unknown` counts those of which nobody knows how long they took."""

    trials: int
    attempts: int
    cpu_hours: float
    gpu_hours: float
    wasted_cpu_hours: float
    wasted_gpu_hours: float
    unknown: int
    money: float | None = None
    wasted_money: float | None = None


Prices: TypeAlias = Mapping[str, Mapping[str, float]]
"""Of a partition, what an hour of a GPU and one of a CPU costs: `gpu_hour`, `cpu_hour`."""


def total(some: Iterable[Attempt], prices: Prices) -> Sum:
    """Money is None where no partition of these has a price."""
    mine = list(some)
    vain = [one for one in mine if one.fate != "kept"]
    priced = any(one.place in prices for one in mine)
    return Sum(
        trials=len({one.trial for one in mine}),
        attempts=len(mine),
        cpu_hours=sum(one.cpu_hours for one in mine),
        gpu_hours=sum(one.gpu_hours for one in mine),
        wasted_cpu_hours=sum(one.cpu_hours for one in vain),
        wasted_gpu_hours=sum(one.gpu_hours for one in vain),
        unknown=sum(one.seconds is None for one in mine),
        money=sum(_price(one, prices) for one in mine) if priced else None,
        wasted_money=sum(_price(one, prices) for one in vain) if priced else None,
    )


def _price(one: Attempt, prices: Prices) -> float:
    price = prices.get(one.place, {})
    return one.gpu_hours * price.get("gpu_hour", 0.0) + one.cpu_hours * price.get("cpu_hour", 0.0)
