"""Prepared tables in, matrices of numbers out: columns imputed, scaled and one-hot, as the training data teach it."""

import json
import os
from dataclasses import dataclass

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


@dataclass(frozen=True)
class Examples:
    """A matrix for the model, and what is to be predicted: classes as whole numbers, or numbers."""

    inputs: np.ndarray
    targets: np.ndarray


def learn(config):
    """What has to be known of the training data: the classes, the columns, and how these become numbers."""
    description = describe(config.data)
    numbers, categories, _ = load_arrays(config.data, "train")
    steps = [SimpleImputer(strategy=config.impute, keep_empty_features=True)]
    steps += [StandardScaler()] if config.scale else []
    # A category that the training data don't have becomes a row of zeros.
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    width = numbers.shape[1]
    of_numbers = ("numbers", make_pipeline(*steps), list(range(width)))
    of_categories = ("categories", one_hot, list(range(width, width + categories.shape[1])))
    columns = ColumnTransformer([of_numbers, of_categories])  # which leaves out the one that has no columns
    columns.fit(joined(numbers, categories))
    return {"classes": description["classes"], "columns": description["columns"], "to_numbers": columns}


def read(folder, split, known):
    """The examples of a split. Columns must be those of the training data; classes are matched by their names."""
    description = describe(folder)
    if description["columns"] != known["columns"]:
        raise ValueError(f"it was trained on the columns {known['columns']}, not {description['columns']}")
    if (description["classes"] is None) != (known["classes"] is None):
        raise ValueError("it was trained to predict " + ("a number" if known["classes"] is None else "a class"))
    numbers, categories, targets = load_arrays(folder, split)
    if known["classes"] is not None:
        strange = [name for name in description["classes"] if name not in known["classes"]]
        if strange:
            raise ValueError(f"it was trained on the classes {known['classes']}, without {strange}")
        targets = np.array([known["classes"].index(name) for name in description["classes"]])[targets]
    return Examples(known["to_numbers"].transform(joined(numbers, categories)), targets)


def size(folder, split):
    """The number of examples of a split."""
    return describe(folder)["examples"][split]


def load_arrays(folder, split):
    with np.load(os.path.join(folder, split + ".npz")) as arrays:
        return arrays["numbers"], arrays["categories"], arrays["y"]


def joined(numbers, categories):
    """Both kinds of columns side by side."""
    return np.hstack([numbers.astype(object), categories.astype(object)])


def describe(folder):
    with open(os.path.join(folder, "data.json"), encoding="utf-8") as file:
        return json.load(file)
