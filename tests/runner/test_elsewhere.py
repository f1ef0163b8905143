"""Trials that other starts hold, and when they are tried again."""

import pytest

from expc.runner.elsewhere import PAUSE, SHARE, Elsewhere


def held(number, took, said=None):
    elsewhere = Elsewhere((said if said is not None else []).append)
    for each in range(number):
        elsewhere.add({"id": f"t{each}", "stage": "train", "condition": {}, "seed": each}, took)
    return elsewhere


def rounds(elsewhere, took, seconds):
    """How many were tried, and how long that took, in so many seconds in which nobody gives anything back."""
    now, tried, longest = 0.0, 0, 0.0
    while now < seconds:
        due = elsewhere.due(now)
        for trial in due:
            elsewhere.add(trial, took)
        tried, longest = tried + len(due), max(longest, elsewhere.next_try - now)
        now = elsewhere.next_try
    return tried, longest


@pytest.mark.parametrize(
    ("number", "took", "often"),
    [(1, 0.0001, 2000), (1, 0.002, 2000), (20, 0.0001, 40_000), (500, 0.0001, 200_000), (500, 0.02, 1000)],
    ids=["one", "one on a server", "some", "hundreds", "hundreds on a slow server"],
)
def test_looking_takes_a_small_part_of_the_time_and_a_few_are_looked_at_twice_a_second(number, took, often):
    tried, longest = rounds(held(number, took), took, 1000)
    assert tried * took <= 1000 * SHARE * 1.001
    assert tried == pytest.approx(often, rel=0.01)
    assert longest <= max(PAUSE, took / SHARE) * 1.001  # so none has to wait for a look at all of them


def test_they_are_tried_in_turn_and_each_is_said_once():
    said = []
    elsewhere = held(3, 0.006, said)
    seen = []
    for moment in range(6):
        for trial in elsewhere.due(float(moment)):
            seen.append(trial["id"])
            elsewhere.add(trial, 0.006)
    assert seen == ["t0", "t1", "t2", "t0", "t1", "t2"]
    assert said == [f"held by another start: t{n} (train, seed {n}); it comes last" for n in range(3)]


def test_before_its_time_nothing_is_due_and_a_server_that_becomes_slow_is_asked_less():
    elsewhere = held(100, 0.0001)
    assert len(elsewhere.due(0.0)) == 100
    assert (elsewhere.due(0.1), elsewhere.next_try) == ([], PAUSE)
    for number in range(100):
        elsewhere.add({"id": f"t{number}"}, 0.1)
    assert len(elsewhere.due(PAUSE)) == 1
    assert elsewhere.next_try == pytest.approx(PAUSE + 0.1 / SHARE, rel=0.01)
