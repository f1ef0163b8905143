"""Trials and the state of each in, how many are in which state out: in all, for each stage, for each level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

Line: TypeAlias = Mapping[str, Any]
"""A trial, as its line of the plan says it."""

State: TypeAlias = Literal["done", "running", "failed", "cancelled", "waiting"]
ENDED: frozenset[State] = frozenset(("done", "failed", "cancelled"))


class Place(NamedTuple):
    """What a row counts: a stage, or one level in it."""

    stage: str
    factor: str = ""
    level: str = ""


class Row(NamedTuple):
    """One line of the overview. `left` is in seconds; None if it can't be known, or nothing is left."""

    place: Place
    counts: Mapping[State, int]
    left: float | None = None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Tally:
    """The counts of one experiment. They are kept up to date trial by trial: counting anew takes too long to do twice
    a second."""

    name: str
    places: Mapping[str, tuple[Place, ...]]
    """Where each trial counts, by its id; two conditions may ask for the same one."""
    counts: Mapping[Place, Counter[State]]

    def total(self) -> Counter[State]:
        """All stages together."""
        found: Counter[State] = Counter()
        for place, counts in self.counts.items():
            if not place.factor:
                found.update(counts)
        return found

    def move(self, trial: str, before: State, after: State) -> None:
        for place in self.places.get(trial, ()):
            self.counts[place][before] -= 1
            self.counts[place][after] += 1

    def rows(self, left: Mapping[str, float] | None = None) -> list[Row]:
        """Stages in the order of the plan, and below each its factors' levels. `left` is how many seconds an open
        trial of a stage takes of the time that is left; a factor with a single level is left out."""
        found = [Row(place, counts, _left(place, counts, left or {})) for place, counts in self.counts.items()]
        levels = Counter((row.place.stage, row.place.factor) for row in found)
        return [row for row in found if not row.place.factor or levels[row.place.stage, row.place.factor] > 1]


def tally(name: str, top: Line, trials: Iterable[Line], states: Mapping[str, State]) -> Tally:
    """`top` is the plan's header, which has the order of stages, factors and levels."""
    places: dict[str, dict[Place, None]] = {}
    for trial in trials:
        places.setdefault(trial["id"], {}).update(dict.fromkeys(_places(trial)))
    counts: dict[Place, Counter[State]] = {}
    for identity, mine in places.items():
        for place in mine:
            counts.setdefault(place, Counter())[states[identity]] += 1
    ordered = {place: counts[place] for place in [*_order(top), *counts] if place in counts}
    return Tally(name, {identity: tuple(mine) for identity, mine in places.items()}, ordered)


def _order(top: Line) -> Iterator[Place]:
    for name, stage in top["stages"].items():
        yield Place(name)
        for factor in stage["factors"]:
            yield from (Place(name, factor, level) for level in top["factors"].get(factor, ()))


def _places(trial: Line) -> Iterator[Place]:
    yield Place(trial["stage"])
    for factor, level in trial["condition"].items():
        yield Place(trial["stage"], factor, level)


def _left(place: Place, counts: Counter[State], left: Mapping[str, float]) -> float | None:
    open_ = counts["running"] + counts["waiting"]
    return open_ * left[place.stage] if open_ and place.stage in left else None
