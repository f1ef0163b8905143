"""A folder of code in, the files that belong to a program and their hashes out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from expc.compiler.build import build
from expc.compiler.check import check_file
from expc.compiler.digest import digest
from expc.compiler.programs.program import content_hash, matches
from expc.compiler.programs.revision import CURRENT

SPEC = """\
expc: 1
name: own
task: {command: "python prog.py {args}", code: {path: PATH}, results: {file: m.json}}
metrics: {score: {goal: maximize}}
"""


def write(folder: Path, *files: str) -> None:
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"of {name}\n")


@pytest.mark.parametrize(("path", "code"), [(".", "exp"), ("..", "."), ("../code", "code"), ("../linked", "code")])
def test_a_plan_stays_the_same_while_results_grow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, code: str
) -> None:
    project = tmp_path / "exp"
    write(tmp_path, f"{code}/prog.py", "exp/spec.yaml", "code/other.py")
    (tmp_path / "linked").symlink_to("code")
    (tmp_path / "code" / "back").symlink_to("../exp/results/trials/log.txt")
    (project / "spec.yaml").write_text(SPEC.replace("PATH", path))
    monkeypatch.chdir(project)

    def compiled() -> tuple[str, list[str]]:
        (one,), _ = build(["spec.yaml"], Path())
        return one.digest, sorted(one.materials.programs["train", CURRENT].files)

    first = compiled()
    assert "prog.py" in first[1]
    write(project, "results/trials/log.txt", "results/code/x/prog.py", "workflow/runner/trial.py", ".snakemake/a.py")
    assert compiled() == first


def test_results_that_a_run_by_hand_has_left_are_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "prog.py", "m.json", "other/m.json")
    (tmp_path / "spec.yaml").write_text(SPEC.replace("PATH", ".").replace("m.json", "./m.json"))
    monkeypatch.chdir(tmp_path)
    (one,), _ = build(["spec.yaml"], Path())
    assert sorted(one.materials.programs["train", CURRENT].files) == ["other/m.json", "prog.py"]


def test_patterns_decide_nothing_and_each_set_of_them_is_one_more_evaluation_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "prog.py")
    monkeypatch.chdir(tmp_path)
    found = {}
    for patterns in ("", "score: (a)", "score: (b), other: (c)", "other: (c), score: (b)"):
        results = f"{{pattern: {{{patterns}}}}}" if patterns else "{file: m.json}"
        text = SPEC.replace("PATH", ".").replace("{file: m.json}", results)
        (tmp_path / "spec.yaml").write_text(text.replace(", results: {pattern: {}}", ""))
        (one,), _ = build(["spec.yaml"], Path())
        top, line = (json.loads(text) for text in one.text.splitlines())
        found[patterns] = line["id"], line["variant"], line["evaluate"], top["stages"]["train"].get("patterns")
    bare, first, second, third = found.values()
    assert bare[2:] == ([], None)
    assert len({first[:2], second[:2], third[:2]}) == 1
    assert first[2:] == ([[first[2][0][0], "", "", "log"]], {"score": "(a)"})
    assert second == third == (*first[:2], [[second[2][0][0], "", "", "log"]], {"other": "(c)", "score": "(b)"})
    assert first[2] != second[2]


def test_specs_hidden_files_and_what_is_written_are_no_code(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "conf.yaml", ".hidden/b.py", "src/.c.py", "src/__pycache__/d.pyc", "src/results/e.py")
    write(tmp_path, "results/f.py", "exp/workflow/g.py", "exp/results/h.py", "exp/i.py", "strange.txt")
    write(tmp_path, "old/workflow/.written.json", "old/workflow/j.py", "old/results/k.py", "old/l.py")
    (tmp_path / "other.yaml").write_text("# yaml-language-server: $schema=…\n---\nexpc: 1\nname: other\n")
    (tmp_path / "quoted.yml").write_text('{\n"a": 1}\n"expc" : 1\n')
    (tmp_path / "nested.yaml").write_text("tool:\n  expc: 1\nexpcs: 2\n")
    found = matches(tmp_path, "**", tmp_path / "strange.txt", tmp_path / "exp")
    assert [str(path) for path in found] == [
        "a.py",
        "conf.yaml",
        "exp/i.py",
        "nested.yaml",
        "old/l.py",
        "src/results/e.py",
    ]


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("**", ["a.py", "src/b.py", "src/deep/c.txt"]),
        ("**/*.*", ["a.py", "src/b.py", "src/deep/c.txt"]),
        ("**/*.py", ["a.py", "src/b.py"]),
        ("**/src/*.py", ["src/b.py"]),
        ("**/deep/**", ["src/deep/c.txt"]),
        ("src/**", ["src/b.py", "src/deep/c.txt"]),
        ("*.py", ["a.py"]),
    ],
)
def test_what_is_written_is_not_even_walked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, files: list[str]
) -> None:
    write(tmp_path, "a.py", "src/b.py", "src/deep/c.txt", ".git/d.py", "exp/results/trials/e.py", "results/f.py")
    write(tmp_path, "exp/spec.yaml", "old/workflow/.written.json", "old/results/trials/g.py")
    (tmp_path / "src" / "up").symlink_to("..")
    walked: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: (walked.append(str(path)), scandir(path))[1])
    found = [str(path) for path in matches(tmp_path, pattern, tmp_path / "exp/spec.yaml", tmp_path / "exp")]
    monkeypatch.undo()
    assert found == files
    if pattern != "**/deep/**":  # two of them are rare, and left to Path.glob
        assert not [path for path in walked if "results" in path or ".git" in path]


CHANGES: dict[str, tuple[str, str, Callable[[Path], object], bool]] = {
    "nothing": ("a.py", "x = 1\n", lambda path: None, True),
    "a comment": ("a.py", "x = 1\n", lambda path: path.write_text("# why\nx = 1  # here\n\n"), True),
    "a comment of no Python": ("a.sh", "true\n", lambda path: path.write_text("# why\ntrue\n"), False),
    "an interpreter": ("a.py", "x = 1\n", lambda path: path.write_text("#!/usr/bin/python3\nx = 1\n"), False),
    "the same one": ("a.py", "#!/bin/py\nx = 1\n", lambda path: path.write_text("#!/bin/py\n# y\nx = 1\n"), True),
    "another": ("a.py", "#!/bin/py\nx = 1\n", lambda path: path.write_text("#!/bin/python3 -O\nx = 1\n"), False),
    "chmod +x": ("a.py", "x = 1\n", lambda path: path.chmod(0o755), False),
    "chmod +x of a binary": ("a", "\xff", lambda path: path.chmod(0o755), False),
    "chmod g+w": ("a", "x", lambda path: path.chmod(0o664), True),
}


@pytest.mark.parametrize(("name", "text", "change", "same"), CHANGES.values(), ids=CHANGES)
def test_a_hash_changes_with_what_a_program_does(
    tmp_path: Path, name: str, text: str, change: Callable[[Path], object], same: bool
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="latin-1")
    path.chmod(0o644)
    before = content_hash(path)
    change(path)
    assert (content_hash(path) == before) is same


@pytest.mark.parametrize("mode", [0o644, 0o755])
@pytest.mark.parametrize("size", [0, 1, 2**20, 2**20 + 1])
def test_a_file_is_known_by_its_bytes_a_piece_at_a_time(tmp_path: Path, size: int, mode: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    (tmp_path / "weights.bin").write_bytes(content)
    (tmp_path / "weights.bin").chmod(mode)
    whole = [content.hex(), "executable"] if mode == 0o755 else content.hex()
    assert content_hash(tmp_path / "weights.bin") == digest(whole)


@pytest.mark.parametrize(
    ("name", "size", "codes"), [("prog.py", 0, []), ("words.txt", 2**20 - 99, []), ("words.bin", 2**20, ["R010"])]
)
def test_whether_a_program_reads_its_parameters_is_told_by_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, size: int, codes: list[str]
) -> None:
    """Data that lie beside it may hold any word."""
    write(tmp_path, "prog.py")
    (tmp_path / name).write_text(" " * size + "params.json\n")
    spec = SPEC.replace("PATH", ".").replace(" {args}", "")
    (tmp_path / "spec.yaml").write_text(f"{spec}factors: {{a: [1, 2]}}\nbaseline: {{a: 1}}\n")
    monkeypatch.chdir(tmp_path)
    assert [finding.code for finding in check_file("spec.yaml")] == codes


def test_one_file_by_two_paths_is_one_experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "prog.py")
    (tmp_path / "spec.yaml").write_text(SPEC.replace("PATH", "."))
    (tmp_path / "link.yaml").symlink_to("spec.yaml")
    monkeypatch.chdir(tmp_path)
    found, _ = build(["./spec.yaml", "spec.yaml", "link.yaml", str(tmp_path / "spec.yaml")], Path())
    assert [one.spec_path for one in found] == ["spec.yaml"]
