"""The classes of examples in, which of them are for training, validation and test out."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray


def split(
    classes: NDArray[np.int64],
    fractions: Mapping[str, float],
    *,
    seed: int | np.random.SeedSequence,
    stratify: bool = True,
) -> dict[str, NDArray[np.int64]]:
    """The indices, ascending, of each part that `fractions` names, and of `train`, which is what is left.

    Every example draws a number. In each class, the lowest go to the first part, the next to the second, and so on;
    without `stratify`, all examples are one class. Each needs at least as many examples as there are parts.
    The draws are PCG64's raw stream, which numpy keeps as it is for ever; those of its distributions may change."""
    draws = np.random.PCG64(seed).random_raw(len(classes))
    strata = classes if stratify else np.zeros_like(classes)
    order = np.lexsort((draws, strata))
    chosen: dict[str, list[NDArray[np.int64]]] = {part: [] for part in (*fractions, "train")}
    for members in np.split(order, np.flatnonzero(np.diff(strata[order])) + 1):
        sizes = shares(len(members), fractions)
        ends = np.cumsum(list(sizes.values()))[:-1]
        for part, indices in zip(sizes, np.split(members, ends), strict=True):
            chosen[part].append(indices)
    return {part: np.sort(np.concatenate(indices)) for part, indices in chosen.items()}


def shares(count: int, fractions: Mapping[str, float]) -> dict[str, int]:
    """How many of `count` examples each part gets: by largest remainder, on ties the part that stands first.

    A part that would get none gets one, from the largest."""
    # Exact, from the decimals as written: 0.7 × 10 is 7, and ties are ties.
    exact = {part: Fraction(str(fraction)) * count for part, fraction in fractions.items()}
    exact["train"] = count - sum(exact.values(), Fraction(0))
    sizes = {part: int(share) for part, share in exact.items()}
    by_remainder = sorted(exact, key=lambda part: sizes[part] - exact[part])
    for part in by_remainder[: count - sum(sizes.values())]:
        sizes[part] += 1
    for part in [part for part, size in sizes.items() if not size]:
        sizes[max(sizes, key=lambda other: sizes[other])] -= 1
        sizes[part] = 1
    return sizes
