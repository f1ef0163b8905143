"""The plan's conditions in, those that come to the same trials out: which, why, and what would tell them apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from expc.compiler.checks.rigour import unread
from expc.compiler.checks.rule import Context, Finding, check
from expc.compiler.meaning.design import matcher
from expc.compiler.meaning.scope import StageScope
from expc.plan import Cell
from expc.spec import level_name, same

NAMED = 5
"""Conditions that a message names of those that are equal."""


class _Why(NamedTuple):
    """What keeps a factor from telling conditions apart, and what would let it."""

    words: str
    hint: str


@check("R008")
def conditions_that_are_equal(context: Context) -> Iterator[Finding]:
    """Conditions of a stage are equal if their trials are; a set of factors that tells nothing apart is named once."""
    silent = set(unread(context))
    met: dict[tuple[str, str], Cell] = {}
    sets: dict[tuple[str, tuple[str, ...]], dict[str, list[Cell]]] = {}
    for cell in context.plan.cells:
        first = met.setdefault((cell.stage, cell.trials[0].id), cell)
        differing = tuple(
            name for name, level in cell.condition.items() if first.condition[name] != level and name not in silent
        )
        if differing:
            sets.setdefault((cell.stage, differing), {}).setdefault(first.trials[0].id, [first]).append(cell)
    for (stage, differing), found in sets.items():
        yield _finding(context, context.scope.stages[stage], differing, list(found.values()))


def _finding(context: Context, stage: StageScope, differing: tuple[str, ...], sets: list[list[Cell]]) -> Finding:
    alike, *others = sets
    why = list(_reasons(context, stage, differing, alike))
    words = [f"({_words(cell)})" for cell in alike[:NAMED]]
    if alike[NAMED:]:
        words.append(f"{len(alike) - NAMED} more")
    number = "two" if len(alike) == 2 else str(len(alike))
    message = f"{number} conditions are the same: {', '.join(words[:-1])} and {words[-1]}"
    message += f", and so are {len(others)} more sets of them" if others else ""
    message += f": {'; '.join(dict.fromkeys(one.words for one in why))}" if why else ""
    out = "leave all but one of each set out with `exclude`" if others else _leave_out(context, differing, alike)
    hints = [*dict.fromkeys(one.hint for one in why), out]
    hint = f"{', or '.join(hints)}; equal trials run once"
    return Finding(context.scope.spec.factors[differing[0]].pointer, message, hint, key=True)


def _reasons(context: Context, stage: StageScope, differing: tuple[str, ...], alike: list[Cell]) -> Iterator[_Why]:
    """One for each parameter that should have made the difference, where it can be told."""
    factors = context.scope.spec.factors
    for name in differing:
        wanted = {cell.condition[name] for cell in alike}
        levels = [level for level in factors[name].levels if level.name in wanted]
        for parameter in dict.fromkeys(parameter for level in levels for parameter in level.sets):
            values = [level.sets[parameter] for level in levels if parameter in level.sets]
            why = _overridden(context, stage, parameter, alike) or _not_read(stage, parameter, alike[0])
            if why is None and stage.knows(parameter) and all(same(value, values[0]) for value in values[1:]):
                why = _Why(f"{parameter} is {level_name(values[0])} in all of them", f"set another {parameter}")
            if why is not None:
                yield why


def _overridden(context: Context, stage: StageScope, parameter: str, alike: list[Cell]) -> _Why | None:
    factors = context.scope.spec.factors
    conditions = [tuple(factors[name].index(cell.condition[name]) or 0 for name in stage.factors) for cell in alike]
    for index, override in enumerate(context.scope.spec.overrides):
        matches = matcher(factors, stage.factors, override.when)
        if parameter in override.params and all(map(matches, conditions)):
            _, line, _ = context.document.located(("overrides", index, "params", parameter), key=True)
            said = f"the override in line {line} sets {parameter} in all of them, after the levels have set it"
            return _Why(said, f"take {parameter} out of the override in line {line}")
    return None


def _not_read(stage: StageScope, parameter: str, cell: Cell) -> _Why | None:
    declared = stage.template.parameters.get(parameter) if stage.template else None
    if declared is None or parameter in cell.reads or not declared.read_by:
        return None
    readers = {name: " or ".join(map(str, values)) for name, values in declared.read_by.items()}
    where = " and ".join(f"{name} is {values}" for name, values in readers.items())
    choose = ", ".join(f"{name}: {values[0]}" for name, values in declared.read_by.items())
    return _Why(f"{parameter} is read only where {where}", f"choose what reads {parameter} (`{choose}`)")


def _leave_out(context: Context, differing: tuple[str, ...], alike: list[Cell]) -> str:
    """All but the first, as `exclude` writes them."""
    first, *others = alike
    named = {name: [cell.condition[name] for cell in others] for name in first.condition}
    entries = ", ".join(f"{name}: {_levels(levels)}" for name, levels in named.items())
    if len(first.condition) == 1:
        levels = list(dict.fromkeys(named[differing[0]]))
        return f"remove {' and '.join(_placed(context, differing[0], level) for level in levels)}"
    whole = len(differing) == 1 or len(others) == 1
    return f"leave the rest out: `exclude: [{{{entries}}}]`" if whole else "leave all but one out with `exclude`"


def _placed(context: Context, name: str, level: str) -> str:
    factor = context.scope.spec.factors[name]
    if factor.listed:
        return f"the level {level}"
    _, line, _ = context.document.located((*factor.pointer, level), key=True)
    return f"the level {level} in line {line}"


def _levels(levels: list[str]) -> str:
    once = list(dict.fromkeys(levels))
    return once[0] if len(once) == 1 and not once[0].startswith("[") else f"[{', '.join(once)}]"


def _words(cell: Cell) -> str:
    return ", ".join(f"{name}={level}" for name, level in cell.condition.items())
