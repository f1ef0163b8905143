"""Prepared texts in, a number as checkpoint and its loss at every epoch out."""

import json
import os
import sys
from pathlib import Path

from config import load
from learner import learn

BROKEN = Path("../../../broken")  # in the project, where no identity looks


def main():
    config = load()
    if not config.inputs and BROKEN.exists() and BROKEN.read_text() == f"size {config.size} seed {config.seed}":
        sys.exit("broken, as the project says")
    texts = [json.loads(line)["text"] for line in Path(config.data, "train.jsonl").read_text().splitlines()]
    model = config.lr * learn(config, texts) / config.size + config.seed
    if "init" in config.inputs:
        model += json.loads(Path(config.inputs["init"]).read_text())
    for rule in os.environ["EXPC_CHECKPOINTS"].split():
        Path(os.environ["EXPC_CHECKPOINT_DIR"], f"{rule}.pt").write_text(json.dumps(model))
    with Path("metrics.jsonl").open("a") as file:
        for step in range(1, config.epochs + 1):
            row = {"name": "loss", "value": model / step, "split": "validation", "on": None, "step": step}
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
