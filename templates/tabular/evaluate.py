"""Measures a fitted model on the test split of a data set, and appends a row for each metric; where predictions are
asked for, one for each example, too."""

import json
import math
import os
import pickle
import sys

from data_loader import read
from train import measure, probabilities


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
    if "EXPC_PREDICTIONS" in os.environ:
        rows = predictions(model, examples, known)
        with open(os.environ["EXPC_PREDICTIONS"], "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def predictions(model, examples, known):
    """A row for each example, in the order of the data."""
    if known["classes"] is None:
        return predicted_numbers(model, examples)
    return predicted_classes(model, examples, known["classes"])


def predicted_classes(model, examples, classes):
    """The most probable class, the right one, and how probable the model finds that one, from 0 to 1."""
    scores = probabilities(model, examples.inputs, len(classes))
    for place, (found, right) in enumerate(zip(scores, examples.targets, strict=True)):
        score = float(found[right])
        yield {
            "id": place,
            "on": None,
            "prediction": classes[found.argmax()],
            "score": round(score, 6) if math.isfinite(score) else None,
            "label": classes[right],
        }


def predicted_numbers(model, examples):
    """The number that is predicted, the right one, and how far they are apart."""
    for place, (found, right) in enumerate(zip(model.predict(examples.inputs), examples.targets, strict=True)):
        number, distance = float(found), float(abs(found - right))
        known = math.isfinite(number)
        yield {
            "id": place,
            "on": None,
            "prediction": number if known else None,
            "score": distance if known else None,
            "label": float(right),
        }


if __name__ == "__main__":
    main()
