"""Homes: every trial finds its own empty, whatever the one before did with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from expc.runner.homes import Homes


@pytest.mark.parametrize(
    ("leave", "again"),
    [
        (lambda home: None, True),
        (lambda home: (home / "cache").write_text("left"), False),
        (shutil.rmtree, False),
    ],
)
def test_a_home_is_lent_again_only_if_it_stayed_empty(leave, again):
    homes = Homes()
    try:
        first = homes.lend()
        leave(Path(first))
        homes.take_back(first)
        second = homes.lend()
        assert (second == first, list(Path(second).iterdir())) == (again, [])
        assert Path(first).exists() == again
    finally:
        shutil.rmtree(homes.root)
