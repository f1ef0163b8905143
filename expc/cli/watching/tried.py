"""What a rehearsal saw of each condition in, the lines or the JSON in which `expc try` tells it out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from expc.cli.watching.advice import advice
from expc.cli.watching.broke import text_of
from expc.cli.watching.failures import NUMBER
from expc.cli.words import count
from expc.report.rehearsed import Seen
from expc.report.repeated import Differs

LOG_LINES = 8
SHOWN = 8
"""Conditions that are listed of those that broke in the same way."""
BROKEN = ("broken", "not tried")

Said = Callable[[str], str]
"""Names the user's files in the place of their copies."""


class Tried(NamedTuple):
    """An experiment that was rehearsed."""

    name: str
    spec: Path
    seen: Sequence[Seen]
    unmoved: Sequence[tuple[str, str]]
    """Stages, and factors of which all levels measured the same numbers."""

    @property
    def broken(self) -> bool:
        return any(each.state in BROKEN for each in self.seen)


def as_lines(tried: Tried, said: Said = str) -> Iterator[str]:
    wrong = sum(each.state in BROKEN for each in tried.seen)
    counted = count(len(tried.seen), "condition")
    yield f"{tried.name}: {counted}" + (f", {wrong} would break" if wrong else ", all of them work")
    for alike in _alike(tried.seen):
        first = alike[0]
        what = _levels(first) if len(alike) == 1 else count(len(alike), "condition")
        yield f"  {first.state:<9}  {first.stage}  {what}  ({said(first.words)})"
        if len(alike) > 1:
            yield from (f"      {_levels(each)}" for each in alike[:SHOWN])
            yield from [f"      and {len(alike) - SHOWN} more"] if len(alike) > SHOWN else []
        if first.state == "broken":
            yield from (f"      | {line}" for line in _tail(first.log, said))
            yield f"      {first.log}"
            hint = _hint(first, tried.spec)
            yield from [f"      {hint}"] if hint else []
    for stage, factor in tried.unmoved:
        yield f"  note       {stage}  {factor}: all levels measured the same numbers; does it reach the program?"


def as_json(tried: Tried, said: Said = str) -> dict[str, Any]:
    return {
        "name": tried.name,
        "conditions": [_condition(each, tried.spec, said) for each in tried.seen],
        "unmoved": [{"stage": stage, "factor": factor} for stage, factor in tried.unmoved],
    }


def differing_lines(name: str, found: Sequence[Differs]) -> Iterator[str]:
    if not found:
        yield f"{name}: every trial measured the same numbers twice"
        return
    yield f"{name}: {count(len(found), 'trial')} measured other numbers the second time"
    for each in found[:SHOWN]:
        levels = " ".join(f"{factor}={level}" for factor, level in each.condition.items())
        yield f"  differs    {each.stage}  {f'{levels} seed={each.seed}'.strip()}"
        yield from (f"      {words}" for words in each.words)
    if len(found) > SHOWN:
        yield f"      and {len(found) - SHOWN} more"


def differing_json(found: Sequence[Differs], said: Said) -> list[dict[str, Any]]:
    return [
        {
            "stage": each.stage,
            "condition": dict(each.condition),
            "seed": each.seed,
            "words": [said(one) for one in each.words],
        }
        for each in found
    ]


def _condition(each: Seen, spec: Path, said: Said) -> dict[str, Any]:
    broken = each.state == "broken"
    return {
        "stage": each.stage,
        "condition": dict(each.condition),
        "state": each.state,
        "words": said(each.words),
        "kind": each.kind or None,
        "log": str(each.log) if broken else None,
        "tail": _tail(each.log, said) if broken else [],
        "hint": _hint(each, spec) if broken else "",
    }


def _hint(each: Seen, spec: Path) -> str:
    return advice(each.kind, each.words, each.log, [spec], each.network)


def _alike(seen: Sequence[Seen]) -> list[list[Seen]]:
    """What broke in the same way together, be it with other numbers, where the first of it stands; all others alone."""
    groups: dict[object, list[Seen]] = {}
    for place, each in enumerate(seen):
        told = each.state in BROKEN
        groups.setdefault((each.stage, each.state, NUMBER.sub("#", each.words)) if told else place, []).append(each)
    return list(groups.values())


def _levels(each: Seen) -> str:
    return " ".join(f"{factor}={level}" for factor, level in each.condition.items()) or "one condition"


def _tail(log: Path, said: Said) -> list[str]:
    """The last lines of a log; above them, where a traceback is longer, where it was last in the user's own code."""
    before = text_of(log).rstrip().splitlines()
    lines = [said(line) for line in before]
    own = [at for at, line in enumerate(lines) if line != before[at] and line.lstrip().startswith("File ")]
    end = len(lines) - LOG_LINES
    return lines[max(0, end) :] if not own or own[-1] >= end else [*lines[own[-1] :][:2], "  …", *lines[end + 3 :]]
