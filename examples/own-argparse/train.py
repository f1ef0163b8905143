"""Softmax regression on scikit-learn's handwritten digits, by gradient descent: a script as many people have one."""

import argparse
import json

import numpy as np
from sklearn.datasets import load_digits


def get_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.5, help="learning rate")
    parser.add_argument("--batch-size", type=int, default=32, help="examples per update")
    parser.add_argument("--epochs", type=int, default=10, help="passes over the training data")
    parser.add_argument("--decay", choices=["none", "linear"], default="none", help="what happens to the learning rate")
    parser.add_argument("--l2", type=float, default=1e-4, help="pull of the weights towards zero")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", action="store_true", help="print every epoch")
    parser.add_argument("--out", default="metrics.json", help="where the numbers go")
    return parser.parse_args()


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def main():
    args = get_args()
    rng = np.random.default_rng(args.seed)
    images, labels = load_digits(return_X_y=True)
    images = images / 16
    order = rng.permutation(len(images))
    train, test = order[:1400], order[1400:]

    weights = rng.normal(0, 0.01, (64, 10))
    bias = np.zeros(10)
    for epoch in range(args.epochs):
        lr = args.lr * (1 - epoch / args.epochs) if args.decay == "linear" else args.lr
        for batch in np.array_split(rng.permutation(train), len(train) // args.batch_size):
            error = softmax(images[batch] @ weights + bias)
            error[np.arange(len(batch)), labels[batch]] -= 1
            weights -= lr * (images[batch].T @ error / len(batch) + args.l2 * weights)
            bias -= lr * error.mean(axis=0)
        if args.verbose:
            print(f"epoch {epoch + 1}: |weights| {np.abs(weights).mean():.4f}")

    found = softmax(images[test] @ weights + bias)
    accuracy = float((found.argmax(axis=1) == labels[test]).mean())
    loss = float(-np.log(found[np.arange(len(test)), labels[test]]).mean())
    print(f"accuracy {accuracy:.4f}, loss {loss:.4f}")
    with open(args.out, "w") as file:
        json.dump({"accuracy": accuracy, "loss": loss}, file)


if __name__ == "__main__":
    main()
