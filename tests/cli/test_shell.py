"""`expc shell`: a trial's world, to look at."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Called, finish, planned

Call = Callable[..., Called]


def said(project: Path, *words: str) -> tuple[int, str]:
    command = [sys.executable, "-P", "-m", "expc", "shell", *words]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.fixture
def project(call: Call, toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHELL", "/bin/sh")
    monkeypatch.setenv("MY_API_KEY", "secret")
    (tmp_path / "work.sh").write_text("echo\n")
    toy.write_text(toy.read_text().replace("true {x}", "sh work.sh {x}"))
    assert call("compile", "spec.yaml")[0] == 0
    return tmp_path


def test_it_has_the_trials_folder_code_parameters_and_environment(project: Path) -> None:
    trial = planned(project)[2]
    finish(project, trial)
    before = sorted(path for path in (project / "results/trials").rglob("*"))
    look = (
        'cat "$EXPC_TRIAL_DIR/params.json"; ls; ls "$EXPC_TRIAL_DIR"; echo "$EXPC_CPUS ${MY_API_KEY-no key}"; touch new'
    )
    code, output = said(project, trial["id"][:8], "-c", look)
    params, _, rest = output.partition("}}")
    assert json.loads(f"{params}}}}}")["params"] == {"x": 2}, output
    assert code == 0
    assert rest.split() == [
        "work.sh",
        "checkpoints",
        "metrics.jsonl",
        "outcome.json",
        "params.json",
        "work",
        "1",
        "no",
        "key",
    ]
    assert sorted(path for path in (project / "results/trials").rglob("*")) == before, "it is a copy"
    assert said(project, "x=2", "seed=0", "-c", "exit 7") == (7, "")
    assert said(project, "x=2", "-c", "kill -9 $$")[0] == 137


def test_a_trial_that_has_not_run_can_be_looked_at_as_well(project: Path) -> None:
    assert said(project, "x=1", "seed=1", "-c", "cat work.sh") == (0, "echo\n")
    assert not (project / "results/trials").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("zzz",), "no trial is called 'zzz'"),
        (("x=3",), "no trial has x=3; allowed: 1, 2"),
        (("seed=0",), "2 trials fit; say more, or name one by its id:"),
    ],
)
def test_a_trial_must_be_named_well_enough(call: Call, project: Path, words: tuple[str, ...], expected: str) -> None:
    code, _, error = call("shell", *words)
    assert (code, error.startswith(expected)) == (1, True), error


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", " is damaged: it is empty"),
        (b'{"command": "sh"}', ' is damaged: command must be a list of texts, not "sh"'),
        (b"{}", " is damaged: it lacks evaluate, preload, template, train"),
    ],
)
def test_code_that_is_damaged_is_named(call: Call, project: Path, content: bytes, why: str) -> None:
    trial = planned(project)[0]
    path = project / "results/code" / trial["variant"] / "variant.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    code, _, error = call("shell", trial["id"], "-c", "true")
    advice = "Delete it, and start again: `snakemake` and `expc run` make it."
    assert (code, error) == (1, f"results/code/{trial['variant']}/variant.json{why}.\n    {advice}\n")
