"""Trains the adapters and the head, and leaves a row for every metric of every epoch, and checkpoints of both."""

import json
import math
import os
import sys

import torch
from config import load
from model import build, learned
from torch import nn

from examples import number_of_classes, read


def main():
    config = load()
    torch.manual_seed(config.seed)
    torch.set_num_threads(int(os.environ.get("EXPC_CPUS", "1")))
    images, labels = read(config.data, "train")
    validation = read(config.data, "validation")
    model = build(config, number_of_classes(config.data))
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    print(f"{sum(weight.numel() for weight in trained)} of {sum(w.numel() for w in model.parameters())} weights learn")
    optimizer = torch.optim.Adam(trained, lr=config.lr)

    folder = os.environ.get("EXPC_CHECKPOINT_DIR", "checkpoints")
    rules = os.environ.get("EXPC_CHECKPOINTS", "last").split()
    best = math.inf
    for epoch in range(1, config.epochs + 1):
        model.train()
        for chosen in torch.randperm(len(labels)).split(config.batch_size):
            nn.functional.cross_entropy(model(images[chosen]), labels[chosen]).backward()
            optimizer.step()
            optimizer.zero_grad()
        found = measure(model, *validation)
        if not math.isfinite(found["loss"]):
            sys.exit(f"diverged: the validation loss is {found['loss']} after epoch {epoch}; try a smaller lr")
        for name, value in found.items():
            write_row({"name": name, "split": "validation", "step": epoch, "value": value})
        for rule in rules:
            if rule == "last" or (rule == "best-validation.loss" and found["loss"] < best):
                save(learned(model), os.path.join(folder, rule + ".pt"))
        best = min(best, found["loss"])


@torch.no_grad()
def measure(model, images, labels):
    model.eval()
    scores = model(images)
    return {
        "accuracy": (scores.argmax(1) == labels).float().mean().item(),
        "loss": nn.functional.cross_entropy(scores, labels).item(),
    }


def write_row(row):
    with open("metrics.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def save(weights, path):
    torch.save(weights, path + ".new")
    os.replace(path + ".new", path)  # as a whole: a kill leaves the old one or the new one


if __name__ == "__main__":
    main()
