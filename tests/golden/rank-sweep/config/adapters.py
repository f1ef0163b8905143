"""params.json in, the configuration of this trial out."""

import json
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Config:
    # Where everything random starts.
    seed: int
    # The folder of the prepared data.
    data: str | None
    # The checkpoints that this trial takes from, by the input's name.
    inputs: dict[str, str]
    # Passes over the training data.
    epochs: int
    # Examples per update of the weights.
    batch_size: int
    # The learning rate of the adapters and the head.
    lr: float
    # The rank of what is added to each frozen matrix; 0 adds nothing, and only the head learns.
    rank: int
    # What is added is multiplied by alpha / rank.
    alpha: float


def load():
    """The configuration in the current folder's params.json. What another parameter switches off is None."""
    with open("params.json", encoding="utf-8") as file:
        trial = json.load(file)
    wanted = {field.name for field in fields(Config)}
    params = {name: value for name, value in trial["params"].items() if name in wanted}
    return Config(seed=trial["seed"], data=trial["data"], inputs=trial["from"], **params)
