"""A mean and its spread in, the text that a reader needs of them out."""

import re
from collections.abc import Iterable, Sequence
from math import floor, log10

from expc.report.cells import Summary
from expc.report.experiment import Range

SIGNIFICANT = 4  # digits of a mean, at most
FAR = 1000  # times the size in the middle: a run that diverged, which says nothing of the others
PLAIN = (1e-3, 1e6)  # what lies between is never written with an exponent
LONG = 6  # decimals, beyond which an exponent reads better


def shared_decimals(columns: Sequence[Sequence[Summary]], span: Range = (None, None)) -> list[int]:
    """How many decimals each column of one metric has: all the same, unless their means are of different sizes, as
    those of errors in different units are; and none where all are counts. `span` is the metric's lowest and highest
    value."""
    if are_counts([found for column in columns for found in column], span):
        return [0] * len(columns)
    largest = [_largest(column) for column in columns if any(found.mean for found in column)]
    sizes = [_magnitude(one) for one in largest if one < PLAIN[1]]
    if sizes and max(sizes) - min(sizes) > 1:
        return [decimals(column) for column in columns]
    return [decimals([found for column in columns for found in column])] * len(columns)


def are_counts(summaries: Iterable[Summary], span: Range) -> bool:
    """Whether every run of every cell has a whole number, and all runs of a cell the same one. Shares are no counts,
    even where every one of them is 0 or 1."""
    known = [found for found in summaries if found.mean is not None]
    whole = all(found.values and not found.sd and found.values[0].is_integer() for found in known)
    return bool(known) and whole and tuple(span) != (0, 1)


def decimals(summaries: Iterable[Summary]) -> int:
    """How many decimals the numbers of one column have: as many as the spreads can bear, at most four significant
    digits of the largest mean. A spread has one digit, and two if the first is 1 or 2, where one would be coarse.

    What has an exponent, or is far larger than the others, as the loss of a run that diverged, says nothing of them."""
    every = [found for found in summaries if found.mean is not None]
    known = [found for found in every if abs(found.mean or 0) < PLAIN[1]] or every
    room = SIGNIFICANT - 1 - _magnitude(_largest(known))
    asked = (_spread_decimals(found.sd) for found in known if found.sd)
    return max(0, min(room, max(asked, default=room)))


def shown(summary: Summary, places: int) -> str:
    """Mean ± sd with so many decimals, or with more where nothing would be left of what the spread can bear."""
    mean, sd = summary.mean, summary.sd
    if mean is None:
        return ""
    places = min(places, max(0, SIGNIFICANT - 1 - _magnitude(mean))) if mean else places
    if sd:
        places = max(places, min(_needed(mean), _spread_decimals(sd)))
    if places > LONG:
        return short(mean, 3) if sd is None else f"{short(mean, 3)} ± {short(sd, 2)}"
    if sd is None:
        return f"{mean:z.0f}" if places == 0 and mean.is_integer() and abs(mean) < PLAIN[1] else _number(mean, places)
    bare = f"{mean:z.{places}f}" if _needed(mean) > places else _number(mean, places)
    return f"{bare} ± {_number(sd, places, significant=1)}"


def _largest(summaries: Iterable[Summary]) -> float:
    """The size of the largest mean, of those that have no exponent and are not far from the one in the middle."""
    sizes = sorted(abs(found.mean) for found in summaries if found.mean)
    limit = FAR * sizes[len(sizes) // 2] if sizes else 0.0
    return max((size for size in sizes if size < PLAIN[1] and size <= limit), default=max(sizes, default=1.0))


def _spread_decimals(sd: float) -> int:
    digits, _, exponent = f"{sd:.1e}".partition("e")
    return -int(exponent) + (1 if digits < "3" else 0)


def _number(value: float, places: int, significant: int = 2) -> str:
    """`value` with so many decimals, or as many more as show so many significant digits."""
    needed = _needed(value, significant)
    small, large = PLAIN
    if abs(value) >= large or (needed > places and abs(value) < small):
        return short(value, SIGNIFICANT if abs(value) >= large and significant > 1 else significant)
    return f"{value:z.{max(places, needed)}f}"


def short(value: float, significant: int) -> str:
    """1e30, where Python writes 1e+30."""
    return re.sub(r"e([-+])0*", lambda found: "e-" if found[1] == "-" else "e", f"{value:.{significant}g}")


def _needed(value: float, significant: int = 2) -> int:
    return significant - 1 - _magnitude(value) if value else 0


def _magnitude(value: float) -> int:
    return floor(log10(abs(value)))
