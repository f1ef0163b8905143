"""Comparisons that can't tell one cause from another (R005, R009)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import combinations

from expc.compiler.checks.rule import Context, Finding, check
from expc.compiler.meaning.derive import derived
from expc.compiler.meaning.design import Condition, axes, determined
from expc.compiler.meaning.given import role_of
from expc.compiler.meaning.scope import StageScope
from expc.compiler.meaning.settings import Setting, settings
from expc.compiler.programs.revision import code_of
from expc.spec import ABLATION, same


@check("R005")
def factors_that_always_change_together(context: Context) -> Iterator[Finding]:
    """What is crossed, walked together on purpose or changed one at a time isn't: only what `exclude` leaves can be."""
    spec = context.scope.spec
    factors = list(spec.factors.values())
    if not spec.exclude:
        return
    for first, second in combinations([axis.places[0] for axis in axes(spec)], 2):
        if _change_together(context.conditions, first, second):
            one, other = factors[first], factors[second]
            message = (
                f"factors {one.name!r} and {other.name!r} always change together: their effects can't be told apart"
            )
            hint = "leave out less; if they are one thing, make them one factor, whose levels set what both do"
            yield Finding(other.pointer, message, hint, key=True)


def _change_together(conditions: list[Condition], first: int, second: int) -> bool:
    one, other = ({condition[place] for condition in conditions} for place in (first, second))
    if not 1 < len(one) == len(other):
        return False
    return determined(conditions, second, [first]) and determined(conditions, first, [second])


@check("R009")
def ablation_of_more_than_one_thing(context: Context) -> Iterator[Finding]:
    factor = context.scope.spec.factors.get(ABLATION)
    if factor is None or factor.pointer != (ABLATION,):
        return
    place = list(context.scope.spec.factors).index(ABLATION)
    pairs = [
        (condition, (*condition[:place], 0, *condition[place + 1 :]))
        for condition in context.conditions
        if condition[place]
    ]
    changed = _changed(context, pairs)
    for position, level in enumerate(factor.levels):
        found = (names for (condition, _), names in zip(pairs, changed, strict=True) if condition[place] == position)
        names = max(found, key=len, default=[])
        if len(names) > 1:
            message = f"{level.name!r} removes more than one thing: it changes {', '.join(names)}"
            hint = "make an ablation of each, or say under `ignore` in what way they are one component"
            yield Finding((*factor.pointer, level.name), message, hint, key=True)


def _changed(context: Context, pairs: list[tuple[Condition, Condition]]) -> list[list[str]]:
    """For each pair of conditions the parameters that differ, in any stage."""
    names: list[dict[str, None]] = [{} for _ in pairs]
    order = tuple(context.scope.spec.factors)
    for stage in context.scope.stages.values():
        places = [order.index(name) for name in stage.factors]
        every = list(dict.fromkeys(condition for pair in pairs for condition in pair))
        methods, follows = context.materials.methods, derived(context.scope.spec, stage)
        found = {setting.condition: setting for setting in settings(context.scope, stage, every, methods)}
        for known, pair in zip(names, pairs, strict=True):
            one, full = (found[tuple([condition[place] for place in places])] for condition in pair)
            known.update(dict.fromkeys(_differing(stage, follows, full, one)))
    return [list(known) for known in names]


def _differing(stage: StageScope, follows: Collection[str], full: Setting, one: Setting) -> Iterator[str]:
    """Choices of slots and data that differ, and parameters. What a template reads in one of the two only is a part of
    the choice that reads it (an own program reads everything); what is derived follows from something else."""
    template = stage.template
    names = [*full.read, *(name for name in one.read if name not in full.read)]
    if template:
        choices = [*template.slots, *(["dataset"] if template.data else [])]
        names = [*choices, *(name for name in full.read if name in one.read)]
    names += [name for name in {**full.params, **one.params} if role_of(name)]
    if code_of(full.params) != code_of(one.params):
        yield "the code"
    for name in names:
        both = name in full.params and name in one.params
        if name not in follows and not (both and same(full.params[name], one.params[name])):
            yield name
