"""Prepared texts in, batches of word numbers out."""

import json
import os
from collections import Counter

import torch

PADDING, UNKNOWN = 0, 1
POOL = 50  # batches


def learn(config):
    """What the model has to know of its training data: the classes, and every word that is frequent enough."""
    with open(os.path.join(config.data, "data.json"), encoding="utf-8") as file:
        classes = json.load(file)["classes"]
    counts = Counter(word for text, _ in lines(config.data, "train") for word in words_of(text))
    frequent = sorted(word for word, count in counts.items() if count >= config.min_frequency)
    vocabulary = ["<padding>", "<unknown>", *frequent]
    return {
        "classes": classes,
        "vocabulary": vocabulary,
        "max_length": config.max_length,
        "sizes": {"words": len(vocabulary), "classes": len(classes)},
    }


def read(folder, split, known):
    """The examples of a split, as numbers. Labels are those of the training data, matched by name."""
    with open(os.path.join(folder, "data.json"), encoding="utf-8") as file:
        classes = json.load(file)["classes"]
    strange = [name for name in classes if name not in known["classes"]]
    if strange:
        raise ValueError(f"it was trained on the classes {known['classes']}, without {strange}")
    label_of = [known["classes"].index(name) for name in classes]

    number_of = {word: number for number, word in enumerate(known["vocabulary"])}
    texts, labels = [], []
    for text, label in lines(folder, split):
        words = words_of(text)[: known["max_length"]]
        texts.append([number_of.get(word, UNKNOWN) for word in words] or [UNKNOWN])
        labels.append(label_of[label])
    return Examples(texts, labels)


def lines(folder, split):
    with open(os.path.join(folder, split + ".jsonl"), encoding="utf-8") as file:
        for line in file:
            example = json.loads(line)
            yield example["text"], example["label"]


def words_of(text):
    return text.lower().split()


class Examples:
    """Texts as one matrix of word numbers, filled up with padding on the right, and their labels."""

    def __init__(self, texts, labels):
        self.lengths = torch.tensor([len(text) for text in texts])
        longest = int(self.lengths.max())
        self.inputs = torch.tensor([text + [PADDING] * (longest - len(text)) for text in texts])
        self.labels = torch.tensor(labels)

    def __len__(self):
        return len(self.labels)

    @property
    def device(self):
        return self.inputs.device

    def to(self, device):
        self.inputs, self.labels = self.inputs.to(device), self.labels.to(device)
        return self

    def number_of_batches(self, size):
        return -(-len(self) // size)

    def batches(self, size, shuffle=None):
        """Texts of like length stand together, so that little padding is computed on. With a generator `shuffle`
        they are sorted only within random pools, and the batches come in random order."""
        pools = torch.zeros(len(self), dtype=torch.long)
        if shuffle is not None:
            pools = torch.randperm(len(self), generator=shuffle) // (size * POOL)
        order = torch.argsort(pools * (self.lengths.max() + 1) + self.lengths, stable=True)
        batches = order.split(size)
        turns = range(len(batches)) if shuffle is None else torch.randperm(len(batches), generator=shuffle).tolist()
        for turn in turns:
            chosen = batches[turn]
            longest = int(self.lengths[chosen].max())
            yield self.inputs[chosen, :longest], self.labels[chosen]
