"""A plan and what earlier ones have left in, what would run, and why, and what it would cost out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from expc.runner.outcome import EVALUATE, evaluation_file, folder, header, outcome_file, planned, stated, status, survey

PLANS = Path("workflow/plans")
SAMPLE = 100
"""Finished trials whose duration is read, for each stage."""

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """A trial, and why it is to be run, run again, evaluated, or is no longer asked for."""

    trial: Line
    reason: str = ""


@dataclass(frozen=True)
class Cost:
    trials: int
    cpu_hours: float | None
    """None if neither a finished trial nor `resources.time` tells."""
    wall_seconds: float | None
    """On `cores`."""
    cores: int
    basis: str


@dataclass(frozen=True)
class Changes:
    name: str
    trials: int
    new: tuple[Change, ...]
    again: tuple[Change, ...]
    evaluate: tuple[Change, ...]
    gone: tuple[Change, ...]
    done: int
    failed: int
    cancelled: int
    cost: Cost

    @property
    def anything(self) -> bool:
        return bool(self.new or self.again or self.evaluate or self.gone)


def changes(name: str, text: str, digest: str) -> Changes:
    """`text` is the plan as it would be written, in the project that is the current folder."""
    top, *lines = map(json.loads, text.rstrip("\n").split("\n"))  # not splitlines: a value may hold U+2028
    unique = list({line["id"]: line for line in lines}.values())
    found = survey(unique)
    unfinished = [line for line, (step, _) in zip(unique, found, strict=True) if step == line["stage"]]
    reasons = _reasons(name, digest, top, unfinished)
    statuses = [state for _, state in found]
    new = tuple(Change(line) for line in unfinished if reasons[line["id"]] is None)
    again = tuple(Change(line, reasons[line["id"]] or "") for line in unfinished if reasons[line["id"]] is not None)
    return Changes(
        name=name,
        trials=len(unique),
        new=new,
        again=again,
        evaluate=tuple(Change(line, _evaluations(line)) for line in _at(EVALUATE, unique, found)),
        gone=tuple(_gone(name, unique)),
        done=statuses.count("done"),
        failed=statuses.count("failed"),
        cancelled=statuses.count("cancelled"),
        cost=_cost(unfinished, unique),
    )


def _at(step: str, lines: Sequence[Line], found: Sequence[tuple[str | None, str | None]]) -> Iterator[Line]:
    return (line for line, (at, _) in zip(lines, found, strict=True) if at == step)


def _evaluations(line: Line) -> str:
    missing = [on for identity, on, _, _ in line["evaluate"] if not _evaluated(line["id"], identity)]
    return f"on {', '.join(dict.fromkeys(missing))}"


def _evaluated(trial: str, identity: str) -> bool:
    return stated(evaluation_file(trial, identity), identity) is not None


def _reasons(name: str, digest: str, top: Line, unfinished: Sequence[Line]) -> dict[str, str | None]:
    """Why each trial runs again; None for one that is new."""
    reasons = {line["id"]: _left_behind(line) for line in unfinished}
    unexplained = {_key(line): line for line in unfinished if reasons[line["id"]] is None}
    for plan in _earlier_plans(name, digest):
        if not unexplained:
            break
        before = header(plan)
        for old in planned(plan):
            line = unexplained.get(_key(old))
            if line is not None and old["id"] != line["id"] and status(old["id"]):
                reasons[line["id"]] = difference(before, old, top, line)
                del unexplained[_key(line)]
    return reasons


def _left_behind(line: Line) -> str | None:
    """What the trial's own folder says."""
    if Path(outcome_file(line["id"])).exists():
        found = stated(outcome_file(line["id"]), line["id"])
        if found is None:
            return "its outcome is not whole"
        if found["status"] == "cancelled":
            return "what it takes from is run again"
        return "a checkpoint that is needed was not kept"
    try:
        ledger = Path(folder(line["id"]), "attempts.jsonl").read_text(encoding="utf-8")
        last = json.loads(ledger.rstrip("\n").split("\n")[-1])
    except (OSError, ValueError, IndexError):
        return None
    ended = {"done": "its outcome is gone", "failed": "it failed, and is tried again"}
    return ended.get(last.get("status"), "it was interrupted, and goes on")


