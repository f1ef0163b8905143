"""Values outside of their metric's range in, what a reader should know of them out."""

from __future__ import annotations

from collections.abc import Iterable

from expc.report.experiment import Range


def spelled(span: Range) -> str:
    """As a spec writes it."""
    low, high = ("null" if bound is None else f"{bound:g}" for bound in span)
    return f"[{low}, {high}]"


def within(span: Range, value: float) -> bool:
    low, high = span
    return (low is None or low <= value) and (high is None or value <= high)


def meant(values: Iterable[float], span: Range) -> str:
    """What may be behind it, and what to do; empty if nobody can know. `values` lie outside, at least one."""
    low, high = span
    found = list(values)
    if high is None or max(found) < 2 * high or not all(within(span, value / 100) for value in found):
        return ""
    whole = (None if low is None else low * 100, high * 100)
    return f"in percent? Then write range: {spelled(whole)}, or let the program write a share"
