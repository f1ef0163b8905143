"""Designs that hold nothing, or too much."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from expc.compiler.checks import Context, Finding, check
from expc.compiler.scope import Scope, sources
from expc.compiler.settings import design, matcher

MOST_TRIALS = 1_000_000


@check("E322", after="E307 E315")
def too_many_trials(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    conditions = prod(len(factor.levels) for factor in spec.factors.values())
    trials = _trials(context.scope)
    if max(conditions, trials) > MOST_TRIALS:
        counted = f"{trials:,} trials" if trials >= conditions else f"{conditions:,} conditions"
        pointer = ("factors",) if spec.factors else ("seeds",) if context.written(("seeds",)) else ("stages",)
        message = f"{counted}, `exclude` not counted, are more than expc plans for ({MOST_TRIALS:,})"
        yield Finding(
            pointer, message, "cross fewer levels or seeds, or split the experiment into several specs", key=True
        )


def _trials(scope: Scope) -> int:
    """Of all stages: one in each condition of a stage, for every combination of its seeds and those above it."""
    repeated: dict[str, dict[str, int]] = {}
    count = 0
    for name, stage in scope.stages.items():
        axes = {axis: n for above in sources(stage.stage) for axis, n in repeated[above].items()}
        if stage.stage.seeds is not None:
            axes[name] = len(stage.stage.seeds)
        repeated[name] = axes or {"": len(scope.spec.seeds)}
        count += prod(len(scope.spec.factors[factor].levels) for factor in stage.factors) * prod(
            repeated[name].values()
        )
    return count


@check("E311", after="E303 E304 E322")
def empty_design(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    left = design(spec)
    if not left:
        message = "`exclude` leaves no condition: everything that the factors cross is left out"
        yield Finding(("exclude",), message, "leave out less", key=True)
    elif spec.baseline is not None and not any(map(matcher(spec.factors, tuple(spec.factors), spec.baseline), left)):
        message = "no condition is the baseline: `exclude` leaves it out"
        yield Finding(("baseline",), message, "name another baseline, or leave out less", key=True)
