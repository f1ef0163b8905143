"""Measurements of ours and of a baseline in, one line of the results out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Comparison:
    """`ours` and `baseline` are medians; `value` is what the reach is about: their ratio, or a plain number."""

    what: str
    against: str
    ours: str
    baseline: str
    value: float
    spread: tuple[float, float]
    unit: str
    reach: float

    @property
    def reached(self) -> bool:
        return self.value <= self.reach


def ratio(what: str, against: str, *, ours: Sequence[float], baseline: Sequence[float], reach: float) -> Comparison:
    """Seconds, taken in turns: the ratio of the medians, and the smallest and largest of the turns' own ratios."""
    each = [mine / other for mine, other in zip(ours, baseline, strict=True)]
    return Comparison(
        what,
        against,
        seconds(median(ours)),
        seconds(median(baseline)),
        median(ours) / median(baseline),
        (min(each), max(each)),
        "×",
        reach,
    )


def size(what: str, *, peaks: Sequence[float], reach: float) -> Comparison:
    """Megabytes, which no baseline is needed for."""
    return Comparison(what, "", f"{median(peaks):.0f} MB", "", median(peaks), (min(peaks), max(peaks)), " MB", reach)


def seconds(number: float) -> str:
    return f"{number:.0f} s" if number >= 100 else f"{number:.1f} s" if number >= 10 else f"{number:.2f} s"


def table(comparisons: Sequence[Comparison]) -> str:
    """A table in Markdown."""
    lines = ["| what | against | ours | baseline | found | reach | reached |", "|---|---|---|---|---|---|---|"]
    for one in comparisons:
        low, high = (figure(bound, one.unit) for bound in one.spread)
        found = f"{figure(one.value, one.unit)}{one.unit} ({low} to {high})"
        cells = [one.what, one.against or "–", one.ours, one.baseline or "–", found]
        cells += [f"≤ {one.reach:g}{one.unit}", "yes" if one.reached else "**no**"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def figure(number: float, unit: str) -> str:
    return f"{number:.2f}" if unit == "×" else f"{number:.0f}"
