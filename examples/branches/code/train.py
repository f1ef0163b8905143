"""Gradient descent. Writes the error of what it found into metrics.json."""

import argparse
import json

import eval

parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float, default=0.1)
parser.add_argument("--steps", type=int, default=100)
parser.add_argument("--seed", type=int, default=0)
given = parser.parse_args()

scales, target = eval.problem(given.seed)
x = [0.0] * len(target)
for step in range(given.steps):
    gradient = [a * value - b for a, b, value in zip(scales, target, x)]
    x = [value - given.rate * slope for value, slope in zip(x, gradient)]

with open("metrics.json", "w") as file:
    json.dump({"error": eval.error(x, given.seed)}, file)
