"""A method for the slot `model`: one layer, as wide as the image times `factor`."""

from torch import nn


def build(config, shape, classes):
    pixels = shape[0] * shape[1] * shape[2]
    network = nn.Sequential(nn.Flatten(), nn.Linear(pixels, config.factor * pixels), nn.ReLU())
    network.add_module("head", nn.Linear(config.factor * pixels, classes))
    return network
