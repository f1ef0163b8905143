"""A mean and its spread in, the text that a reader needs of them out."""

from collections.abc import Iterable
from math import floor, log10

from expc.report.cells import Summary

SIGNIFICANT = 4  # digits of a mean, at most
PLAIN = (1e-3, 1e6)  # what lies between is never written with an exponent


def decimals(summaries: Iterable[Summary]) -> int:
    """How many decimals the numbers of one column have: as many as the spreads can bear, at most four significant
    digits of the largest mean. A spread has one digit, and two if the first is 1 or 2, where one would be coarse."""
    known = [found for found in summaries if found.mean is not None]
    largest = max((abs(found.mean) for found in known if found.mean), default=1.0)
    room = SIGNIFICANT - 1 - _magnitude(largest)
    asked = (_spread_decimals(found.sd) for found in known if found.sd)
    return max(0, min(room, max(asked, default=room)))


def shown(summary: Summary, places: int) -> str:
    """Mean ± sd with so many decimals, or more where nothing would be left of one of them."""
    if summary.mean is None:
        return ""
    if summary.sd is None:
        return _number(summary.mean, places, 2)
    drowned = summary.sd >= abs(summary.mean)  # more digits of such a mean say nothing
    mean = f"{summary.mean:z.{places}f}" if drowned else _number(summary.mean, places, 2)
    return f"{mean} ± {_number(summary.sd, places, 1)}"


def _spread_decimals(sd: float) -> int:
    magnitude = _magnitude(sd)
    return -magnitude + (1 if sd / 10**magnitude < 3 else 0)


def _number(value: float, places: int, significant: int) -> str:
    """`value` with so many decimals, or as many more as show so many significant digits."""
    needed = significant - 1 - _magnitude(value) if value else 0
    small, large = PLAIN
    if abs(value) >= large or (needed > places and abs(value) < small):
        return f"{value:.{SIGNIFICANT if abs(value) >= large else significant}g}"
    return f"{value:z.{max(places, needed)}f}"


def _magnitude(value: float) -> int:
    return floor(log10(abs(value)))
