"""What a spec varies in, its conditions out: crossed, walked together, or one factor at a time.

It takes specs with mistakes too, and passes over what isn't there: so the checks needn't wait for each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from expc.spec import ONE_AT_A_TIME, Factor, Partial, Spec

MOST_TRIALS = 1_000_000
"""What expc plans for."""

Condition = tuple[int, ...]
"""For each factor of the spec, or of a stage, the position of its level."""


class Axis(NamedTuple):
    """Factors that are walked together: at a step, each of them has the level of that number."""

    places: tuple[int, ...]
    """Those of the factors in the spec."""
    steps: int


def design(spec: Spec) -> list[Condition]:
    """The conditions, the first factor changing slowest: what is made, less `exclude`, and then `include`."""
    left = without_include(spec)
    added = {condition for partial in spec.include for condition in included(spec, partial)}
    return sorted({*left, *added}) if added else left


def without_include(spec: Spec) -> list[Condition]:
    tests = [matcher(spec.factors, tuple(spec.factors), partial) for partial in spec.exclude]
    return [condition for condition in _made(spec) if not any(test(condition) for test in tests)]


def most(spec: Spec, factors: Iterable[str]) -> int:
    """How many conditions of some factors there are at most, without making them: `exclude` isn't counted."""
    order = list(spec.factors)
    places = {order.index(name) for name in factors}
    walks = [axis for axis in axes(spec) if places.intersection(axis.places)]
    starts = _start(spec, walks)
    made = prod(axis.steps for axis in walks)
    if spec.design == ONE_AT_A_TIME:
        made = 1 + sum(axis.steps - 1 for axis in walks)
    return made + sum(
        prod(len(_ways(spec, axis, start, partial)) for axis, start in zip(walks, starts, strict=True))
        for partial in spec.include
    )


def matcher(factors: Mapping[str, Factor], order: Sequence[str], partial: Partial) -> Callable[[Condition], bool]:
    """Whether a condition over the factors in `order` fits a partial one; never, if it names another factor."""
    if not set(partial) <= set(order):
        return lambda _: False
    wanted = [
        (order.index(name), frozenset(factors[name].index(level) for level in levels))
        for name, levels in partial.items()
    ]
    return lambda condition: all(condition[position] in allowed for position, allowed in wanted)


def axes(spec: Spec) -> list[Axis]:
    """The factors, those of a group of `zip` together, in the order in which the first of each stands in the spec."""
    order = list(spec.factors)
    walked: dict[str, list[str]] = {name: [name] for name in order}
    for group in spec.zips:
        first, *others = [name for name in order if name in group and name in walked] or [""]
        for name in others:
            walked[first] += walked.pop(name)
    return [
        Axis(tuple(map(order.index, names)), min(len(spec.factors[name].levels) for name in names))
        for names in walked.values()
    ]


def included(spec: Spec, partial: Partial) -> Iterator[Condition]:
    """The conditions of an entry of `include`.

    Factors that it doesn't name follow those that they are zipped with; else they do what the design does with them:
    crossed they take every level, one at a time that of the baseline."""
    walks = axes(spec)
    order = [place for axis in walks for place in axis.places]
    starts = _start(spec, walks)
    for ways in product(*(_ways(spec, axis, start, partial) for axis, start in zip(walks, starts, strict=True))):
        levels = dict(zip(order, (level for way in ways for level in way), strict=True))
        yield tuple([levels[place] for place in range(len(order))])


def at_odds(spec: Spec, axis: Axis, partial: Partial) -> list[tuple[int, ...]]:
    """What an entry of `include` names of zipped factors that doesn't go together, where it leaves others open."""
    named = _named(spec, axis, partial)
    if not named or len(named) == len(axis.places):
        return []
    return [levels for levels in product(*named.values()) if len(set(levels)) > 1]


def determined(conditions: Iterable[Condition], place: int, by: Sequence[int]) -> bool:
    """Whether the levels at some places leave only one at another."""
    met: dict[Condition, int] = {}
    return all(
        met.setdefault(tuple([condition[one] for one in by]), condition[place]) == condition[place]
        for condition in conditions
    )


def _made(spec: Spec) -> Iterable[Condition]:
    walks = axes(spec)
    ranges = [range(axis.steps) for axis in walks]
    steps: Iterable[Condition] = product(*ranges)
    if spec.design == ONE_AT_A_TIME:
        steps = sorted(_one_at_a_time(ranges, tuple(_start(spec, walks))))
    if len(walks) == len(spec.factors):
        return steps
    axis_of = {place: number for number, axis in enumerate(walks) for place in axis.places}
    numbers = [axis_of[place] for place in range(len(axis_of))]
    return (tuple([step[number] for number in numbers]) for step in steps)


def _one_at_a_time(ranges: Sequence[range], start: Condition) -> set[Condition]:
    return {(*start[:axis], step, *start[axis + 1 :]) for axis, steps in enumerate(ranges) for step in steps} | {start}


def _start(spec: Spec, walks: Iterable[Axis]) -> list[int]:
    """The baseline's step on each axis, the first where it names none."""
    named = ((axis, _named(spec, axis, spec.baseline or {})) for axis in walks)
    return [min(next((levels[0] for levels in found.values() if levels), 0), axis.steps - 1) for axis, found in named]


def _ways(spec: Spec, axis: Axis, start: int, partial: Partial) -> list[tuple[int, ...]]:
    """The levels that the factors of an axis take together in an entry of `include`."""
    named = _named(spec, axis, partial)
    if not named:
        steps = [start] if spec.design == ONE_AT_A_TIME else range(axis.steps)
        return [(step,) * len(axis.places) for step in steps]
    found = (dict(zip(named, levels, strict=True)) for levels in product(*named.values()))
    whole = len(named) == len(axis.places)
    return [
        tuple([levels.get(place, next(iter(levels.values()))) for place in axis.places])
        for levels in found
        if whole or (len(set(levels.values())) == 1 and max(levels.values()) < axis.steps)
    ]


def _named(spec: Spec, axis: Axis, partial: Partial) -> dict[int, list[int]]:
    """For each place of an axis whose factor a partial condition names, the levels that it names."""
    factors = list(spec.factors.values())
    named = {place: partial[factors[place].name] for place in axis.places if factors[place].name in partial}
    return {
        place: [index for level in levels if (index := factors[place].index(level)) is not None]
        for place, levels in named.items()
    }
