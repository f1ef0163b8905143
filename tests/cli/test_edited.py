"""A spec that was edited after it was compiled: those who look at old results are told."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import PROGRAM, Called

Call = Callable[..., Called]
LATER = 2_000_000_000  # seconds since 1970
WHAT_TO_DO = "; `expc plan spec.yaml` says how, `expc run spec.yaml` goes by it"
CHANGED = f"spec.yaml has changed since it was compiled{WHAT_TO_DO}"


def edit(spec: Path, text: str) -> None:
    spec.write_text(text)
    os.utime(spec, (LATER, LATER))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PROGRAM, ""),
        (f"{PROGRAM}# a comment\n", ""),
        (PROGRAM.replace("seeds: 2", "seeds: 3"), CHANGED),
        (PROGRAM.replace("task:", "question: Why?\ntask:"), CHANGED),
        (PROGRAM.replace("name: toy", "name: other"), CHANGED),
        (
            PROGRAM.replace("seeds: 2", "seed: 2"),
            "spec.yaml has errors since it was compiled (1): `expc check spec.yaml`",
        ),
    ],
)
def test_an_edited_spec_is_told_by_status_and_tables(call: Call, toy: Path, text: str, said: str) -> None:
    assert call("compile", "spec.yaml")[0] == 0
    edit(toy, text)
    code, out, _ = call("status")
    assert (code, out.splitlines()[-1] == said) == (0, bool(said))
    if said in ("", CHANGED):
        code, out, _ = call("tables")
        table, _, files = out.partition("results/toy/results.csv")
        assert (code, table.rstrip().endswith(said or "main.csv`."), files.count(said or "?")) == (0, True, 0)


def test_a_spec_that_is_gone_and_an_edited_import_are_told(call: Call, toy: Path, tmp_path: Path) -> None:
    (tmp_path / "common.yaml").write_text("seeds: 2\n")
    toy.write_text(PROGRAM.replace("seeds: 2", "import: [common.yaml]"))
    assert call("compile", "spec.yaml")[0] == 0
    edit(tmp_path / "common.yaml", "seeds: 3\n")
    assert call("status")[1].splitlines()[-1] == f"common.yaml has changed since spec.yaml was compiled{WHAT_TO_DO}"
    toy.unlink()
    assert call("status")[1].splitlines()[-1] == (
        "spec.yaml, of which toy was compiled, isn't there any more; this is of the last compilation"
    )


READS = """\
expc: 1
name: toy
task: {command: "sh run.sh {x} {input.words} {input.notes}"}
inputs: {words: {file: words.txt}, notes: {path: notes}}
factors: {x: [1, 2]}
metrics: {m: {goal: minimize}}
baseline: {x: 1}
"""


@pytest.mark.parametrize("name", ["words.txt", "notes/one.txt", "run.sh"])
def test_an_edited_file_that_decides_something_is_told_once_it_says_something_else(
    call: Call, toy: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "notes").mkdir()
    for file in ("words.txt", "notes/one.txt", "run.sh", "of_no_concern.txt"):
        (tmp_path / file).write_text("true\n")
    toy.write_text(READS)
    assert call("compile", "spec.yaml")[0] == 0
    os.utime(tmp_path / "workflow/experiments.json", (LATER - 1, LATER - 1))
    for file in ("of_no_concern.txt", name):
        edit(tmp_path / file, "true\n")
    assert "changed" not in call("status")[1]
    edit(tmp_path / name, "false\n")
    said = f"{name} has changed since spec.yaml was compiled{WHAT_TO_DO}"
    assert call("status")[1].splitlines()[-1] == said
    (toy_,) = json.loads(call("status", "--format", "json")[1])
    assert toy_["edited"] == said


def test_who_compiled_without_containers_is_not_told_of_a_change(call: Call, toy: Path, tmp_path: Path) -> None:
    (tmp_path / "torch.def").write_text("Bootstrap: docker\nFrom: debian\n")
    toy.write_text(f"{PROGRAM}environment: {{container: torch.def}}\n")
    assert call("compile", "--no-container", "spec.yaml")[0] == 0
    edit(toy, toy.read_text())
    assert "changed" not in call("status")[1]


def test_a_text_that_is_too_long_for_a_files_name_is_none(call: Call, toy: Path) -> None:
    toy.write_text(f"{toy.read_text()}question: {'why ' * 2000}\n")
    call("compile", "spec.yaml")
    assert call("status")[0] == 0
    assert call("tables")[2] == ""
