"""What a shell offers when Tab is pressed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Called, planned

Call = Callable[..., Called]


def offered(words: str, begun: str, folder: Path) -> list[str]:
    """As bash asks for it: the words of the line so far, of which the last is begun."""
    line = [*words.split(), begun]
    environment = {
        **os.environ,
        "_EXPC_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(line),
        "COMP_CWORD": str(len(line) - 1),
    }
    program = "import sys; sys.argv = ['expc']; from expc.cli import main; main()"
    command = [sys.executable, "-P", "-c", program]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_commands_specs_codes_and_trials_are_completed(call: Call, toy: Path, tmp_path: Path) -> None:
    call("compile", toy.name)
    (tmp_path / "more").mkdir()
    (tmp_path / "more/other.yaml").write_text("expc: 1\n")
    (tmp_path / "config.yaml").write_text("a: 1\n")
    first, *_ = planned(tmp_path)
    for words, begun, expected in (
        ("expc", "pl", ["plan"]),
        ("expc check", "", ["more/", "spec.yaml"]),
        ("expc run", "more/", ["more/other.yaml"]),
        ("expc explain", "e20", ["E201", "E202", "E203", "E204", "E205"]),
        ("expc shell", first["id"][:6], [first["id"]]),
        ("expc shell", "x=", ["x=1", "x=2"]),
        ("expc completion", "z", ["zsh"]),
    ):
        assert offered(words, begun, tmp_path)[: len(expected)] == expected, (words, begun)


def test_where_there_is_no_workflow_no_trial_is_offered(tmp_path: Path) -> None:
    assert [word for word in offered("expc shell", "a", tmp_path) if word] == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_is_printed_is_a_program_of_that_shell(call: Call, tmp_path: Path, shell: str) -> None:
    code, said, _ = call("completion", shell)
    assert (code, "_EXPC_COMPLETE" in said) == (0, True)
    if shutil.which(shell):
        (tmp_path / "script").write_text(said)
        done = subprocess.run([shell, "-n", tmp_path / "script"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
