"""A split as it is written in, the rules that identities have out: of what means the same, the same text."""

from __future__ import annotations

from typing import Any

import pytest

from expc.compiler.meaning.splits import rules
from expc.plan import canonical
from expc.spec import Source


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {"test": 0.2, "validation": 0.1, "stratify": "label", "seed": 0}, True),
        ({"validation": 0}, {"validation": 0.0}, True),
        ({"test": 0, "validation": 0.5}, {"test": 0.0, "validation": 0.50}, True),
        ({"folds": 3, "validation": 0}, {"folds": 3, "validation": 0.0, "repeat": 1}, True),
        ({"validation": 0}, {}, False),
        ({"group": "who"}, {}, False),
        ({"seed": 1}, {}, False),
    ],
)
def test_what_means_the_same_has_one_rule(one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    columns = {"text": "text", "label": "label"}
    found = [
        canonical(
            [rule for _, rule in rules(Source("a", "csv", {"source": "csv", "columns": columns, "split": split}))]
        )
        for split in (one, other)
    ]
    assert (found[0] == found[1]) is same
