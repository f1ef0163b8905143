"""Specs of several stages in, what R026 says of those that run again for what another reads out."""

from __future__ import annotations

from pathlib import Path

import pytest

from expc.compiler.check import check_file

SPEC = """\
expc: 1
name: staged
stages:
  pretrain:
    task: {command: "python FIRST", results: {file: m.json}}READS
  finetune:
    task: {command: "python SECOND {from.init}", results: {file: m.json}}
    from: {init: pretrain.checkpoint}
factors: {width: [8, 16], freeze: [true, false], code: {old: {lr: 1}, new: {lr: 2}}}
metrics: {score: {goal: maximize}}
baseline: {width: 8}
"""
PROGRAMS = {"pre.py": "width, hidden = 1, 2", "fine.py": "args.width, args.freeze, args.lr", "dynamic.py": "**given"}


def said(folder: Path, first: str, second: str, reads: str = "", more: str = "") -> list[str]:
    for name, text in PROGRAMS.items():
        (folder / name).write_text(text)
    spec = SPEC.replace("FIRST", first).replace("SECOND", second).replace("READS", reads and f"\n    reads: {reads}")
    (folder / "spec.yaml").write_text(spec + more)
    return [f"{one.message} / {one.hint}" for one in check_file(str(folder / "spec.yaml")) if one.code == "R026"]


ONCE = "in stage 'pretrain', and it runs once for all of their levels"
UNNAMED = f"which its command doesn't name: 8 trials in all / write `reads: [width]` {ONCE}"
UNSAID = f"which its files don't mention: 8 trials in all / write `reads: [width]` {ONCE}"
SAME = (
    "stage 'pretrain' varies with width and freeze and code, and so does 'finetune', which takes from it and runs the"
    " same program: 8 trials in all / say which of them it reads, as in `reads: [width]`: it runs once for all levels"
    " of the others"
)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("pre.py {width} {seed}", "fine.py {args}", f"stage 'pretrain' varies with freeze and code, {UNNAMED}"),
        ("pre.py {width} {seed}", "dynamic.py {args}", f"stage 'pretrain' varies with freeze and code, {UNNAMED}"),
        ("pre.py {args}", "fine.py {args}", f"stage 'pretrain' varies with freeze and code, {UNSAID}"),
        (
            "pre.py {args}",
            "fine.py {width} {lr} {freeze:--freeze}",
            f"stage 'pretrain' varies with freeze and code, {UNSAID}",
        ),
        ("fine.py --pre {args}", "fine.py {args}", SAME),
        ("pre.py {args}", "dynamic.py {args}", None),
        ("fine.py {args}", "pre.py {args}", None),
        ("pre.py {width} {lr} {freeze}", "fine.py {args}", None),
        ("pre.py {width} {lr} {freeze:--freeze}", "fine.py {args}", None),
    ],
)
def test_a_stage_that_runs_again_for_others_is_told(
    tmp_path: Path, first: str, second: str, expected: str | None
) -> None:
    assert said(tmp_path, first, second) == ([expected] if expected else [])


@pytest.mark.parametrize("reads", ["[width]", "[]", "[width, freeze, code]"])
def test_who_says_what_a_stage_reads_is_believed(tmp_path: Path, reads: str) -> None:
    assert said(tmp_path, "pre.py {width} {seed}", "fine.py {args}", reads) == []


def test_what_a_formula_needs_is_read(tmp_path: Path) -> None:
    derive = "derive: {hidden: width * lr}\n"
    assert said(tmp_path, "pre.py {hidden} {seed}", "fine.py {args}", more=derive) == [
        "stage 'pretrain' varies with freeze, which its command doesn't name: 8 trials in all"
        f" / write `reads: [width, code]` {ONCE}"
    ]
