"""What was printed in a scratch project, with the user's paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from expc.cli.as_written import as_written
from expc.compiler.build import build
from expc.compiler.writing.write import workflow_files, write

SPEC = """\
expc: 1
name: toy
task: {command: "python src/train.py {x} {input.words} {input.notes}", code: {path: ../../repo, include: ["src/*.py"]}}
inputs: {words: {file: ../../words.txt}, notes: {path: ../notes}}
factors: {x: [1, 2]}
metrics: {m: {goal: minimize}}
baseline: {x: 1}
"""


def test_copies_are_named_by_what_they_were_copied_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, scratch = tmp_path / "project", tmp_path / "expc-try-1"
    for name in ("repo/src/train.py", "words.txt", "project/notes/one.txt", "project/specs/spec.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(SPEC if name.endswith("yaml") else "1\n")
    scratch.mkdir()
    monkeypatch.chdir(project)
    (one,), _ = build(["specs/spec.yaml"], scratch)
    write(workflow_files([one], scratch), scratch)
    trial = one.plan.cells[0].trials[0].id
    (variant,) = one.plan.variants
    words, notes = (one.materials.inputs[name]["id"] for name in ("words", "notes"))
    said = as_written(scratch)
    for printed, meant in (
        (f'File "{scratch}/results/trials/{trial}/work/src/train.py", line 1', 'File "../repo/src/train.py", line 1'),
        (f"{scratch}/results/code/{variant}/src/train.py:7: error", "../repo/src/train.py:7: error"),
        (f"{scratch}/results/inputs/{words}/words.txt", "../words.txt"),
        (f"'{scratch}/results/inputs/{notes}/notes/one.txt'", "'notes/one.txt'"),
        ("../words.txt:3: 1 fields, and the first line has 2", "../words.txt:3: 1 fields, and the first line has 2"),
        ("../project/notes: is empty", "notes: is empty"),
        (f"results/code/{variant}.log says:", f"{scratch}/results/code/{variant}.log says:"),
        *[(same, same) for same in (f"{scratch}/results/trials/{trial}/work/mine.txt", "/usr/lib/x.py", f"{scratch}")],
    ):
        assert said(printed) == meant


def test_prepared_data_go_by_their_name_in_the_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, scratch = tmp_path / "project", tmp_path / "expc-try-1"
    project.mkdir()
    scratch.mkdir()
    (project / "spec.yaml").write_text(
        "expc: 1\nname: digits\ntask: image-classification\ndata: {mine: {source: sklearn, name: digits}}\n"
    )
    monkeypatch.chdir(project)
    (one,), _ = build(["spec.yaml"], scratch)
    write(workflow_files([one], scratch), scratch)
    (data,) = one.plan.data
    said, path = as_written(scratch), f"{scratch}/results/data/{data}"
    assert said(f"this model can't be measured on {path}: it") == "this model can't be measured on mine: it"
    for same in (f"{path}/train.npz", f"{path}0", f"{scratch}/results/data/0"):
        assert said(same) == same
