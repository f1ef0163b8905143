"""Conditions that train longer than the baseline that they are compared with (R003)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set

from expc.compiler.checks.rule import Context, Finding, check
from expc.compiler.meaning.derive import derived
from expc.compiler.meaning.design import Condition
from expc.compiler.meaning.given import role_of
from expc.compiler.meaning.scope import StageScope
from expc.compiler.meaning.settings import settings
from expc.spec import Factor, Pointer, Value, same

LENGTHS = (
    *("epochs", "max_epochs", "num_epochs", "train_epochs", "num_train_epochs"),
    *("steps", "max_steps", "num_steps", "train_steps", "total_steps", "updates", "max_updates", "max_iters"),
)
"""What programs call how long they train. `max_iter` and `n_iter` are limits of what converges."""
METHOD = frozenset(
    (*("model", "method", "algorithm", "architecture", "arch"), *("network", "backbone", "encoder", "optimizer"))
)
"""Words in what programs call the method that they train; a template's slots choose one, too."""
TRAINING = frozenset(
    (*("schedule", "scheduler", "lr", "learning", "warmup"), *("batch", "patience", "epochs", "steps"))
)
"""Words in what is about how one trains: `optimizer.lr` chooses no method."""
DATA = frozenset((*("data", "dataset", "datasets", "corpus", "task"), *("benchmark", "env", "environment", "domain")))
"""Words in what chooses the data: other data may need longer training."""
MOST = 2000
"""Pairs of conditions that are compared for one factor."""


@check("R003")
def unequal_budgets(context: Context) -> Iterator[Finding]:
    """What is derived is left alone: a formula that makes budgets unequal is meant."""
    spec = context.scope.spec
    for stage in context.scope.stages.values():
        follows = derived(spec, stage)
        apart = {*follows, *spec.factors}  # what is a factor of its own is studied
        names = [name for name in LENGTHS if stage.knows(name) and name not in apart and _varied(context, name)]
        for factor, start in _compared(context, stage) if names else ():
            yield from _unequal(context, stage, factor, start, names)


def _varied(context: Context, name: str) -> bool:
    """Whether a level or an override sets it: else it is the same everywhere."""
    spec = context.scope.spec
    levels = (level.sets for factor in spec.factors.values() for level in factor.levels)
    return any(name in sets for sets in (*levels, *(override.params for override in spec.overrides)))


def _compared(context: Context, stage: StageScope) -> Iterator[tuple[Factor, int]]:
    """The factors by which the stage's conditions differ from the baseline, each with the baseline's level."""
    spec = context.scope.spec
    for name, (level, *_) in (spec.baseline or {}).items():
        factor = spec.factors[name]
        start = factor.index(level)
        if name in stage.factors and start is not None:
            yield factor, start


def _unequal(context: Context, stage: StageScope, factor: Factor, start: int, names: list[str]) -> Iterator[Finding]:
    spec = context.scope.spec
    place = list(spec.factors).index(factor.name)
    set_here = {name for level in factor.levels for name in level.sets}
    set_here.update(name for override in spec.overrides if factor.name in override.when for name in override.params)
    others = range(len(factor.levels) if not set_here.isdisjoint(names) else 0)
    left = {other for other in others if _is_another_method(stage, factor, other, start)}
    pairs = _pairs(context, place, start, left, _deciding(context, stage, names)) if left else []
    read = _read(context, stage, [condition for pair in pairs for condition in pair])
    for (one, base), mine, other in zip(pairs, read[::2], read[1::2], strict=True):
        both = (name for name in names if name in mine and name in other)
        name = next((name for name in both if not same(mine[name], other[name])), None)
        if name is not None and one[place] in left:
            left.remove(one[place])
            yield _finding(context, factor, (one[place], base[place]), name, (mine[name], other[name]))


