"""The series of a figure in, those that lie on one another, so that only the last would be seen, out; and in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from expc.report.curves import Series
from expc.report.experiment import Figure
from expc.report.notes import listed
from expc.report.reach import facet, reach

BREADTH = 1 / 150
"""Of the axis: about the breadth of a line."""
NAMED = 4


def covered(figure: Figure, found: Sequence[Series]) -> list[list[Series]]:
    """Groups of two series or more that are nowhere farther from their first one than a line is broad."""
    breadth = _span(figure, found) * BREADTH
    groups: list[list[Series]] = []
    for one in found:
        if not one.points:
            continue
        near = (group for group in groups if facet(figure, group[0]) == facet(figure, one))
        under = next((group for group in near if _alike(group[0], one, breadth)), None)
        if under is None:
            groups.append([one])
        else:
            under.append(one)
    return [group for group in groups if len(group) > 1]


def said(figure: Figure, found: Sequence[Series]) -> Iterable[str]:
    """A sentence that names them."""
    groups = [_named(figure, group) for group in covered(figure, found)]
    if groups:
        more = [f"and {len(groups) - NAMED} more"] if len(groups) > NAMED else []
        yield f"Lines that lie on one another, the lower the broader: {'; '.join((*groups[:NAMED], *more))}."


def _named(figure: Figure, group: Sequence[Series]) -> str:
    lines = listed([one.levels[figure.by.index(figure.color)] if figure.color else "" for one in group])
    return f"{lines} ({figure.facet}: {facet(figure, group[0])})" if figure.facet else lines


def _alike(one: Series, other: Series, breadth: float) -> bool:
    pairs = list(zip(one.points, other.points, strict=False))
    same = len(one.points) == len(other.points) and all(a.step == b.step for a, b in pairs)
    return same and all(abs(a.mean - b.mean) <= breadth for a, b in pairs)


def _span(figure: Figure, found: Sequence[Series]) -> float:
    """How far the axis goes, from the lowest to the highest thing that it has room for."""
    limit = reach(figure, found)
    points = [point for one in found for point in one.points if abs(point.mean) <= limit]
    ends = [point.mean + sign * (point.sd or 0) for point in points for sign in (-1, 1)]
    return max(ends, default=0.0) - min(ends, default=0.0)
