"""Levels and seeds in, the same parameter dicts hashed and written as JSON out: the least that a compiler must do."""

import hashlib
import json
import sys

HELD = {
    "epochs": 10,
    "batch_size": 32,
    "optimizer": "adam",
    "schedule": "constant",
    "warmup": 0,
    "dropout": 0.0,
    "grad_accumulation": 1,
    "grad_clip": None,
    "patience": None,
    "precision": "float32",
    "hidden": [64],
}


def parameters(rates, decays, seeds):
    """(parameters, seed) of every trial."""
    for rate in range(1, rates + 1):
        for decay in range(1, decays + 1):
            for seed in range(seeds):
                yield {**HELD, "lr": rate / 100000, "weight_decay": decay / 100000}, seed


def main():
    path, *sizes = sys.argv[1:]
    with open(path, "w", encoding="utf-8") as plan:
        for params, seed in parameters(*map(int, sizes)):
            text = json.dumps({"params": params, "seed": seed}, sort_keys=True)
            identity = hashlib.sha256(text.encode()).hexdigest()[:16]
            plan.write(json.dumps({"id": identity, "params": params, "seed": seed}) + "\n")


if __name__ == "__main__":
    main()