def _is_another_method(stage: StageScope, factor: Factor, position: int, start: int) -> bool:
    """Whether a level chooses another method than the baseline's, and the same data."""
    mine, other = factor.levels[position].sets, factor.levels[start].sets
    differ = [name for name in {**mine, **other} if name not in mine or name not in other or mine[name] != other[name]]
    words = {name: set(re.split(r"[._-]", name.lower())) for name in differ}
    if any(role_of(name) or said & DATA for name, said in words.items()):
        return False
    slots = stage.template.slots if stage.template else ()
    chosen = [name for name, said in words.items() if name in slots or said & METHOD]
    return any(not words[name] & TRAINING for name in chosen)


def _deciding(context: Context, stage: StageScope, names: list[str]) -> list[tuple[int, list[str]]]:
    """The places of the factors on which the lengths depend, or whether they are read; and of each level, what it does
    to them: levels that do the same needn't all be looked at."""
    spec = context.scope.spec
    wanted = {*names, *(stage.template.slots if stage.template else ())}
    overrides = [override.when for override in spec.overrides if not wanted.isdisjoint(override.params)]
    does = []
    for place, factor in enumerate(spec.factors.values()):
        fitting = [{factor.index(level) for level in when[factor.name]} for when in overrides if factor.name in when]
        sets = [{name: level.sets[name] for name in sorted(wanted & level.sets.keys())} for level in factor.levels]
        each = [repr((sets[level], [level in fits for fits in fitting])) for level in range(len(sets))]
        if len(set(each)) > 1:
            does.append((place, each))
    return does


def _pairs(
    context: Context, place: int, start: int, levels: Set[int], deciding: list[tuple[int, list[str]]]
) -> list[tuple[Condition, Condition]]:
    """Conditions of each level with those that differ from them in nothing but this factor, where it has the
    baseline's level: one pair for all in which the lengths must be the same."""
    planned = set(context.conditions)
    most = max(1, MOST // len(levels))
    found: dict[int, dict[tuple[str, ...], tuple[Condition, Condition]]] = {level: {} for level in levels}
    for condition in context.conditions:
        pairs = found.get(condition[place])
        if pairs is None or len(pairs) == most:
            continue
        key = tuple([does[condition[one]] for one, does in deciding])
        if key in pairs:
            continue
        base = (*condition[:place], start, *condition[place + 1 :])
        if base in planned:
            pairs[key] = condition, base
    return [pair for level in sorted(levels) for pair in found[level].values()]


def _read(context: Context, stage: StageScope, conditions: list[Condition]) -> list[Mapping[str, Value]]:
    """What the program of each condition reads: a model that is fitted at once has no epochs."""
    order = list(context.scope.spec.factors)
    places = [order.index(name) for name in stage.factors]
    asked = list(dict.fromkeys(conditions))
    found = {one.condition: one.read for one in settings(context.scope, stage, asked, context.materials.methods)}
    return [found[tuple([condition[place] for place in places])] for condition in conditions]


def _finding(
    context: Context, factor: Factor, positions: tuple[int, int], name: str, values: tuple[Value, Value]
) -> Finding:
    level, base = (factor.levels[position].name for position in positions)
    message = (
        f"{factor.name}={level} trains with {name}={values[0]}, and the baseline {factor.name}={base} with"
        f" {name}={values[1]}: an effect of that looks like one of {factor.name}"
    )
    hint = f"give both the same {name}, or make {name} a factor; if that is fair, "
    return Finding(_place(context, factor, positions, name), message, f'{hint}`ignore: {{R003: "why"}}`', key=True)


def _place(context: Context, factor: Factor, positions: tuple[int, int], name: str) -> Pointer:
    """Where it is set: in one of the two levels, or in an override."""
    for position in positions:
        if not factor.listed and name in factor.levels[position].sets:
            return (*factor.pointer, factor.levels[position].name)
    setting = [number for number, one in enumerate(context.scope.spec.overrides) if name in one.params]
    naming = [number for number in setting if factor.name in context.scope.spec.overrides[number].when]
    return ("overrides", (naming or setting)[0], "params", name) if setting else factor.pointer
