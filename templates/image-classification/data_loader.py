"""Prepared images in, normalised batches out."""

import json
import os

import numpy as np
import torch


def learn(config):
    """What the model has to know of its training data: the classes, the shape, and each channel's mean and spread."""
    description = describe(config.data)
    with np.load(os.path.join(config.data, "train.npz")) as arrays:
        images = arrays["x"].astype(np.float32)
    spread = images.std(axis=(0, 2, 3), dtype=np.float64)
    return {
        "classes": description["classes"],
        "mean": images.mean(axis=(0, 2, 3), dtype=np.float64).tolist(),
        "spread": np.where(spread > 0, spread, 1.0).tolist(),  # a channel that never changes stays as it is
        "sizes": {"shape": list(description["shape"]), "classes": len(description["classes"])},
    }


def read(folder, split, known):
    """The examples of a split, normalised as the training data were. Labels are matched by their classes' names."""
    description = describe(folder)
    if list(description["shape"]) != known["sizes"]["shape"]:
        raise ValueError(f"it was trained on images of shape {known['sizes']['shape']}, not {description['shape']}")
    strange = [name for name in description["classes"] if name not in known["classes"]]
    if strange:
        raise ValueError(f"it was trained on the classes {known['classes']}, without {strange}")
    label_of = np.array([known["classes"].index(name) for name in description["classes"]])

    with np.load(os.path.join(folder, split + ".npz")) as arrays:
        images, labels = arrays["x"].astype(np.float32), label_of[arrays["y"]]
    mean = np.array(known["mean"], dtype=np.float32).reshape(-1, 1, 1)
    spread = np.array(known["spread"], dtype=np.float32).reshape(-1, 1, 1)
    return Examples(torch.from_numpy((images - mean) / spread), torch.from_numpy(labels))


def describe(folder):
    with open(os.path.join(folder, "data.json"), encoding="utf-8") as file:
        return json.load(file)


class Examples:
    """Images (n × channels × height × width) and their labels, all in memory."""

    def __init__(self, inputs, labels):
        self.inputs, self.labels = inputs, labels

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
        """All examples once, in batches; in random order if there is a generator `shuffle`."""
        order = torch.arange(len(self)) if shuffle is None else torch.randperm(len(self), generator=shuffle)
        for chosen in order.to(self.device).split(size):
            yield self.inputs[chosen], self.labels[chosen]
