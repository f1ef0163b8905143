"""Parts in, how many test examples are no new ones out."""

import numpy as np
import pytest

from expc.data.examples import Examples
from expc.data.familiar import SIZE, digests, familiar

TEXTS = np.array(["a film", "a plot", "a film", "an actor"], dtype=object)
PIXELS = np.array([[[[1, 2]]], [[[3, 4]]], [[[1, 2]]], [[[2, 1]]]], dtype="uint8")
CELLS = np.array([["1", "ab"], ["1a", "b"], ["1", "ab"], ["", "1ab"]], dtype=object)
NUMBERS = np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0], [0.0, 0.0]])


@pytest.mark.parametrize("inputs", [TEXTS, PIXELS, CELLS, NUMBERS])
@pytest.mark.parametrize(
    ("train", "validation", "test", "found"),
    [
        ([0, 1], [3], [2], {"train": 1, "validation": 0}),
        ([1, 3], [0], [2, 0], {"train": 0, "validation": 2}),
        ([1], [3], [0, 2], {"train": 0, "validation": 0}),
        ([0, 2], [], [0, 1, 2, 3], {"train": 2, "validation": 0}),
    ],
)
def test_an_example_is_known_by_all_of_its_input_and_not_by_its_label(inputs, train, validation, test, found) -> None:
    whole = Examples("any", inputs, np.array(["x", "y", "z", "x"], dtype=object))
    parts = {"train": whole.take(train), "validation": whole.take(validation), "test": whole.take(test)}
    assert familiar(parts) == found


@pytest.mark.parametrize("inputs", [TEXTS, PIXELS, CELLS, NUMBERS])
def test_digests_tell_one_input_from_another_in_order_and_say_nothing_of_labels(inputs) -> None:
    labels = [np.array(list(letters), dtype=object) for letters in ("xyzx", "zzzz")]
    one, other = (digests(Examples("any", inputs, each)) for each in labels)
    parts = [one[place : place + SIZE] for place in range(0, len(one), SIZE)]
    assert (one == other, len(parts), parts[0] == parts[2], len(set(parts))) == (True, 4, True, 3)
