"""Of two workflows that want one input, each has it for itself while it fetches."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from expc import __version__
from expc.cli.commands.internal import internal
from expc.data import inputs


def test_who_fetches_an_input_keeps_others_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stated = {
        "expc": __version__,
        "experiments": {},
        "variants": {},
        "data": {},
        "inputs": {"ab12": {"id": "ab12", "content": "cd34", "path": "base.pt"}},
    }
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow/experiments.json").write_text(json.dumps(stated))
    monkeypatch.chdir(tmp_path)
    fetched: list[Path] = []

    def fetch(entry: Mapping[str, Any], target: Path, project: Path) -> None:
        with Path("results/inputs/ab12.lock").open("a") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fetched.append(target)

    monkeypatch.setattr(inputs, "fetch", fetch)
    found = CliRunner().invoke(internal, ["fetch", "ab12"], catch_exceptions=False)
    assert (found.exit_code, fetched) == (0, [Path("results/inputs/ab12")])
    with Path("results/inputs/ab12.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
