"""Fits a model to prepared tables: its metrics on training and validation data, and the fitted model, out.

A fit is one step, and everything random hangs on the seed. A run that was interrupted fits anew, and ends with the
same numbers.
"""

import json
import math
import os
import pickle

import numpy as np

from config import load
from data_loader import Examples, learn, read, size
from model import build

SELECTS = "validation.loss"  # chooses the step; here, there is one
SMALLER_IS_BETTER = ("rmse", "mae", "loss")
STEP = 1
REHEARSAL = 20 if "EXPC_TRY" in os.environ else None  # examples of each class that show whether all of it works
SMALLEST = 1e-15  # a probability below counts as this: a single certain mistake would make the loss infinite


def main():
    config = load()

    # How columns become numbers is learned from the training split alone.
    known = learn(config)
    # There may be no validation data: nothing is chosen by them.
    sets = {split: read(config.data, split, known) for split in ("train", "validation") if size(config.data, split)}
    model = build(config, None if known["classes"] is None else len(known["classes"]))
    fitted = few(sets["train"], known) if REHEARSAL else sets["train"]
    model.fit(fitted.inputs, fitted.targets)
    if "n_jobs" in model.get_params():
        model.set_params(n_jobs=1)  # what trees say is added up as threads end: the last digits would differ each time

    values = {
        f"{split}.{name}": value
        for split, examples in sets.items()
        for name, value in measure(model, examples, known).items()
    }
    folder = os.environ.get("EXPC_CHECKPOINT_DIR", "checkpoints")
    os.makedirs(folder, exist_ok=True)
    for rule in os.environ.get("EXPC_CHECKPOINTS", "last").split():
        if rule in (f"step-{STEP}", "last") or math.isfinite(values.get(rule.removeprefix("best-"), 0)):
            save({"model": model, "known": known}, os.path.join(folder, rule + ".pt"))
    write_rows(values)
    print(", ".join(f"{name} {value:.4f}" for name, value in values.items()))


def few(examples, known):
    """Some examples of each class; where a number is predicted, some of all."""
    groups = np.zeros(len(examples.targets)) if known["classes"] is None else examples.targets
    chosen = np.concatenate([np.flatnonzero(groups == group)[:REHEARSAL] for group in np.unique(groups)])
    return Examples(examples.inputs[chosen], examples.targets[chosen])


def measure(model, examples, known):
    """The metrics of a model on some examples."""
    if known["classes"] is None:
        return measure_numbers(model.predict(examples.inputs), examples.targets)
    return measure_classes(probabilities(model, examples.inputs, len(known["classes"])), examples.targets)


def probabilities(model, inputs, classes):
    """Those of all classes, also of such that the training data don't have."""
    found = np.zeros((len(inputs), classes))
    found[:, model.classes_] = model.predict_proba(inputs)
    return found


def measure_classes(scores, truth):
    predicted = scores.argmax(1)
    of_truth = scores[np.arange(len(truth)), truth]
    return {
        "accuracy": float((predicted == truth).mean()),
        "f1_macro": f1_macro(predicted, truth, scores.shape[1]),
        "loss": float(-np.log(np.clip(of_truth, SMALLEST, 1)).mean()),
    }


def f1_macro(predicted, truth, classes):
    """The mean over the classes that occur of 2 · hits / (predicted + true): harmonic mean of precision and recall."""
    hits = np.bincount(truth[predicted == truth], minlength=classes)
    both = np.bincount(predicted, minlength=classes) + np.bincount(truth, minlength=classes)
    return float((2 * hits[both > 0] / both[both > 0]).mean())


def measure_numbers(predicted, truth):
    squared = float(((predicted - truth) ** 2).mean())
    variance = float(((truth - truth.mean()) ** 2).mean())
    return {
        "rmse": math.sqrt(squared),
        "mae": float(np.abs(predicted - truth).mean()),
        "r2": 1 - squared / variance if variance else math.nan,  # a single value has no variance to explain
        "loss": squared,
    }


def write_rows(values):
    """Appends a row for each value. JSON has no NaN: what isn't finite is null, with the reason."""
    with open("metrics.jsonl", "a", encoding="utf-8") as file:
        for full_name, value in values.items():
            split, name = full_name.split(".")
            row = {"name": name, "value": value, "split": split, "on": None, "step": STEP}
            if not math.isfinite(value):
                row.update(value=None, reason=f"not finite: {value}")
            file.write(json.dumps(row) + "\n")


def save(content, file):
    """Replaces the file as a whole, so that a run killed meanwhile leaves the old one, or none."""
    with open(file + ".new", "wb") as new:
        pickle.dump(content, new)
    os.replace(file + ".new", file)


if __name__ == "__main__":
    main()
