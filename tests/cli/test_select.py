"""Which trials words mean."""

from __future__ import annotations

from typing import Any

import pytest

from expc.cli.select import select
from expc.errors import ExpcError

TRIALS: dict[str, Any] = {
    identity: {"id": identity, "stage": stage, "condition": {"x": x}, "seed": seed, "seeds": above}
    for identity, stage, x, seed, above in [
        ("ab1", "pretrain", "1", 0, {}),
        ("ab2", "tune", "1", 0, {"pretrain": 0}),
        ("cd3", "tune", "2", 1, {"pretrain": 0}),
    ]
}


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ((), []),
        (("ab",), ["ab1", "ab2"]),
        (("cd3", "ab1"), ["ab1", "cd3"]),
        (("x=1",), ["ab1", "ab2"]),
        (("x=1", "stage=tune"), ["ab2"]),
        (("x=1", "x=2", "stage=tune"), ["ab2", "cd3"]),
        (("seed.pretrain=0", "seed=1"), ["cd3"]),
        (("ab1", "x=2"), ["ab1", "cd3"]),
    ],
)
def test_ids_add_up_and_what_trials_have_narrows_down(words: tuple[str, ...], meant: list[str]) -> None:
    assert sorted(trial["id"] for trial in select(words, TRIALS)) == meant


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("",), "an empty word names no trial; name one by its id, or by what it has"),
        (("ab1", ""), "an empty word names no trial; name one by its id, or by what it has"),
        (("zz",), "no trial is called 'zz'; say an id, as `expc plan --format json` shows it, or what a trial has"),
        (("y=1",), "trials don't differ in 'y'; allowed: stage, seed, x, seed.pretrain"),
        (("stage=tun",), "no trial has stage=tun; did you mean 'tune'? allowed: pretrain, tune"),
        (("x=2", "seed=0"), "no trial has x=2 and seed=0 together"),
    ],
)
def test_a_word_that_means_nothing_says_what_there_is(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(ExpcError) as error:
        select(words, TRIALS)
    assert str(error.value).startswith(said)
