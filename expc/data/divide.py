"""A split's rule in, which examples of a file are for training, validation and test out.

Examples of one group stay together; without groups, each is its own. What is drawn is PCG64's raw stream, and sums are
of whole numbers, so that the parts are the same on every machine and in every version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from expc.data.split import split

Indices = NDArray[np.int64]
Seed = np.random.SeedSequence

# Streams of draws that have nothing to do with each other, nor with that of a split without folds.
_FOLDS, _REST = 1, 2
_SCALE = 10**30


def divide(
    strata: Indices, groups: NDArray[Any] | None, missing: Sequence[str], rule: Mapping[str, Any]
) -> dict[str, Indices]:
    """The indices, ascending, of each part that is missing, and of `train`, which is what is left.

    `strata` numbers the kinds of examples of which each part gets its share. With folds, the test data are the fold
    (`rule["fold"]`, counted through all repetitions), and the others' fractions are of what isn't in it."""
    if "fold" not in rule:
        return _parts(strata, groups, {part: rule[part] for part in missing}, Seed(rule["seed"]))
    repetition, number = divmod(rule["fold"], rule["folds"])
    dealt = fold_numbers(strata, groups, rule["folds"], Seed(rule["seed"], spawn_key=(_FOLDS, repetition)))
    test, rest = np.flatnonzero(dealt == number), np.flatnonzero(dealt != number)
    fractions = {part: rule[part] for part in missing if part != "test"}
    seed = Seed(rule["seed"], spawn_key=(_REST, rule["fold"]))
    made = _parts(strata[rest], None if groups is None else groups[rest], fractions, seed)
    return {"test": test, **{part: rest[indices] for part, indices in made.items()}}


def fold_numbers(strata: Indices, groups: NDArray[Any] | None, folds: int, seed: Seed) -> Indices:
    """The fold of each example. Without groups, the folds' sizes differ by one at most, in each stratum as in all."""
    if groups is not None:
        return deal(strata, groups, [Fraction(1, folds)] * folds, seed)
    dealt = np.empty(len(strata), dtype=np.int64)
    dealt[np.lexsort((_draws(seed, len(strata)), strata))] = np.arange(len(strata)) % folds
    return dealt


def deal(strata: Indices, groups: NDArray[Any], quotas: Sequence[Fraction], seed: Seed) -> Indices:
    """The part of each example: groups, in the order of their draws, go where they hurt the quotas least.

    That is where the sum over parts and strata of (examples there / examples of the stratum)² / quota grows least: it
    is smallest when every part has its quota of every stratum. No part stays empty if there are as many groups."""
    _, group_of = np.unique(groups, return_inverse=True)
    counts = np.zeros((group_of.max() + 1, strata.max() + 1), dtype=np.int64)
    np.add.at(counts, (group_of, strata), 1)
    weights = [_SCALE // max(1, int(total)) ** 2 for total in counts.sum(axis=0)]
    shared = lcm(*(quota.denominator for quota in quotas))
    shares = [int(quota * shared) for quota in quotas]
    factors = [lcm(*shares) // share for share in shares]
    there = [[0] * counts.shape[1] for _ in quotas]
    part_of = np.empty(len(counts), dtype=np.int64)
    for group in np.argsort(_draws(seed, len(counts)), kind="stable"):
        held = [(stratum, more) for stratum, more in enumerate(counts[group].tolist()) if more]

        def growth(part: int, held: Sequence[tuple[int, int]] = held) -> tuple[int, int]:
            grown = sum((2 * there[part][stratum] + more) * more * weights[stratum] for stratum, more in held)
            return grown * factors[part], sum(there[part]) * factors[part]

        part = min(range(len(quotas)), key=growth)
        part_of[group] = part
        for stratum, more in held:
            there[part][stratum] += more
    return _without_holes(part_of, counts.sum(axis=1), len(quotas))[group_of]


def _parts(
    strata: Indices, groups: NDArray[Any] | None, fractions: Mapping[str, float], seed: Seed
) -> dict[str, Indices]:
    if not fractions:
        return {"train": np.arange(len(strata))}
    if groups is None:
        return split(strata, fractions, seed=seed)
    quotas = [Fraction(str(fraction)) for fraction in fractions.values()]
    dealt = deal(strata, groups, [*quotas, 1 - sum(quotas, Fraction(0))], seed)
    return {part: np.flatnonzero(dealt == number) for number, part in enumerate((*fractions, "train"))}


def _without_holes(part_of: Indices, sizes: Indices, parts: int) -> Indices:
    """A part that got no group gets the smallest of the part that has most of them."""
    filled = part_of.copy()
    for part in range(parts):
        if not (filled == part).any():
            giver = np.bincount(filled, minlength=parts).argmax()
            given = np.flatnonzero(filled == giver)
            filled[given[sizes[given].argmin()]] = part
    return filled


def _draws(seed: Seed, count: int) -> NDArray[np.uint64]:
    return np.random.PCG64(seed).random_raw(count)
