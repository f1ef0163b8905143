"""Prints a loss; what it is told stands behind its name."""

import argparse

options = argparse.ArgumentParser()
options.add_argument("--lr", type=float, default=0.1)
options.add_argument("--seed", type=int, default=0)
print(f"loss={options.parse_known_args()[0].lr}")
