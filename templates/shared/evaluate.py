"""Measures a checkpoint on the test split of a data set, and appends a row for each metric; where predictions are
asked for, one for each example, too."""

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
    asked, scores = os.environ.get("EXPC_PREDICTIONS"), []
    if asked:  # what the model says while it is measured is kept, so that both are of one pass
        model.register_forward_hook(lambda module, inputs, output: scores.append(output.float().cpu()))
    with open(os.environ["EXPC_METRICS"], "a", encoding="utf-8") as file:
        for name, value in measure(model, examples, config.precision).items():
            row = {"name": name, "value": value}
            if not math.isfinite(value):
                row.update(value=None, reason=f"not finite: {value}")
            file.write(json.dumps(row) + "\n")
    if asked:
        with open(asked, "w", encoding="utf-8") as file:
            rows = predictions(torch.cat(scores), examples, known["classes"])
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def predictions(scores, examples, classes):
    """For each example, in the order of the data, the most probable class, the right one, and how probable the model
    finds that one, from 0 to 1."""
    truth = examples.labels.cpu()
    places = measured_places(examples)[: len(scores)]  # a rehearsal measures some of them
    right = truth[places]
    probable = scores.double().softmax(1).gather(1, right.unsqueeze(1)).squeeze(1)
    columns = zip(places.tolist(), scores.argmax(1).tolist(), right.tolist(), probable.tolist(), strict=True)
    for place, predicted, label, score in sorted(columns):
        yield {
            "id": place,
            "on": None,
            "prediction": classes[predicted],
            "score": round(score, 6) if math.isfinite(score) else None,
            "label": classes[label],
        }


def measured_places(examples):
    """The place in the data of each example, in the order in which they are measured."""
    examples.labels = torch.arange(len(examples), device=examples.device)
    return torch.cat([places for _, places in examples.batches(256)]).cpu()


if __name__ == "__main__":
    main()
