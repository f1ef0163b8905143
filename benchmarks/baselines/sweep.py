"""Hydra's way: one function, started for each combination of overrides by Hydra's multirun."""

import json
from pathlib import Path

import hydra
from hydra.core.config_store import ConfigStore

ConfigStore.instance().store(
    "config", {"lr": 0.001, "seed": 0, "steps": 1, "hydra": {"job": {"chdir": True}, "output_subdir": None}}
)


@hydra.main(version_base=None, config_name="config")
def train(config):
    from work import work  # here, so that only the processes that train import torch

    loss = work(config.steps, config.lr, config.seed)
    row = {"name": "loss", "value": loss, "split": "validation", "on": None, "step": 1}
    Path("metrics.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")


if __name__ == "__main__":
    train()