def _key(line: Line) -> tuple[Any, ...]:
    seeds = tuple(sorted(line["seeds"].items()))
    return line["stage"], tuple(sorted(line["condition"].items())), line["seed"], seeds


def _earlier_plans(name: str, digest: str) -> list[str]:
    """The plan files of the experiment, other than the plan of this digest, the latest first."""
    found = [path for path in PLANS.glob(f"{name}.*.jsonl") if path.name != f"{name}.{digest}.jsonl"]
    return [str(path) for path in sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)]


def difference(top_before: Line, before: Line, top: Line, now: Line) -> str:
    """What differs between two trials of one condition and seed, in words."""
    return "; ".join(_differences(top_before, before, top, now)) or "expc counts something else in its identity"


def _differences(top_before: Line, before: Line, top: Line, now: Line) -> Iterator[str]:
    old, new = before["params"], now["params"]
    for name in sorted({*old, *new}):
        if name not in old:
            yield f"{name} = {_value(new[name])} is read now"
        elif name not in new:
            yield f"{name} is no longer read"
        elif old[name] != new[name]:
            yield f"{name} {_value(old[name])} → {_value(new[name])}"
    one, other = top_before["variants"][before["variant"]], top["variants"][now["variant"]]
    if one["program"] != other["program"]:
        names = sorted({*one["files"], *other["files"]})
        changed = [name for name in names if one["files"].get(name) != other["files"].get(name)]
        yield f"{', '.join(changed) or 'the command'} changed"
    if before["data"] != now["data"]:
        yield f"data {top['data'][now['data']]['name'] if now['data'] else 'none'} changed"
    for name, (trial, _) in now["from"].items():
        if before["from"].get(name, [None])[0] != trial:
            yield f"{name} comes from another trial"


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _gone(name: str, lines: Sequence[Line]) -> Iterator[Change]:
    """The trials of the plan that was compiled last which this one asks for no more, in no form."""
    try:
        last = json.loads(Path("workflow/experiments.json").read_bytes())["experiments"][name]["plan"]
        before = planned(str(PLANS / f"{name}.{last}.jsonl"))
    except (OSError, ValueError, KeyError):
        return
    identities, keys = {line["id"] for line in lines}, {_key(line) for line in lines}
    for line in before:
        if line["id"] not in identities and _key(line) not in keys:
            yield Change(line)


def _cost(unfinished: Sequence[Line], lines: Sequence[Line]) -> Cost:
    cores = os.cpu_count() or 1
    measured = {stage: _measured(lines, stage) for stage in {line["stage"] for line in unfinished}}
    seconds, bases = [], set()
    for line in unfinished:
        if measured[line["stage"]]:
            seconds.append(median(measured[line["stage"]]))
            bases.add(f"the median of {len(measured[line['stage']])} finished trials of {line['stage']}")
        elif line["time"] is not None:
            seconds.append(float(line["time"]))
            bases.add("at most, from resources.time")
        else:
            return Cost(len(unfinished), None, None, cores, "no trial has finished yet, and resources.time is not set")
    cpu = [duration * line["cpus"] for duration, line in zip(seconds, unfinished, strict=True)]
    wall = [duration / max(1, cores // line["cpus"]) for duration, line in zip(seconds, unfinished, strict=True)]
    return Cost(len(unfinished), sum(cpu) / 3600, sum(wall), cores, "; ".join(sorted(bases)))


def _measured(lines: Sequence[Line], stage: str) -> list[float]:
    """How long finished trials of a stage took, in seconds."""
    found: list[float] = []
    for line in lines:
        outcome = stated(outcome_file(line["id"]), line["id"]) if line["stage"] == stage else None
        if outcome and outcome["status"] == "done":
            found.append(float(outcome["seconds"]))
        if len(found) == SAMPLE:
            break
    return found
