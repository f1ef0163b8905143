"""The weights of a pretrained network in, the same network with low-rank adapters and a new head out."""

import torch
from torch import nn

LAYERS = ("first", "second")


def build(config, classes):
    weights = torch.load(config.inputs["base"], weights_only=True)
    layers = [part for name in LAYERS for part in (adapted(weights, name, config.rank, config.alpha), nn.ReLU())]
    head = nn.Linear(weights[f"{LAYERS[-1]}.weight"].shape[0], classes)
    return nn.Sequential(nn.Flatten(), *layers, head)


def adapted(weights, name, rank, alpha):
    """The pretrained layer of that name, frozen; with an adapter, unless the rank is 0."""
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.load_state_dict({"weight": weight, "bias": bias})
    layer.requires_grad_(False)
    return Adapter(layer, rank, alpha / rank) if rank else layer


def learned(model):
    """The weights that differ from the pretrained ones: all that a checkpoint needs."""
    trained = {name for name, weight in model.named_parameters() if weight.requires_grad}
    return {name: weight for name, weight in model.state_dict().items() if name in trained}


class Adapter(nn.Module):
    """A frozen layer, and the product of two thin matrices that is added to its weights (Hu et al., 2021)."""

    def __init__(self, layer, rank, scale):
        super().__init__()
        self.layer, self.scale = layer, scale
        self.down = nn.Parameter(torch.randn(rank, layer.in_features) / layer.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(layer.out_features, rank))  # so that it begins as what was pretrained

    def forward(self, inputs):
        return self.layer(inputs) + self.scale * (inputs @ self.down.T @ self.up.T)
