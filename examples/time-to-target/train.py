"""Softmax regression on scikit-learn's digits, until the validation loss is low enough: how long did it take?"""

import argparse
import json
import time

import numpy as np
from sklearn.datasets import load_digits

parser = argparse.ArgumentParser()
parser.add_argument("--optimizer", choices=["sgd", "momentum", "adam"])
parser.add_argument("--lr", type=float)
parser.add_argument("--batch_size", type=int)
parser.add_argument("--target", type=float)
parser.add_argument("--most_updates", type=int)
parser.add_argument("--seed", type=int)
given = parser.parse_args()

digits = load_digits()
order = np.random.default_rng(0).permutation(len(digits.target))  # the same split for every seed
x, y = digits.data[order] / 16, digits.target[order]
train_x, train_y, valid_x, valid_y = x[:1300], y[:1300], x[1300:], y[1300:]

rng = np.random.default_rng(given.seed)
weights = rng.normal(0, 0.01, (64, 10))
average, square = np.zeros_like(weights), np.zeros_like(weights)  # of the gradients so far


def probabilities(x):
    scores = np.exp(x @ weights - (x @ weights).max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def validation_loss():
    return -np.log(probabilities(valid_x)[np.arange(len(valid_y)), valid_y] + 1e-12).mean()


def step(gradient, update):
    """Change the weights in place."""
    if given.optimizer == "adam":
        average[:] = 0.9 * average + 0.1 * gradient
        square[:] = 0.999 * square + 0.001 * gradient**2
        weights[:] -= given.lr * average / (1 - 0.9**update) / (np.sqrt(square / (1 - 0.999**update)) + 1e-8)
    elif given.optimizer == "momentum":
        average[:] = 0.9 * average + gradient
        weights[:] -= given.lr * average
    else:
        weights[:] -= given.lr * gradient


rows, seconds, update, loss = [], 0.0, 0, validation_loss()
while loss > given.target and update < given.most_updates:
    began = time.perf_counter()  # the clock stands still while the model is judged
    for _ in range(10):
        update += 1
        batch = rng.integers(len(train_y), size=given.batch_size)
        error = probabilities(train_x[batch])
        error[np.arange(given.batch_size), train_y[batch]] -= 1
        step(train_x[batch].T @ error / given.batch_size, update)
    seconds += time.perf_counter() - began
    loss = validation_loss()
    rows.append({"name": "loss", "split": "validation", "step": update, "value": loss})

reached = loss <= given.target
why = {} if reached else {"reason": f"the loss was {loss:.3f} after {update} updates"}
rows.append({"name": "seconds", "value": seconds if reached else None, **why})
rows.append({"name": "updates", "value": update if reached else None, **why})
with open("rows.jsonl", "w") as file:
    file.writelines(json.dumps(row) + "\n" for row in rows)
