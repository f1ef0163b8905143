"""Designs that hold nothing, or too much."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import prod

from expc.compiler.checks.rule import Context, Finding, check
from expc.compiler.meaning.design import MOST_TRIALS, axes, included, matcher, most, without_include
from expc.compiler.meaning.scope import Scope, sources
from expc.compiler.meaning.splits import folds
from expc.spec import Partial, Spec, Value, level_name

FOLDS = "/folds"
"""Among the names of stages; none can be called that."""


@check("E322", after="E307 E315")
def too_many_trials(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    conditions = most(spec, spec.factors)
    trials = _trials(context.scope)
    if max(conditions, trials) > MOST_TRIALS:
        counted = f"{trials:,} trials" if trials >= conditions else f"{conditions:,} conditions"
        written = [key for key in ("factors", "ablation", "seeds") if context.written((key,))]
        message = f"{counted}, `exclude` not counted, are more than expc plans for ({MOST_TRIALS:,})"
        yield Finding(
            ((*written, "stages")[0],),
            message,
            "cross fewer levels or seeds, or split the experiment into several specs",
            key=True,
        )


def _trials(scope: Scope) -> int:
    """Of all stages: one in each condition of a stage, for every combination of its seeds and those above it, and every
    fold of the data set that has most of them."""
    repeated: dict[str, dict[str, int]] = {}
    count = 0
    for name, stage in scope.stages.items():
        axes = {axis: n for above in sources(stage.stage) for axis, n in repeated[above].items()}
        if stage.stage.seeds is not None:
            axes[name] = len(stage.stage.seeds)
        elif not axes:
            axes[""] = len(scope.spec.seeds)
        if stage.template and stage.template.data:
            axes[FOLDS] = max([axes.get(FOLDS, 1), *(folds(source) or 1 for source in scope.spec.data.values())])
        repeated[name] = axes
        count += most(scope.spec, stage.factors) * prod(repeated[name].values())
    return count


@check("E332", after="E303 E304 E322 E327 E328 E329 E330 E331")
def include_that_adds_nothing(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    there = set(without_include(spec)) if spec.include else set()
    for number, partial in enumerate(spec.include):
        added = set(included(spec, partial)) - there
        if not added:
            message = "adds nothing: every condition that is meant here is part of the design already"
            hint = "remove it; new levels stand under `factors`, what some conditions also get under `overrides`"
            yield Finding(("include", number), message, hint, key=True)
        there |= added


@check("E311", after="E303 E304 E379 E322 E327 E328 E329 E330")
def empty_design(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    left = context.conditions
    if not left:
        message = "`exclude` leaves no condition: everything that the factors cross is left out"
        yield Finding(("exclude",), message, "leave out less", key=True)
    elif spec.baseline is not None and not any(map(matcher(spec.factors, tuple(spec.factors), spec.baseline), left)):
        pointer = ("baseline",) if context.written(("baseline",)) else ("exclude",)
        yield Finding(pointer, *_why_no_baseline(context, spec, spec.baseline), key=True)


def _why_no_baseline(context: Context, spec: Spec, baseline: Partial) -> tuple[str, str]:
    factors = list(spec.factors.values())
    for axis in axes(spec):
        named = [factors[place] for place in axis.places if factors[place].name in baseline]
        steps = {factor.name: factor.index(baseline[factor.name][0]) for factor in named}
        if len(set(steps.values())) > 1:
            first, other = next((a, b) for a, b in pairwise(named) if steps[a.name] != steps[b.name])
            where = f"{first.name}={level_name(baseline[first.name][0])}"
            goes = other.levels[steps[first.name] or 0].name
            message = f"no condition is the baseline: `zip` walks {first.name} and {other.name} together"
            return message, f"{other.name}={goes} goes with {where}; one of the two is enough"
    number = next((n for n, partial in enumerate(spec.exclude) if _leaves_out(partial, baseline)), None)
    if number is None:
        return "no condition is the baseline: `exclude` leaves it out", "name another baseline, or leave out less"
    _, line, _ = context.document.located(("exclude", number))
    partial = spec.exclude[number]
    written = ", ".join(f"{name}: {_levels(levels)}" for name, levels in partial.items())
    message = f"no condition is the baseline: {{{written}}} under `exclude`, in line {line}, leaves it out"
    others = ((factor.name, level.name) for factor in factors for level in factor.levels if factor.name not in partial)
    kept = [level_name(level) for levels in baseline.values() for level in levels]
    more = next((f"{name}: {level}" for name, level in others if level not in kept), "")
    hint = f"say in that entry what else must hold, such as `{{{more}, {written}}}`" if more else "remove that entry"
    return message, f"name another baseline, or {hint}"


def _leaves_out(partial: Partial, baseline: Partial) -> bool:
    """Whether every condition that fits the baseline fits the entry."""
    return all(
        name in baseline and {*map(level_name, baseline[name])} <= {*map(level_name, levels)}
        for name, levels in partial.items()
    )


def _levels(levels: tuple[Value, ...]) -> str:
    return level_name(levels[0]) if len(levels) == 1 else level_name(levels)
