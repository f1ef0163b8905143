"""Measures a checkpoint on the test split of a data set, and appends a row for each metric."""

import json
import math
import os
import sys

import torch

from config import load
from data_loader import read
from model import build
from train import make_deterministic, measure


def main():
    config = load()
    make_deterministic(config.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    # Classes, vocabulary and normalisation are those of the training data, whatever the data measured on.
    checkpoint = torch.load(os.environ["EXPC_CHECKPOINT"], map_location="cpu", weights_only=True)
    known = checkpoint["known"]
    try:
        examples = read(os.environ["EXPC_DATA_DIR"], "test", known).to(device)
    except ValueError as problem:
        sys.exit(f"this model can't be measured on {os.environ['EXPC_DATA_DIR']}: {problem}")

    model = build(config, **known["sizes"]).to(device)
    model.load_state_dict(checkpoint["weights"])
    with open(os.environ["EXPC_METRICS"], "a", encoding="utf-8") as file:
        for name, value in measure(model, examples, config.precision).items():
            row = {"name": name, "value": value}
            if not math.isfinite(value):
                row.update(value=None, reason=f"not finite: {value}")
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
