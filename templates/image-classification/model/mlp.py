"""A multi-layer perceptron: images as flat vectors, fully connected layers, a head."""

import math
from itertools import pairwise

import torch
from torch import nn


def build(config, shape, classes):
    return Perceptron(math.prod(shape), config.hidden, classes, config.dropout)


class Perceptron(nn.Module):
    def __init__(self, inputs, hidden, classes, dropout):
        super().__init__()
        widths = [inputs, *hidden]
        self.layers = nn.ModuleList(nn.Linear(below, above) for below, above in pairwise(widths))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, images):
        features = images.flatten(1)
        for layer in self.layers:
            features = self.dropout(torch.relu(layer(features)))
        return self.head(features)
