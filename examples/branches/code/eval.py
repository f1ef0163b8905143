"""The problem, and how an answer to it is judged. Branches that are compared must not change this file."""

import random


def problem(seed, size=8):
    """A diagonal A and a vector b: the minimum of x'Ax / 2 - b'x is sought, and A is badly conditioned."""
    chance = random.Random(seed)
    scales = [1.0 / (1 + 3 * i) for i in range(size)]
    return scales, [chance.gauss(0, 1) for _ in range(size)]


def error(x, seed):
    """How far the value at x is above the smallest."""
    scales, target = problem(seed)
    return sum(a * (value - b / a) ** 2 / 2 for a, b, value in zip(scales, target, x))
