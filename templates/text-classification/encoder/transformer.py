"""A small transformer over the words and their places, and the mean of its features over time."""

import math

import torch
from torch import nn


def build(config, width):
    return Transformer(width, config.hidden, config.layers, config.heads, config.dropout)


class Transformer(nn.Module):
    def __init__(self, width, hidden, layers, heads, dropout):
        super().__init__()
        self.project = nn.Linear(width, hidden)
        layer = nn.TransformerEncoderLayer(
            hidden, heads, dim_feedforward=2 * hidden, dropout=dropout, batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, layers, norm=nn.LayerNorm(hidden), enable_nested_tensor=False)

    def forward(self, vectors, mask):
        states = self.project(vectors)
        states = states + sinusoids(*states.shape[1:], device=states.device)
        states = self.layers(states, src_key_padding_mask=~mask)
        weights = mask.unsqueeze(2).to(states.dtype)
        return (states * weights).sum(1) / weights.sum(1)


def sinusoids(places, features, device):
    """A code of each place, as in Vaswani et al. (2017): half sines, half cosines, of falling frequency."""
    halves = (features + 1) // 2
    frequencies = torch.exp(-math.log(10_000.0) * torch.arange(halves, device=device) / halves)
    angles = torch.arange(places, device=device).unsqueeze(1) * frequencies
    return torch.cat([angles.sin(), angles.cos()], 1)[:, :features]
