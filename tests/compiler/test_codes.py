"""Which codes a design asks for: those of its conditions, and no other, since a patch is for one branch alone."""

from __future__ import annotations

from typing import Any

import pytest

from expc.compiler.meaning.codes import codes
from expc.compiler.meaning.scope import scope
from expc.compiler.programs.revision import Code
from expc.compiler.reading.read import read

SPEC: dict[str, Any] = {
    "expc": 1,
    "name": "own",
    "task": {"command": "python train.py {args}"},
    "factors": {
        "ref": {"main": {"code.ref": "main"}, "mine": {"code.ref": "mine"}},
        "patch": {"none": {"code.patch": None}, "faster": {"code.patch": "faster.diff"}},
        "lr": [0.1, 0.2],
    },
}
MAIN, MINE = Code("main"), Code("mine")
MAIN_FASTER, MINE_FASTER = Code("main", ("faster.diff",)), Code("mine", ("faster.diff",))


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        ({}, [MAIN, MAIN_FASTER, MINE, MINE_FASTER]),
        ({"zip": [["ref", "patch"]]}, [MAIN, MINE_FASTER]),
        ({"zip": [["patch", "lr"]]}, [MAIN, MAIN_FASTER, MINE, MINE_FASTER]),
        ({"zip": [["ref", "patch"]], "include": [{"ref": "mine", "patch": "none"}]}, [MAIN, MINE, MINE_FASTER]),
        ({"design": "one-at-a-time", "baseline": {"ref": "main", "patch": "none"}}, [MAIN, MAIN_FASTER, MINE]),
        ({"exclude": [{"ref": "main", "patch": "faster"}]}, [MAIN, MINE, MINE_FASTER]),
        ({"exclude": [{"ref": "main", "lr": 0.1}]}, [MAIN, MAIN_FASTER, MINE, MINE_FASTER]),
        ({"exclude": [{"ref": "main"}], "include": [{"ref": "main", "lr": 0.2}]},
         [MAIN, MAIN_FASTER, MINE, MINE_FASTER]),
        ({"overrides": [{"when": {"lr": 0.2}, "params": {"code.ref": "mine"}}]},
         [MAIN, MINE, MAIN_FASTER, MINE_FASTER]),
    ],
)  # fmt: skip
def test_only_what_some_condition_asks_for_is_looked_up(design: dict[str, Any], expected: list[Code]) -> None:
    spec = read({**SPEC, **design})
    assert codes(spec, scope(spec, {"train": None}).stages["train"]) == expected
