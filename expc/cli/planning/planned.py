"""Changes in, the lines that `expc plan` prints out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import rich_click as click

from expc.cli.planning.equal import equals
from expc.cli.planning.grid import SIGNS, grid
from expc.cli.words import count, duration, spans
from expc.compiler.planning.changes import Change, Changes, Cost
from expc.compiler.planning.changes import cost as cost_of

SHOWN = 40
"""Lines of each kind before the rest is only counted."""


def plans_as_json(found: Sequence[Changes]) -> list[dict[str, Any]]:
    return [as_json(one, found[:index]) for index, one in enumerate(found)]


def plans_as_text(found: Sequence[Changes], width: int | None = None) -> str:
    """Of several plans, the last line has the cost of all, in which a trial of two of them counts once.

    With the width of a terminal, plans of one or two factors are grids."""
    texts = [as_text(one, found[:index], width) for index, one in enumerate(found)]
    return "\n\n".join([*texts, _together(found)] if len(found) > 1 else texts)


def as_json(found: Changes, earlier: Sequence[Changes] = ()) -> dict[str, Any]:
    """`earlier` are the plans shown before, whose trials are shared."""
    cost = found.cost
    return {
        "name": found.name,
        "trials": len(found.trials),
        "shared": _shared(found, earlier),
        "done": found.done,
        "failed": found.failed,
        "cancelled": found.cancelled,
        "new": [_entry(change, found) for change in found.new],
        "again": [_entry(change, found) for change in found.again],
        "running": [_entry(change, found) for change in found.running],
        "evaluate": [_entry(change, found) for change in found.evaluate],
        "gone": [_entry(change, found) for change in found.gone],
        "accepted": dict(found.accepted),
        "cost": {
            "trials": cost.trials,
            "cpu_hours": cost.cpu_hours,
            "gpu_hours": None if cost.cpu_hours is None else cost.gpu_hours,
            "wall_seconds": cost.wall_seconds,
            "cores": cost.cores,
            "basis": cost.basis,
        },
        "budget": {
            "cpu_hours": found.budget.cpu_hours,
            "spent": found.spent.cpu_hours,
            "gpu_hours": found.budget.gpu_hours,
            "gpu_spent": found.spent.gpu_hours,
            "trials": found.budget.trials,
        },
    }


def _shared(found: Changes, earlier: Sequence[Changes]) -> dict[str, int]:
    """How many trials a plan has in common with each of some others, where there are any."""
    common = {other.name: len(found.trials & other.trials) for other in earlier}
    return {name: number for name, number in common.items() if number}


def _entry(change: Change, found: Changes) -> dict[str, Any]:
    """`equal` is there only where other conditions have the same trial; `before`, an id, where an earlier form of it
    has a result."""
    trial = change.trial
    equal = found.equal.get(trial["id"])
    return {
        "id": trial["id"],
        "stage": trial["stage"],
        "condition": trial["condition"],
        **({"equal": [dict(condition) for condition in equal]} if equal else {}),
        "seed": trial["seed"],
        "seeds": trial["seeds"],
        "fold": trial.get("fold"),
        "reason": change.reason,
        **({"before": change.before.trial["id"]} if change.before else {}),
    }


def as_text(found: Changes, earlier: Sequence[Changes] = (), width: int | None = None) -> str:
    parts = [f"{found.done} done"]
    for number, word in (
        (len(found.new), "new"),
        (len(found.again), "to run again"),
        (len(found.running), "running"),
        (len(found.evaluate), "to evaluate"),
        (found.failed, "failed"),
        (found.cancelled, "cancelled"),
    ):
        parts += [f"{number} {word}"] if number else []
    parts += [f"{number} shared with {name}" for name, number in _shared(found, earlier).items()]
    lines = [f"{found.name}: {count(len(found.trials), 'trial')}: {', '.join(parts)}"]
    lines += (grid(found, width) if width and found.anything else None) or _listed(found)
    if found.gone:
        gone = count(len(found.gone), "trial")
        lines.append(f"  (- {gone} no longer asked for: the results stay, the tables leave them out)")
    for because, number in found.accepted.items():
        lines.append(f"  {count(number, 'trial')} with accepted results: {because}")
    if any(change.before for change in found.again):
        lines.append("  (~ if a change alters no result, `expc accept` keeps the old ones)")
    if not found.anything:
        lines.append("  Nothing to do; `expc retry` runs failed trials again." if found.failed else "  Nothing to do.")
    return "\n".join([*lines, *_cost(found.cost), *_budget(found)])


def _budget(found: Changes) -> Iterator[str]:
    """What the plan costs against what it may, where the spec says that."""
    cost = found.cost
    gpus_to_come = None if cost.cpu_hours is None else cost.gpu_hours
    yield from _hours("CPU-hours", found.budget.cpu_hours, found.spent.cpu_hours, cost.cpu_hours)
    yield from _hours("GPU-hours", found.budget.gpu_hours, found.spent.gpu_hours, gpus_to_come)
    if found.budget.trials is not None:
        more = len(found.trials) - found.budget.trials
        rest = f"{more} too many" if more > 0 else f"{-more} left"
        yield f"Budget: {count(found.budget.trials, 'trial')}: {len(found.trials)} planned, {rest}."


def _hours(what: str, limit: float | None, spent: float, to_come: float | None) -> Iterator[str]:
    if limit is not None and to_come is None:
        yield f"Budget: {spent:.2f} of {limit:g} {what} spent; what is to come is not known."
    elif limit is not None and to_come is not None:
        left = limit - spent - to_come
        rest = f"{left:.2f} left" if left >= 0 else f"{-left:.2f} too many"
        yield f"Budget: {limit:g} {what}: {spent:.2f} spent, {to_come:.2f} to come, {rest}."


def _listed(found: Changes) -> list[str]:
    signed = (("+", found.new), ("~", found.again), (">", found.running), ("e", found.evaluate), ("-", found.gone))
    return [row for sign, changes in signed for row in _rows(sign, changes, found)]


def _rows(sign: str, changes: Sequence[Change], found: Changes) -> list[str]:
    grouped: dict[tuple[str, str, str], list[str]] = {}
    folds: dict[tuple[str, str, str], list[int]] = {}
    for change in changes:
        trial = change.trial
        levels = " ".join(f"{name}={level}" for name, level in trial["condition"].items()) or "one condition"
        levels = " ".join(part for part in (levels, equals(found, trial)) if part)
        seed = ".".join(str(seed) for seed in [*trial["seeds"].values(), trial["seed"]])
        key = (trial["stage"], levels, change.reason)
        grouped.setdefault(key, []).append(seed)
        folds.setdefault(key, []).extend([trial["fold"]] if "fold" in trial else [])
    rows = []
    for (stage, levels, reason), seeds in grouped.items():
        at = folds[stage, levels, reason]
        said = [_numbered("seed", seeds), *([_numbered("fold", spans(at))] if at else [])]
        rows.append(
            "  ".join(
                [
                    f"  {click.style(sign, fg=SIGNS[sign][1])} {stage}",
                    levels,
                    *said,
                    *([f"({reason})"] if reason else []),
                ]
            )
        )
    more = [f"  {sign} and {count(len(rows) - SHOWN, 'more condition')}"] if len(rows) > SHOWN else []
    return rows[:SHOWN] + more


def _numbered(word: str, numbers: Sequence[str]) -> str:
    once = list(dict.fromkeys(numbers))
    return f"{word if len(once) == 1 and '-' not in once[0] else word + 's'} {','.join(once)}"


def _together(found: Sequence[Changes]) -> str:
    distinct = frozenset[str]().union(*(one.trials for one in found))
    estimates = {identity: estimate for one in found for identity, estimate in one.estimates.items()}
    return " ".join([f"In all, each once: {count(len(distinct), 'trial')}.", *_cost(cost_of(estimates.values()))])


def _cost(cost: Cost) -> list[str]:
    if not cost.trials:
        return []
    if cost.cpu_hours is None:
        return [f"Cost: {count(cost.trials, 'trial')}; how long they take is not known: {cost.basis}."]
    parts = [count(cost.trials, "trial"), f"{cost.cpu_hours:.2f} CPU-hours"]
    parts += [f"{cost.gpu_hours:.2f} GPU-hours"] if cost.gpu_hours else []
    if cost.wall_seconds is not None:
        parts.append(f"{duration(cost.wall_seconds)} on {count(cost.cores, 'core')}")
    return [f"Cost: {', '.join(parts)} ({cost.basis})."]
