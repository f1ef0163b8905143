"""Whether there are colours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from expc.cli.colour import colours

from .conftest import Called


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, None),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, None),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
)
def test_the_environment_says_whether_there_are_colours(environment: dict[str, str], wanted: bool | None) -> None:
    assert colours(environment) is wanted


@pytest.mark.parametrize(("variable", "coloured"), [("NO_COLOR", False), ("FORCE_COLOR", True)])
@pytest.mark.parametrize("command", [("plan", "spec.yaml"), ("status",), ("graph",)])
def test_every_command_obeys(
    command: tuple[str, ...],
    variable: str,
    coloured: bool,
    call: Callable[..., Called],
    toy: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call("compile", "spec.yaml")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv(variable, "1")
    code, output, _ = call(*command)
    assert (code, "\x1b[" in output) == (0, coloured), output
