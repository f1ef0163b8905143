"""Trials of earlier stages in, the sets that a later trial takes from out."""

from __future__ import annotations

import pytest

from expc.compiler.planning.joined import ALONE, FOLD, Joined
from expc.plan import Trial


def trial(name: str, seed: int, *axes: tuple[str, int], above: tuple[tuple[str, int], ...] = ()) -> Trial:
    return Trial(name, seed, above, (), (), axes)


A1, A2 = trial("a1", 1, ("a", 1)), trial("a2", 2, ("a", 2))
OF_A1 = trial("c1", 1, ("a", 1), ("c", 1), above=(("a", 1),))
B7 = trial("b7", 7, ("b", 7))
FIRST, SECOND = trial("f0", 0, ("", 0), (FOLD, 1)), trial("s0", 0, ("", 0), (FOLD, 2))


@pytest.mark.parametrize(
    ("taken", "seed", "seeds", "fold"),
    [
        ([("a", A1)], 1, {"a": 1}, None),
        ([("a", A1), ("b", B7)], 1, {"a": 1, "b": 7}, None),  # the first input's seed is that of what takes both
        ([("b", B7), ("a", A1)], 7, {"a": 1, "b": 7}, None),
        ([("a", A1), ("a", A1)], 1, {"a": 1}, None),
        ([("a", A1), ("c", OF_A1)], 1, {"a": 1, "c": 1}, None),
        ([("f", FIRST)], 0, {"f": 0}, 1),
    ],
)
def test_what_shares_its_repetitions_is_taken_together(
    taken: list[tuple[str, Trial]], seed: int, seeds: dict[str, int], fold: int | None
) -> None:
    found: Joined | None = ALONE
    for number, (stage, one) in enumerate(taken):
        assert found is not None
        found = found.join(f"input-{number}", one, stage, "last.pt")
    assert found is not None
    assert (found.seed, dict(found.seeds), found.fold) == (seed, seeds, fold)
    assert found.takes == tuple((f"input-{number}", one.id, "last.pt") for number, (_, one) in enumerate(taken))


@pytest.mark.parametrize(
    ("one", "other"), [(("a", A1), ("a", A2)), (("a", A2), ("c", OF_A1)), (("f", FIRST), ("s", SECOND))]
)
def test_what_stands_in_other_repetitions_is_not(one: tuple[str, Trial], other: tuple[str, Trial]) -> None:
    first = ALONE.join("one", one[1], one[0], "last.pt")
    assert first is not None
    assert first.join("other", other[1], other[0], "last.pt") is None
