"""A plan and what earlier ones have left in, what would run, and why, and what it would cost out."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, NamedTuple

from expc.accepted import accepted
from expc.compiler.planning.reasons import PLANS, Before, content, key, reasons
from expc.compiler.planning.spent import Spent, cpus_held, durations, gpus_held, spent
from expc.runner.experiments import read_experiments
from expc.runner.outcome import APART, LOG, header, intact, missing_evaluations, planned, survey
from expc.runner.written import Damaged
from expc.spec import Budget
from expc.working import lock_of, locked

NO_BUDGET = Budget()
NOTHING = Spent(0.0, 0.0)

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """A trial, and why it is to be run, run again, evaluated, or is no longer asked for; or how it stands. `before` is
    there if an earlier form of it has a result."""

    trial: Line
    reason: str = ""
    before: Before | None = None


class Estimate(NamedTuple):
    """How long one trial takes."""

    seconds: float | None
    """None if neither a finished trial nor `resources.time` tells."""
    cpus: int
    basis: str
    alone: bool = False
    """Whether nothing runs beside it: it is timed, or asks for that."""
    gpus: float = 0.0
    """Its part, where several trials share them."""


@dataclass(frozen=True)
class Cost:
    trials: int
    cpu_hours: float | None
    """None if it isn't known of every trial how long it takes."""
    wall_seconds: float | None
    """On `cores`; None also if GPUs are asked for."""
    cores: int
    basis: str
    gpu_hours: float = 0.0


@dataclass(frozen=True)
class Changes:
    name: str
    trials: frozenset[str]
    """Their ids."""
    new: tuple[Change, ...]
    again: tuple[Change, ...]
    running: tuple[Change, ...]
    """Somebody works on these now."""
    evaluate: tuple[Change, ...]
    gone: tuple[Change, ...]
    lines: tuple[Line, ...]
    """Its trials, each once, in the order of the plan."""
    there: tuple[Change, ...]
    """What stands, with its status as the reason."""
    accepted: Mapping[str, int]
    """How many trials have the results of an earlier form, by the reason that was given for it."""
    done: int
    failed: int
    cancelled: int
    estimates: Mapping[str, Estimate]
    """Of the trials that are new or run again, by id."""
    equal: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    """The other conditions of a trial that stands for several, by its id: they run once."""
    budget: Budget = NO_BUDGET
    spent: Spent = NOTHING
    """What the plan's finished trials took; read only if there is a budget of it."""

    @property
    def cost(self) -> Cost:
        return cost(self.estimates.values())

    @property
    def anything(self) -> bool:
        return bool(self.new or self.again or self.running or self.evaluate or self.gone)


def changes(name: str, text: str, digest: str, budget: Budget = NO_BUDGET) -> Changes:
    """`text` is the plan as it would be written, in the project that is the current folder."""
    top, *lines = map(json.loads, text.rstrip("\n").split("\n"))  # not splitlines: a value may hold U+2028
    alike = _alike(lines)
    unique = [first for first, *_ in alike.values()]
    found = survey(unique)
    unfinished = [line for line, (step, _) in zip(unique, found, strict=True) if step == line["stage"]]
    running = _running(line for line, (step, _) in zip(unique, found, strict=True) if step)
    why = reasons(name, digest, top, unfinished)
    statuses = [state for _, state in found]
    changed = [
        Change(line, why[line["id"]][0] or "", why[line["id"]][1]) for line in unfinished if line["id"] not in running
    ]
    return Changes(
        name=name,
        trials=frozenset(line["id"] for line in unique),
        lines=tuple(unique),
        new=tuple(change for change in changed if not change.reason),
        again=tuple(change for change in changed if change.reason),
        running=tuple(Change(line) for line in unique if line["id"] in running),
        evaluate=tuple(Change(line, _evaluations(line)) for line in _apart(unique, found) if line["id"] not in running),
        gone=tuple(_gone(name, top, unique)),
        there=tuple(Change(line, state) for line, (step, state) in zip(unique, found, strict=True) if step is None),
        accepted=accepted(line["id"] for line in unique),
        done=statuses.count("done"),
        failed=statuses.count("failed"),
        cancelled=statuses.count("cancelled"),
        estimates=_estimates(top, unfinished, unique, [form.trial for _, form in why.values() if form]),
        equal={one: tuple(line["condition"] for line in others) for one, (_, *others) in alike.items() if others},
        budget=budget,
        spent=NOTHING if budget.cpu_hours is None and budget.gpu_hours is None else spent(unique),
    )


