"""Numbers as people say them."""

from __future__ import annotations

import pytest

from expc.cli.words import count, duration, spans


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (89, "89 s"), (91, "2 min"), (5000, "83 min"), (12_000, "3 h 20 min"), (400_000, "5 days")],
)
def test_a_duration_is_as_coarse_as_one_would_say_it(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(("number", "words"), [(0, "0 trials"), (1, "1 trial"), (1200, "1,200 trials")])
def test_a_count_has_its_plural(number: int, words: str) -> None:
    assert count(number, "trial") == words


@pytest.mark.parametrize(
    ("numbers", "words"), [([], []), ([3], ["3"]), ([2, 0, 1, 5, 2], ["0-2", "5"]), ([0, 2], ["0", "2"])]
)
def test_numbers_that_follow_each_other_are_a_span(numbers: list[int], words: list[str]) -> None:
    assert spans(numbers) == words
