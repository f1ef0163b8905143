"""The changes of a plan in, a grid out: a row for each condition, a column for each seed, a sign in each cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import rich_click as click

from expc.cli.planning.equal import equals
from expc.compiler.planning.changes import Change, Changes

SIGNS = {
    "+": ("new", "green"),
    "~": ("runs again", "yellow"),
    "e": ("is evaluated", "cyan"),
    ">": ("runs now", "cyan"),
    ".": ("there", ""),
    "!": ("failed, stays", "red"),
    "-": ("no longer asked for", "red"),
}
FACTORS = 2
"""At most so many make rows that can be taken in at a glance."""

ROWS = 60
GAP = "  "

Seed = tuple[int, ...]
Levels = tuple[tuple[str, str], ...]
Condition = tuple[str, Levels]
"""A stage, and its levels by factor."""


class _Cell(NamedTuple):
    sign: str
    reason: str


def grid(found: Changes, width: int) -> list[str] | None:
    """The grid's lines, stage by stage; None if it is not for eyes: more than two factors, too wide, or too long."""
    cells = _cells(found)
    if not cells or any(len(condition) > FACTORS for _, condition in cells) or len(cells) > ROWS:
        return None
    lines: list[str] = []
    for stage in dict.fromkeys(stage for stage, _ in cells):
        rows = {condition: row for (its, condition), row in cells.items() if its == stage}
        drawn = _stage(stage, rows, width, _axes(found, stage), _equal(found, stage))
        if drawn is None:
            return None
        lines += drawn
    return [*lines, _legend(cells)]


def _axes(found: Changes, stage: str) -> str:
    """What the numbers of a column count: `seed`, `pretrain.seed`, `seed.fold`."""
    trials = (change.trial for changes in (found.there, found.new, found.again, found.gone) for change in changes)
    line = next((line for line in (*found.lines, *trials) if line["stage"] == stage), None)
    return ".".join([*line["seeds"], "seed", *(["fold"] if "fold" in line else [])]) if line else "seed"


def _cells(found: Changes) -> dict[Condition, dict[Seed, _Cell]]:
    """In the order of the plan, with what is gone below."""
    signed = [("+", found.new), ("~", found.again), (">", found.running), ("e", found.evaluate), ("-", found.gone)]
    placed: dict[Condition, dict[Seed, _Cell]] = {
        (line["stage"], tuple(line["condition"].items())): {} for line in found.lines
    }
    standing = [(".!"[change.reason in ("failed", "cancelled")], Change(change.trial)) for change in found.there]
    for sign, change in [*standing, *((sign, change) for sign, changes in signed for change in changes)]:
        trial = change.trial
        row = placed.setdefault((trial["stage"], tuple(trial["condition"].items())), {})
        fold = (trial["fold"],) if "fold" in trial else ()
        row[(*trial["seeds"].values(), trial["seed"], *fold)] = _Cell(sign, change.reason)
    return placed


def _equal(found: Changes, stage: str) -> dict[Levels, str]:
    """What stands behind the levels of a condition that others are equal to."""
    mine = (line for line in found.lines if found.equal and line["stage"] == stage)
    said = ((tuple(line["condition"].items()), equals(found, line)) for line in mine)
    return {levels: f" {words}" for levels, words in said if words}


def _stage(
    stage: str, rows: Mapping[Levels, Mapping[Seed, _Cell]], width: int, axes: str, equal: Mapping[Levels, str]
) -> list[str] | None:
    seeds = sorted({seed for row in rows.values() for seed in row})
    heads = [".".join(map(str, seed)) for seed in seeds]
    factors = list(dict.fromkeys(name for condition in rows for name, _ in condition))
    levels = [[dict(condition).get(name, "") for name in factors] for condition in rows]
    for own, condition in zip(levels, rows, strict=True):
        own[-1:] = [f"{word}{equal.get(condition, '')}" for word in own[-1:]]
    widths = [max(len(name), *(len(row[place]) for row in levels)) for place, name in enumerate(factors)]
    left = sum(wide + len(GAP) for wide in widths) or len(GAP)
    used = len(GAP) + left + sum(len(head) + 1 for head in heads)
    if used > width:
        return None
    names = "".join(name.ljust(wide) + GAP for name, wide in zip(factors, widths, strict=True)) or GAP
    lines = [f"{GAP}{stage}", GAP + names + " ".join(heads) + (f"   {axes}" if used + len(axes) + 4 <= width else "")]
    for words, row in zip(levels, rows.values(), strict=True):
        label = "".join(word.ljust(wide) + GAP for word, wide in zip(words, widths, strict=True)) or GAP
        signs = " ".join(
            _sign(row[seed].sign if seed in row else " ", head) for seed, head in zip(seeds, heads, strict=True)
        )
        lines += _reasoned(GAP + label + signs, row, used, width)
    return lines


def _sign(sign: str, head: str) -> str:
    colour = SIGNS[sign][1] if sign in SIGNS else ""
    padded = " " * (len(head) - 1)
    return padded + (click.style(sign, fg=colour) if colour else sign)


def _reasoned(line: str, row: Mapping[Seed, _Cell], used: int, width: int) -> Iterator[str]:
    """The reasons of a row stand beside it, or below it where they are too long."""
    reasons = list(dict.fromkeys(cell.reason for cell in row.values() if cell.reason))
    text = "; ".join(reasons)
    if used + len(GAP) + len(text) <= width:
        yield f"{line}{GAP}{text}".rstrip()
        return
    yield line
    yield from (f"{GAP}{GAP}{GAP}{reason}" for reason in reasons)


def _legend(cells: Mapping[Condition, Mapping[Seed, _Cell]]) -> str:
    used = {cell.sign for row in cells.values() for cell in row.values()}
    return GAP + "   ".join(f"{sign} {said}" for sign, (said, _) in SIGNS.items() if sign in used)
