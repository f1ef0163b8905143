"""Trials in, how each of them stands out: what their outcomes, the locks and the ledgers say."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from expc.cli.tally import Line, State
from expc.jobs.seen import Seen
from expc.runner.outcome import broken, outcome_file, stated, survey
from expc.working import elsewhere, last_row, lock_of, locked, unended


@dataclass(frozen=True)
class Standing:
    """Each by the trial's id. `outcomes` are those that stand, `begun` is when that was started which runs now, in
    Unix time, `interrupted` had begun and nobody works on them, `elsewhere` names the machines of those of which
    nobody can tell from here, `broken` says why outcomes don't count that are there."""

    states: Mapping[str, State]
    outcomes: Mapping[str, Mapping[str, Any]]
    begun: Mapping[str, float]
    interrupted: tuple[str, ...]
    elsewhere: Mapping[str, str]
    broken: Mapping[str, str]


def standing(trials: Sequence[Line], seen: Seen | None = None) -> Standing:
    """`seen` is what SLURM says of the project's jobs: it knows of trials on other machines."""
    states: dict[str, State] = {}
    outcomes: dict[str, Mapping[str, Any]] = {}
    begun: dict[str, float] = {}
    interrupted: list[str] = []
    away: dict[str, str] = {}
    damaged: dict[str, str] = {}
    held = locked()
    for trial, (step, found) in zip(trials, survey(list(trials)), strict=True):
        identity = trial["id"]
        outcome = stated(outcome_file(identity), identity) if found else None
        if outcome:
            outcomes[identity] = outcome
        if step is None:
            states[identity] = found
        elif held and lock_of(identity) in held:
            states[identity] = "running"
            begun[identity] = _begun(identity)
        else:
            states[identity] = "waiting"
            if found is None and (why := broken(outcome_file(identity), identity)):
                damaged[identity] = why
            row = last_row(identity)
            host = elsewhere(row) if unended(row) else None
            fate = seen.fate(row) if seen and row and host else "unknown"
            if host and fate == "runs":
                states[identity] = "running"
                begun[identity] = _begun(identity)
            elif host and fate == "unknown":
                away[identity] = host
            elif row and "retried" not in row and not row.get("final"):
                interrupted.append(identity)
    return Standing(states, outcomes, begun, tuple(interrupted), away, damaged)


def _begun(trial: str) -> float:
    """When the attempt was started that runs now; of an evaluation, and before the first attempt, now."""
    row = last_row(trial)
    now = time.time()
    if row is None or not unended(row):
        return now
    try:
        return datetime.fromisoformat(row["started"]).timestamp()
    except (TypeError, ValueError):
        return now
