"""A bottleneck of a few features."""

import math

from torch import nn


def build(config, shape, classes):
    return LowRank(math.prod(shape), config.rank, classes)


class LowRank(nn.Module):
    def __init__(self, pixels, rank, classes):
        super().__init__()
        self.down = nn.Linear(pixels, rank)
        self.head = nn.Linear(rank, classes)

    def forward(self, images):
        return self.head(self.down(images.flatten(1)))
