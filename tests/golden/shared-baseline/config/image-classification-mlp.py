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
    # The learning rate, before warmup and schedule.
    lr: float
    # The rule that updates the weights; each has PyTorch's defaults for what isn't a parameter here.
    optimizer: str
    # Pull of the weights towards zero: decoupled for adamw, as a part of the gradient for the others.
    weight_decay: float
    # How the learning rate goes on after the warmup: it stays, or falls so that one update more would find it at zero.
    schedule: str
    # Updates during which the learning rate rises to its full value.
    warmup: int
    # The part of the features that is left out at random (mlp, after every layer; cnn, before the head).
    dropout: float
    # Parts into which a batch is cut to need less memory; the update is that of the whole batch.
    grad_accumulation: int
    # The longest gradient, as a norm over all weights; null doesn't clip.
    grad_clip: float | None
    # Epochs without a better validation loss after which training stops; null trains to the end.
    patience: int | None
    # The number format of matrix products; weights and losses are float32 in either case. On GPUs that have TF32,
    # PyTorch takes it for the convolutions and recurrent layers of float32.
    precision: str
    # The width of each hidden layer; none at all is a linear model.
    hidden: list[int]
    # How much of the last update the next one keeps.
    momentum: float | None = None


def load():
    """The configuration in the current folder's params.json. What another parameter switches off is None."""
    with open("params.json", encoding="utf-8") as file:
        trial = json.load(file)
    wanted = {field.name for field in fields(Config)}
    params = {name: value for name, value in trial["params"].items() if name in wanted}
    return Config(seed=trial["seed"], data=trial["data"], inputs=trial["from"], **params)
