"""Predictions with their labels in; the same number as scikit-learn's out."""

import random
import warnings

import pytest
from sklearn import metrics

from expc.report.agreement import agreement

CLASSES = {
    "accuracy": metrics.accuracy_score,
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "f1_macro": lambda right, guess: metrics.f1_score(right, guess, average="macro"),
    "f1_micro": lambda right, guess: metrics.f1_score(right, guess, average="micro"),
    "f1_weighted": lambda right, guess: metrics.f1_score(right, guess, average="weighted"),
    "precision_macro": lambda right, guess: metrics.precision_score(right, guess, average="macro", zero_division=0),
    "recall_macro": lambda right, guess: metrics.recall_score(right, guess, average="macro", zero_division=0),
    "mcc": metrics.matthews_corrcoef,
    "cohen_kappa": metrics.cohen_kappa_score,
}
NUMBERS = {
    "mae": metrics.mean_absolute_error,
    "mse": metrics.mean_squared_error,
    "rmse": metrics.root_mean_squared_error,
    "r2": metrics.r2_score,
}
TWO = {
    "log_loss": metrics.log_loss,
    "brier": metrics.brier_score_loss,
    "roc_auc": metrics.roc_auc_score,
}


def rows(guesses, labels, scores=None):
    scores = scores or [None] * len(labels)
    columns = zip(guesses, labels, scores, strict=True)
    return [{"prediction": guess, "label": label, "score": score} for guess, label, score in columns]


@pytest.mark.parametrize("what", CLASSES)
@pytest.mark.parametrize(("labels", "guesses"), [("ab", "ab"), ("abcd", "abcd"), ("abc", "abcd"), ("abcd", "ab")])
def test_of_classes(what, labels, guesses):
    draw = random.Random(7)
    for _ in range(6):
        right = [draw.choice(labels) for _ in range(40)]
        guess = [one if draw.random() < 0.5 else draw.choice(guesses) for one in right]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a class is predicted and is no label
            expected = CLASSES[what](right, guess)
        assert agreement(what, rows(guess, right)) == (pytest.approx(expected, abs=1e-12), "")


@pytest.mark.parametrize("what", NUMBERS)
def test_of_numbers(what):
    draw = random.Random(7)
    for _ in range(6):
        right = [draw.gauss(3, 5) for _ in range(40)]
        guess = [one + draw.gauss(0, 2) for one in right]
        expected = NUMBERS[what](right, guess)
        assert agreement(what, rows(guess, right)) == (pytest.approx(expected, rel=1e-12), "")


@pytest.mark.parametrize("what", TWO)
@pytest.mark.parametrize("digits", [12, 1])
def test_of_the_probability_of_one_of_two_classes(what, digits):
    """With one digit there are ties."""
    draw = random.Random(7)
    for _ in range(6):
        positive = [round(min(max(draw.random(), 0.01), 0.99), digits) or 0.1 for _ in range(60)]
        positive = [min(each, 0.9) if digits == 1 else each for each in positive]
        right = [draw.random() < each for each in positive]
        names = ["no", "yes"]
        scores = [each if one else 1 - each for each, one in zip(positive, right, strict=True)]
        found = agreement(what, rows([names[each > 0.5] for each in positive], [names[one] for one in right], scores))
        assert found == (pytest.approx(TWO[what](right, positive), rel=1e-9), "")


def test_the_log_loss_of_many_classes():
    draw = random.Random(7)
    shares = [[draw.random() for _ in "abcd"] for _ in range(60)]
    shares = [[each / sum(row) for each in row] for row in shares]
    right = [draw.randrange(4) for _ in shares]
    guess = ["abcd"[row.index(max(row))] for row in shares]
    scores = [row[one] for row, one in zip(shares, right, strict=True)]
    expected = metrics.log_loss(right, shares, labels=range(4))
    assert agreement("log_loss", rows(guess, ["abcd"[one] for one in right], scores)) == (pytest.approx(expected), "")


@pytest.mark.parametrize(
    ("what", "given", "expected"),
    [
        ("f1_micro", rows([None, "a"], ["b", "a"]), (2 / 3, "")),
        ("mcc", rows(["a", "a"], ["a", "b"]), (0.0, "")),
        ("mcc", rows([None, "a", "b"], ["b", "a", "b"]), (pytest.approx(3 / (6 * 4) ** 0.5), "")),
        ("cohen_kappa", rows(["a", "a"], ["a", "a"]), (None, "all predictions and labels are the same")),
        ("r2", rows([1, 2], [3, 3]), (None, "all labels are the same")),
        ("mse", rows([1e300], [-1e300]), (None, "it was not finite")),
        ("mae", rows([10**400, 1], [1, 1]), (None, "1 of 2 predictions, or their labels, are no numbers")),
        ("roc_auc", rows("aa", "aa", [1, 0.9]), (None, "all labels are the same")),
        ("log_loss", rows("aa", "aa", [1, None]), (None, "1 of 2 predictions have no score")),
        ("log_loss", rows("ab", "aa", [1, 0]), (pytest.approx(6.907755), "")),
        (
            "brier",
            rows("ab", "ab", [1, 1.5]),
            (None, "1 of 2 scores lie outside 0 to 1: they are not how probable the label was found"),
        ),
        ("brier", rows("abc", "abc", [1, 1, 1]), (None, "brier is of two classes, and the predictions are of more")),
        ("roc_auc", rows("ab", "ab", [1, 0.4]), (None, "roc_auc is of two classes, and the predictions are of more")),
    ],
)
def test_what_can_not_be_said_has_a_reason(what, given, expected):
    assert agreement(what, given) == expected
