import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expc.data.split import shares, split

BOTH = {"test": 0.2, "validation": 0.1}
FRACTIONS = st.sampled_from([BOTH, {"test": 0.2}, {"validation": 0.1}, {"test": 0.25, "validation": 0.25}])
CLASSES = st.lists(st.integers(3, 40), min_size=1, max_size=6).flatmap(
    lambda sizes: st.permutations([number for number, size in enumerate(sizes) for _ in range(size)])
)


@pytest.mark.parametrize(
    ("count", "fractions", "sizes"),
    [
        (100, BOTH, {"test": 20, "validation": 10, "train": 70}),
        (100, {"test": 0.2}, {"test": 20, "train": 80}),
        (100, {"validation": 0.1}, {"validation": 10, "train": 90}),
        (178, BOTH, {"test": 36, "validation": 18, "train": 124}),
        (5, BOTH, {"test": 1, "validation": 1, "train": 3}),
        (4, BOTH, {"test": 1, "validation": 1, "train": 2}),
        (3, BOTH, {"test": 1, "validation": 1, "train": 1}),
        (10, {"test": 0.7}, {"test": 7, "train": 3}),
        (2, {"validation": 0.1}, {"validation": 1, "train": 1}),
        (1000, {"test": 1e-05}, {"test": 1, "train": 999}),
    ],
)
def test_shares_go_by_largest_remainder_and_nobody_gets_none(count, fractions, sizes):
    assert shares(count, fractions) == sizes


@settings(deadline=None)
@given(CLASSES, FRACTIONS, st.integers(0, 2**32))
def test_parts_are_disjoint_cover_all_keep_the_order_and_have_their_share_of_every_class(classes, fractions, seed):
    classes = np.array(classes)
    parts = split(classes, fractions, seed=seed)
    assert sorted(parts) == sorted([*fractions, "train"])
    assert sorted(np.concatenate(list(parts.values()))) == list(range(len(classes)))
    for part, indices in parts.items():
        assert (np.diff(indices) > 0).all()
        taken = np.bincount(classes[indices], minlength=classes.max() + 1)
        assert taken.min() >= 1
        if part != "train":
            assert (abs(taken - fractions[part] * np.bincount(classes)) < 1).all()


@settings(deadline=None)
@given(CLASSES, FRACTIONS, st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_parts(classes, fractions, seed):
    first, second = (split(np.array(classes), fractions, seed=seed) for _ in range(2))
    assert {part: list(indices) for part, indices in first.items()} == {
        part: list(indices) for part, indices in second.items()
    }


def test_these_parts_are_the_same_in_every_version_for_ever():
    classes = np.array([0, 1] * 10)
    assert {part: list(indices) for part, indices in split(classes, BOTH, seed=0).items()} == {
        "test": [2, 3, 11, 18],
        "validation": [8, 13],
        "train": [0, 1, 4, 5, 6, 7, 9, 10, 12, 14, 15, 16, 17, 19],
    }


def test_another_seed_gives_other_parts():
    classes = np.zeros(200, dtype=np.int64)
    assert list(split(classes, BOTH, seed=0)["test"]) != list(split(classes, BOTH, seed=1)["test"])


def test_without_stratification_all_examples_are_alike():
    classes = np.array([0] * 9 + [1])
    parts = split(classes, {"test": 0.2}, seed=0, stratify=False)
    assert {part: len(indices) for part, indices in parts.items()} == {"test": 2, "train": 8}
