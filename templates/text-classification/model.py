"""Word numbers in, a score for each class out: word vectors, an encoder that makes one vector of a text, a head."""

import torch
from torch import nn

from data_loader import PADDING
from encoder import build as build_encoder


def build(config, words, classes):
    return Classifier(config, words, classes)


class Classifier(nn.Module):
    def __init__(self, config, words, classes):
        super().__init__()
        self.embedding = nn.Embedding(words, config.embedding, padding_idx=PADDING)
        # As short as vectors learned elsewhere. Long ones stay what they were at random, unknown words above all.
        nn.init.uniform_(self.embedding.weight[1:], -0.25, 0.25)
        self.encoder = build_encoder(config, config.embedding)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(features_of(self.encoder, config.embedding), classes)

    def forward(self, numbers):
        mask = numbers != PADDING
        return self.head(self.dropout(self.encoder(self.embedding(numbers), mask)))


@torch.no_grad()
def features_of(encoder, width):
    """How many features the encoder makes of a text: it is asked, so that no encoder has to tell."""
    training = encoder.training
    features = encoder.eval()(torch.zeros(1, 8, width), torch.ones(1, 8, dtype=torch.bool))
    encoder.train(training)
    return features.shape[1]
