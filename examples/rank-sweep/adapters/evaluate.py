"""Puts the adapters of a checkpoint on the pretrained network again, and measures it on the test split."""

import json
import os

import torch
from config import load
from model import build
from train import measure

from examples import number_of_classes, read


def main():
    config = load()
    torch.set_num_threads(int(os.environ.get("EXPC_CPUS", "1")))
    model = build(config, number_of_classes(config.data))
    weights = torch.load(os.environ["EXPC_CHECKPOINT"], weights_only=True)
    model.load_state_dict(weights, strict=False)  # the rest is what was pretrained
    with open(os.environ["EXPC_METRICS"], "a", encoding="utf-8") as file:
        for name, value in measure(model, *read(os.environ["EXPC_DATA_DIR"], "test")).items():
            file.write(json.dumps({"name": name, "value": value}) + "\n")


if __name__ == "__main__":
    main()
