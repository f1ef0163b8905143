"""What `expc doctor` says of a machine and a folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from expc.cli.commands import health
from expc.cli.sites.examined import Result

from .conftest import Called

Call = Callable[..., Called]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch takes seconds to import."""
    monkeypatch.setattr(health, "_torch", lambda: iter(()))
    monkeypatch.setattr(health, "CHECKS", tuple(one for one in health.CHECKS if one.__name__ != "_torch"))


def test_where_everything_is_there_it_says_so(call: Call, toy: Path, quick: None) -> None:
    assert call("compile", toy.name)[0] == 0
    code, said, _ = call("doctor")
    lines = said.splitlines()
    assert (code, lines[-1]) == (0, "All that expc needs is here."), said
    assert lines[0].startswith(f"ok       Python {sys.version_info.major}.{sys.version_info.minor}.")
    assert "ok       a workflow of 1 experiment, with its profile" in lines
    assert not [line for line in lines if line.startswith("problem")]


def test_a_problem_is_said_with_what_to_do_and_makes_the_exit_code_1(
    call: Call, tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "workflow").mkdir()
    monkeypatch.setattr(health, "LITTLE", 2**70)
    code, said, _ = call("doctor")
    assert code == 1
    assert "problem  the folder workflow/ is not one that expc wrote\n         expc writes into workflow/" in said
    assert "GiB free here\n         make room" in said
    assert said.endswith("problems.\n")


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"expc": "0.0.1", "data": {}, "experiments": {}, "variants": {}}, "workflow/ was made by expc 0.0.1"),
        (
            {"expc": "0.1.0", "data": {}, "experiments": {}, "variants": {}},
            "workflow/profiles/default/profile.yaml is gone",
        ),
    ],
)
def test_a_workflow_that_is_not_whole_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stated: dict[str, object], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow/experiments.json").write_text(json.dumps(stated))
    (found,) = health._workflow()
    assert (found.state, found.what.startswith(words)) == ("problem", True)


def test_what_is_not_on_the_path_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert list(health._git()) == [Result("note", "no git", "only code that is named by a git revision needs it")]
    assert [one.what for one in health._elsewhere()] == [
        "Apptainer: not here (not needed)",
        "SLURM: not here (not needed)",
    ]
    assert [one.state for one in health._python()] == ["ok", "problem"]


def test_a_gpu_that_torch_does_not_see_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho NVIDIA H100\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert health._gpu("").what == "a GPU, NVIDIA H100, that torch doesn't see"
    assert health._gpu("NVIDIA H100") == Result("ok", "a GPU: NVIDIA H100")
    program.unlink()
    assert health._gpu("") == Result("ok", "no GPU: the templates run on the CPU")
