"""Kim's convolutional network (2014): filters of several widths over the words, and the maximum of each over time."""

import torch
from torch import nn


def build(config, width):
    return Convolutions(width, config.filter_widths, config.filters)


class Convolutions(nn.Module):
    def __init__(self, width, filter_widths, filters):
        super().__init__()
        # Padding on both sides lets every filter see every word at each of its places, and texts be shorter than it.
        self.convolutions = nn.ModuleList(nn.Conv1d(width, filters, wide, padding=wide - 1) for wide in filter_widths)

    def forward(self, vectors, mask):
        vectors = (vectors * mask.unsqueeze(2)).transpose(1, 2)
        lengths = mask.sum(1, keepdim=True)
        return torch.cat([self.maxima(convolution, vectors, lengths) for convolution in self.convolutions], 1)

    def maxima(self, convolution, vectors, lengths):
        features = torch.relu(convolution(vectors))
        # A place whose filter touches no word is left out, or the result would depend on the batch's longest text.
        places = torch.arange(features.shape[2], device=features.device)
        touches = places < lengths + convolution.kernel_size[0] - 1
        return (features * touches.unsqueeze(1)).amax(2)
