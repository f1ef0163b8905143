"""Commands that only look: the project's files are the same before and after."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Called, finish, planned

Call = Callable[..., Called]

LOOKING = [
    "check spec.yaml",
    "check --format json spec.yaml",
    "explain E301",
    "schema",
    "schema --task image-classification",
    "plan spec.yaml",
    "plan --format json spec.yaml",
    "graph",
    "graph spec.yaml",
    "graph --format svg spec.yaml",
    "compile --check spec.yaml",
    "status",
    "status --format json",
    "logs",
    "logs --failed",
    "logs --path seed=0",
    "cost",
    "cost --format json",
    "accept",
    "accept --spec spec.yaml",
    "image",
    pytest.param("doctor", marks=pytest.mark.slow),  # it starts much
    "completion bash",
]

SPEC = """\
expc: 1
name: toy
task: {command: "python3 train.py {x} {input.spots}", code: {path: ., include: [train.py]}}
inputs: {spots: {file: spots.csv}}
factors: {x: [1, 2]}
seeds: 2
metrics: {m: {goal: minimize}}
baseline: {x: 1}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "spec.yaml").write_text(SPEC)
    (tmp_path / "train.py").write_text("")
    (tmp_path / "spots.csv").write_text("1,a\n2,b\n" * 20)
    monkeypatch.setattr("expc.compiler.digest._RACY_NS", 0)  # as if it lay there for long, so that its hash may be kept
    return tmp_path


def files(project: Path) -> dict[str, tuple[int, int]]:
    """With folders, whose times tell also of what was there for a moment."""
    found = {str(path.relative_to(project)): path.lstat() for path in (project, *project.rglob("*"))}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in found.items()}


@pytest.mark.parametrize("command", LOOKING)
def test_who_looks_leaves_no_trace(call: Call, project: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    def look() -> int:
        before = files(project)
        code, _, error = call(*command.split())
        assert (files(project), code in (0, 1), "bug of expc" in error) == (before, True, False), error
        return code

    look()
    with monkeypatch.context() as young:
        young.setattr("expc.compiler.digest._RACY_NS", 10**18)  # what was just written is not remembered
        assert call("compile", "spec.yaml")[0] == 0
    assert not (project / "results").exists()
    look()
    finish(project, planned(project)[0], "failed")
    (project / "spec.yaml").write_text(SPEC.replace("[1, 2]", "[1, 2, 3]"))
    look()
