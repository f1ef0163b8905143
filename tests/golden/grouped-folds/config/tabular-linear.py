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
    # What a missing number becomes: that of the training data. A missing category is a category of its own.
    impute: str
    # Whether the numbers get the mean 0 and the spread 1 of the training data.
    scale: bool
    # The weight of the squared coefficients in what is minimised; 0 for none.
    penalty: float


def load():
    """The configuration in the current folder's params.json. What another parameter switches off is None."""
    with open("params.json", encoding="utf-8") as file:
        trial = json.load(file)
    wanted = {field.name for field in fields(Config)}
    params = {name: value for name, value in trial["params"].items() if name in wanted}
    return Config(seed=trial["seed"], data=trial["data"], inputs=trial["from"], **params)
