"""An entry of `data` in, what the rule `data` makes of it out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from expc.compiler.digest import Digests
from expc.compiler.meaning.splits import rules
from expc.compiler.planning.gather import recipe
from expc.data.prepare import prepare
from expc.spec import Source

Prepared = Callable[[dict[str, Any]], tuple[dict[str, Any], dict[str, Any]]]


@pytest.fixture
def planned(tmp_path: Path) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The recipe that the compiler makes of an entry, whose files lie in `tmp_path`."""

    def plan(entry: dict[str, Any]) -> dict[str, Any]:
        kind = "texts" if entry["source"] in ("csv", "jsonl", "huggingface") else "images"
        source = Source("mine", entry["source"], entry)
        (_, rule), *_ = rules(source)
        return recipe(source, kind, rule, tmp_path, tmp_path, Digests(tmp_path))

    return plan


@pytest.fixture
def prepared(tmp_path: Path, planned: Callable[[dict[str, Any]], dict[str, Any]]) -> Prepared:
    """data.json without its id, and the parts: (text, label) pairs, or x and y."""

    def made(entry: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        target = tmp_path / "results" / "data" / "mine"
        prepare(planned(entry), target, tmp_path)
        summary = json.loads((target / "data.json").read_text())
        assert summary.pop("sizes").keys() == {path.name for path in target.iterdir()} - {"data.json"}
        assert summary.pop("id") == planned(entry)["id"]
        return summary, {part: _read(target, part, summary["kind"]) for part in summary["examples"]}

    return made


def _read(target: Path, part: str, kind: str) -> Any:
    if kind == "texts":
        with (target / f"{part}.jsonl").open(encoding="utf-8", newline="\n") as lines:  # a text may hold U+2028
            return [tuple(json.loads(line).values()) for line in lines]
    with np.load(target / f"{part}.npz") as arrays:
        return arrays["x"], arrays["y"]
