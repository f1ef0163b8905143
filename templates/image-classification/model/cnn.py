"""A small convolutional network: 3 × 3 filters, each layer followed by halving the image, and a head."""

import torch
from torch import nn


def build(config, shape, classes):
    return Convolutions(shape, config.channels, classes, config.dropout)


class Convolutions(nn.Module):
    def __init__(self, shape, channels, classes, dropout):
        super().__init__()
        depth, height, width = shape
        self.layers = nn.ModuleList()
        for filters in channels:
            self.layers.append(nn.Conv2d(depth, filters, 3, padding=1))
            depth, height, width = filters, (height + 1) // 2, (width + 1) // 2
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(depth * height * width, classes)

    def forward(self, images):
        features = images
        for layer in self.layers:
            features = nn.functional.max_pool2d(
                torch.relu(layer(features)), 2, ceil_mode=True
            )  # an odd last row counts too
        return self.head(self.dropout(features.flatten(1)))
