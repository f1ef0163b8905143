"""The mean of a text's word vectors."""

from torch import nn


def build(config, width):
    return Bag()


class Bag(nn.Module):
    def forward(self, vectors, mask):
        weights = mask.unsqueeze(2).to(vectors.dtype)
        return (vectors * weights).sum(1) / weights.sum(1)
