"""Measures a fitted model on the test split of a data set, and appends a row for each metric."""

import json
import math
import os
import pickle
import sys

from data_loader import read
from train import measure


def main():
    # Classes, columns and how these become numbers are those of the training data, whatever the data measured on.
    with open(os.environ["EXPC_CHECKPOINT"], "rb") as file:
        saved = pickle.load(file)  # our own file
    model, known = saved["model"], saved["known"]
    try:
        examples = read(os.environ["EXPC_DATA_DIR"], "test", known)
    except ValueError as problem:
        sys.exit(f"this model can't be measured on {os.environ['EXPC_DATA_DIR']}: {problem}")
    with open(os.environ["EXPC_METRICS"], "a", encoding="utf-8") as file:
        for name, value in measure(model, examples, known).items():
            row = {"name": name, "value": value}
            if not math.isfinite(value):
                row.update(value=None, reason=f"not finite: {value}")
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
