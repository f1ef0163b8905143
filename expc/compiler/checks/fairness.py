"""Conditions that train longer than the baseline that they are compared with (R003)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from expc.compiler.checks.rule import Context, Finding, check
from expc.compiler.meaning.derive import derived
from expc.compiler.meaning.design import Condition
from expc.compiler.meaning.scope import StageScope
from expc.compiler.meaning.settings import settings
from expc.spec import Factor, Pointer, Value, same

LENGTHS = (
    *("epochs", "max_epochs", "num_epochs", "train_epochs", "num_train_epochs"),
    *("steps", "max_steps", "num_steps", "train_steps", "total_steps"),
    *("updates", "max_updates", "iterations", "max_iterations", "max_iters", "n_iter", "max_iter"),
)
"""What programs call how long they train."""
RECIPE = frozenset((*LENGTHS, "patience", "schedule", "warmup", "warmup_steps", "lr", "learning_rate", "batch_size"))
"""Levels that set nothing else are about how one trains: that is what is asked."""
MOST = 2000
"""Conditions that are compared: beyond these there is nothing new, mostly."""


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
    place = list(context.scope.spec.factors).index(factor.name)
    met: set[int] = set()
    for one, base in _pairs(context, place, start):
        position = one[place]
        if position in met or {*factor.levels[position].sets, *factor.levels[start].sets} <= RECIPE:
            continue
        mine, other = _read(context, stage, one), _read(context, stage, base)
        both = (name for name in names if name in mine and name in other)
        name = next((name for name in both if not same(mine[name], other[name])), None)
        if name is not None:
            met.add(position)
            yield _finding(context, factor, (position, start), name, (mine[name], other[name]))


def _pairs(context: Context, place: int, start: int) -> Iterator[tuple[Condition, Condition]]:
    """Conditions with those that differ from them in nothing but this factor, where it has the baseline's level."""
    planned = set(context.conditions)
    for condition in islice(context.conditions, MOST):
        base = (*condition[:place], start, *condition[place + 1 :])
        if condition[place] != start and base in planned:
            yield condition, base


def _read(context: Context, stage: StageScope, condition: Condition) -> Mapping[str, Value]:
    """What the condition's program reads: a model that is fitted at once has no epochs."""
    return next(settings(context.scope, stage, [condition], context.materials.methods)).read


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
