"""A recurrent network that reads the text in both directions, and the maximum of each feature over time."""

from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def build(config, width):
    return Recurrent(width, config.hidden, config.layers, config.dropout)


class Recurrent(nn.Module):
    def __init__(self, width, hidden, layers, dropout):
        super().__init__()
        between = dropout if layers > 1 else 0.0
        self.lstm = nn.LSTM(width, hidden, layers, batch_first=True, bidirectional=True, dropout=between)

    def forward(self, vectors, mask):
        # Packed, so that the backward direction starts at a text's last word and not in its padding.
        lengths = mask.sum(1).cpu()
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=mask.shape[1])
        return states.masked_fill(~mask.unsqueeze(2), float("-inf")).amax(1)