def _alike(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """The lines of each trial, in the order of the plan: several where conditions are equal."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line["id"], []).append(line)
    return found


def _apart(lines: Sequence[Line], found: Sequence[tuple[str | None, str | None]]) -> Iterator[Line]:
    """Those of which something is measured, and that don't run."""
    return (line for line, (at, _) in zip(lines, found, strict=True) if at in APART)


def _evaluations(line: Line) -> str:
    """What is measured of a trial that is there: its model on data, or what it printed."""
    on = dict.fromkeys(on for _, on, _, rule in missing_evaluations(line) if rule != LOG)
    return f"on {', '.join(on)}" if on else "from its log"


def _running(lines: Iterable[Line]) -> frozenset[str]:
    """The ids of those that somebody on this machine works on."""
    held = locked()
    return frozenset(line["id"] for line in lines if lock_of(line["id"]) in held) if held else frozenset()


def _gone(name: str, top: Line, lines: Sequence[Line]) -> Iterator[Change]:
    """The trials of the plan that was compiled last which this one asks for no more, in no form."""
    try:
        last = read_experiments()["experiments"][name]["plan"]
        path = str(PLANS / f"{name}.{last}.jsonl")
        above, before = header(intact(path)), planned(path)
    except (Damaged, KeyError):
        return
    identities = {line["id"] for line in lines}
    left = [line for line in before if line["id"] not in identities]
    asked = {same for line in lines for same in (key(line), content(top, line))} if left else set()
    yield from (Change(line) for line in left if asked.isdisjoint((key(line), content(above, line))))


def _estimates(
    top: Line, unfinished: Sequence[Line], lines: Sequence[Line], earlier: Sequence[Line]
) -> dict[str, Estimate]:
    """By what trials of the same stage took; if none of these has finished, what their `earlier` forms took."""
    stages = {line["stage"] for line in unfinished}
    measured = {stage: _measured(lines, stage) or _measured(earlier, stage) for stage in stages}
    alone = {stage: "timing" in top["stages"][stage] for stage in stages}
    return {
        line["id"]: _estimate(line, measured[line["stage"]])._replace(
            alone=alone[line["stage"]] or "exclusive" in line, gpus=gpus_held(line)
        )
        for line in unfinished
    }


def _estimate(line: Line, measured: Sequence[float]) -> Estimate:
    cpus = cpus_held(line["cpus"], line)
    if measured:
        basis = f"the median of {len(measured)} finished trials of {line['stage']}"
        return Estimate(median(measured), cpus, basis)
    if line["time"] is not None:
        return Estimate(float(line["time"]), cpus, "at most, from resources.time")
    return Estimate(None, cpus, "no trial like these has finished yet, and resources.time is not set")


def cost(estimates: Collection[Estimate]) -> Cost:
    """What some trials cost together, on the cores of this machine."""
    cores = os.cpu_count() or 1
    unknown = next((one.basis for one in estimates if one.seconds is None), None)
    if unknown is not None:
        return Cost(len(estimates), None, None, cores, unknown)
    known = [(one.seconds or 0.0, one.cpus, 1 if one.alone else max(1, cores // one.cpus)) for one in estimates]
    cpu = sum(seconds * cpus for seconds, cpus, _ in known)
    wall = sum(seconds / at_once for seconds, _, at_once in known)
    gpu = sum((one.seconds or 0.0) * one.gpus for one in estimates) / 3600
    bases = "; ".join(sorted({one.basis for one in estimates}))
    return Cost(len(known), cpu / 3600, None if gpu else wall, cores, bases, gpu)


def _measured(lines: Sequence[Line], stage: str) -> list[float]:
    """How long finished trials of a stage took, in seconds."""
    return durations(line["id"] for line in lines if line["stage"] == stage)
