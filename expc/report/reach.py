"""The series of a figure in, how far its axis reaches out; and which of them leave it, in words.

A loss that diverged to 1e30 would leave nothing to be seen of the others. A curve's usual size is that of its first
point, or that which three quarters of its points reach, whichever is larger; a panel's is that of the curve in the
middle, by size. A curve with a point that is a thousand times as far from zero leaves the axis, which then has room for
the curves that stay, and for twice the usual size of those that don't."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf

from expc.report.curves import MeanPoint, Series
from expc.report.experiment import Figure
from expc.report.numbers import short

FAR, NEAR = 1000, 2
NAMED = 4


def reach(figure: Figure, found: Sequence[Series]) -> float:
    """The largest mean, by its size, that the axis has room for: panels share it. Infinite where all have room."""
    panels: dict[str, list[Series]] = {}
    for one in found:
        if one.points:
            panels.setdefault(facet(figure, one), []).append(one)
    usual = max(map(_usual, panels.values()), default=0.0)
    leaving = [one for one in found if usual and away(one, FAR * usual)]
    if not leaving:
        return inf
    staying = [abs(point.mean) + (point.sd or 0) for one in found if one not in leaving for point in one.points]
    return max([*staying, NEAR * usual])


def away(one: Series, limit: float) -> list[MeanPoint]:
    """The points for which there is no room."""
    return [point for point in one.points if abs(point.mean) > limit]


def said(figure: Figure, found: Sequence[Series]) -> Iterable[str]:
    """A sentence that names the curves that leave the axis, where and how far they go."""
    limit = reach(figure, found)
    left = {_name(figure, one): points for one in found if (points := away(one, limit))}
    if left:
        more = [f"and {len(left) - NAMED} more"] if len(left) > NAMED else []
        named = [_far(name, points, figure) for name, points in list(left.items())[:NAMED]]
        yield f"Beyond the axis, with an arrow: {'; '.join((*named, *more))}."


def _usual(panel: Sequence[Series]) -> float:
    sizes = sorted(_size([abs(point.mean) for point in one.points]) for one in panel)
    return sizes[(len(sizes) - 1) // 2]


def _size(sizes: Sequence[float]) -> float:
    return max(sizes[0], sorted(sizes)[len(sizes) // 4])


def _far(name: str, points: Sequence[MeanPoint], figure: Figure) -> str:
    farthest = max((point.mean for point in points), key=abs)
    return f"{name}, first at {figure.label} {points[0].step:g}, as far as {short(farthest, 2)}"


def _name(figure: Figure, one: Series) -> str:
    levels = dict(zip(figure.by, one.levels, strict=True))
    panel = f"{figure.facet}: {levels[figure.facet]}" if figure.facet else ""
    line = levels[figure.color] if figure.color else ""
    return f"{line} ({panel})" if line and panel else line or panel or "the line"


def facet(figure: Figure, one: Series) -> str:
    """The panel that it stands in."""
    return "" if figure.facet is None else one.levels[figure.by.index(figure.facet)]
