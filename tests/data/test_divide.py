import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expc.data.divide import Seed, divide, fold_numbers

RULE = {"validation": 0.1, "stratify": True, "seed": 0}
STRATA = st.lists(st.integers(0, 3), min_size=12, max_size=80)
SEEDS = st.integers(0, 2**32)


def folded(strata, groups, folds, *, missing=("test", "validation"), seed=0, repeat=1):
    """The parts of each fold, through all repetitions."""
    rule = {**RULE, "folds": folds, "seed": seed}
    return [divide(np.array(strata), groups, missing, {**rule, "fold": fold}) for fold in range(folds * repeat)]


@settings(deadline=None, max_examples=40)
@given(STRATA, st.integers(2, 5), st.integers(1, 3), SEEDS)
def test_in_each_repetition_every_example_is_tested_once_and_learned_from_nowhere_else(strata, folds, repeat, seed):
    everything = list(range(len(strata)))
    parts = folded(strata, None, folds, seed=seed, repeat=repeat)
    for start in range(0, len(parts), folds):
        assert sorted(np.concatenate([one["test"] for one in parts[start : start + folds]])) == everything
    for one in parts:
        assert sorted(np.concatenate(list(one.values()))) == everything
        assert all((np.diff(indices) > 0).all() for indices in one.values())


@settings(deadline=None, max_examples=40)
@given(STRATA, st.integers(2, 6), SEEDS)
def test_folds_differ_by_one_at_most_in_each_stratum_as_in_all(strata, folds, seed):
    numbers = fold_numbers(np.array(strata), None, folds, Seed(seed))
    for members in (numbers, *(numbers[np.array(strata) == stratum] for stratum in set(strata))):
        sizes = np.bincount(members, minlength=folds)
        assert sizes.max() - sizes.min() <= 1


GROUPED = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), min_size=20, max_size=80).filter(
    lambda rows: len({group for _, group in rows}) >= 6
)


@settings(deadline=None, max_examples=40)
@given(GROUPED, st.sampled_from([None, 2, 3, 5]), SEEDS)
def test_no_group_is_on_two_sides_and_no_part_is_empty(rows, folds, seed):
    strata, groups = np.array([stratum for stratum, _ in rows]), np.array([f"g{group}" for _, group in rows], object)
    fractions = {**RULE, "test": 0.2, "seed": seed}
    parts = (
        folded(strata, groups, folds, seed=seed)
        if folds
        else [divide(strata, groups, ("test", "validation"), fractions)]
    )
    for one in parts:
        sides = [set(groups[indices]) for indices in one.values()]
        assert all(sides)
        assert sum(map(len, sides)) == len(set(groups))
        assert sorted(np.concatenate(list(one.values()))) == list(range(len(rows)))


@pytest.mark.parametrize(("seed", "repeat"), [(0, 1), (1, 1), (0, 2)])
def test_many_groups_of_two_classes_fill_the_folds_evenly(seed, repeat):
    groups = np.array([f"g{number // 3}" for number in range(300)], object)
    strata = np.array([number // 3 % 4 == 0 for number in range(300)]).astype(int)
    for one in folded(strata, groups, 5, seed=seed, repeat=repeat):
        assert 54 <= len(one["test"]) <= 66
        assert 12 <= strata[one["test"]].sum() <= 18
        assert 18 <= len(one["validation"]) <= 30


def test_repetitions_and_seeds_deal_anew_and_more_repetitions_leave_the_first_ones():
    strata = np.array([0, 1] * 30)
    groups = np.array([f"g{number // 2}" for number in range(60)], object)
    for together in (None, groups):
        first, more, other = (
            [one["test"].tolist() for one in folded(strata, together, 3, **options)]
            for options in ({}, {"repeat": 2}, {"seed": 1})
        )
        assert more[:3] == first
        assert len({tuple(test) for test in (*more, *other)}) == 9


def test_these_folds_are_the_same_in_every_version_for_ever():
    strata, groups = np.array([0, 1] * 6), np.array(list("aabbccddeeff"), object)
    assert [one["test"].tolist() for one in folded(strata, None, 3)] == PLAIN
    assert [one["test"].tolist() for one in folded(strata, groups, 3)] == GROUPS
    assert [one["validation"].tolist() for one in folded(strata, None, 3)] == VALIDATION


PLAIN = [[6, 8, 9, 11], [1, 2, 7, 10], [0, 3, 4, 5]]
GROUPS = [[4, 5, 8, 9], [2, 3, 10, 11], [0, 1, 6, 7]]
VALIDATION = [[0, 1], [3, 4], [2, 11]]


@pytest.mark.parametrize(
    ("missing", "parts"),
    [
        (("test", "validation"), {"test": 10, "validation": 9, "train": 81}),
        (("test",), {"test": 10, "train": 90}),
    ],
)
def test_validation_is_a_part_of_what_is_not_in_the_fold(missing, parts):
    one = folded([0] * 100, None, 10, missing=missing)[3]
    assert {part: len(indices) for part, indices in one.items()} == parts
