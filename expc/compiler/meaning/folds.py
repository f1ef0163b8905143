"""A scope in, how many folds each condition of each stage has out, and which stages join what doesn't fit together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expc.compiler.meaning.design import Condition
from expc.compiler.meaning.scope import Scope, StageScope, sources
from expc.compiler.meaning.settings import resolved
from expc.compiler.meaning.splits import folds

Counts = Mapping[Condition, int | None]


@dataclass(frozen=True)
class Folds:
    counts: Mapping[str, Counts]
    """By stage: the folds of each condition's data, or else those of what it takes from; None if it has none."""
    clashes: Mapping[str, tuple[int, int]]
    """By stage: two numbers of folds that meet in one condition, where there are such."""


def folds_of(scope: Scope, conditions: Sequence[Condition]) -> Folds:
    counts: dict[str, Counts] = {}
    clashes: dict[str, tuple[int, int]] = {}
    for name, stage in scope.stages.items():
        met = _met(scope, stage, conditions, counts)
        counts[name] = {condition: max(found, default=None) for condition, found in met.items()}
        clash = next((found for found in met.values() if len(found) > 1), None)
        if clash:
            clashes[name] = (min(clash), max(clash))
    return Folds(counts, clashes)


def _met(
    scope: Scope, stage: StageScope, conditions: Sequence[Condition], counts: Mapping[str, Counts]
) -> dict[Condition, set[int]]:
    """The numbers of folds that come together in each condition of a stage."""
    found: dict[Condition, set[int]] = {}
    for condition, params, _ in resolved(scope, stage, conditions):
        reads = stage.template is not None and stage.template.data is not None
        numbers = [folds(scope.spec.data[str(params["dataset"])])] if reads else []
        for above in sources(stage.stage):
            places = [stage.factors.index(factor) for factor in scope.stages[above].factors]
            numbers.append(counts[above][tuple(condition[place] for place in places)])
        found[condition] = {number for number in numbers if number is not None}
    return found
