"""Designs that hold nothing, or too much."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from expc.compiler.checks import Context, Finding, check
from expc.compiler.settings import design, matcher

MOST_TRIALS = 1_000_000


@check("E322")
def too_many_trials(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    nested = prod(len(stage.seeds) for stage in spec.stages.values() if stage.seeds) * len(spec.seeds)
    count = prod(len(factor.levels) for factor in spec.factors.values()) * nested
    if count > MOST_TRIALS:
        message = f"{count:,} trials are more than expc plans for ({MOST_TRIALS:,})"
        pointer = ("factors",) if spec.factors else ("seeds",)
        yield Finding(pointer, message, "cross fewer levels, or split the experiment into several specs", key=True)


@check("E311", after="E303 E304 E322")
def empty_design(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    left = design(spec)
    if not left:
        yield Finding(("exclude",), "`exclude` leaves no condition", "leave out less", key=True)
    elif spec.baseline is not None:
        matches = matcher(spec.factors, tuple(spec.factors), spec.baseline)
        if not any(map(matches, left)):
            yield Finding(("baseline",), "no condition is the baseline: `exclude` leaves it out", "name another", key=True)
