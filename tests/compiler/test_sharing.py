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
WIDTH = 'parser.add_argument("--width")\n'
PROGRAMS = {
    "pre.py": WIDTH + "args.hidden",
    "fine.py": "args.width, args.freeze, args.lr",
    "dynamic.py": "**given",
    "file.py": f"{WIDTH}json.load(open('params.json'))['params']['lr']",
    "plain.py": "x = 1",
    "shell.sh": 'python -m mylib.train "$@"  # add_argument("--width")',
    "some.py": WIDTH + "args, rest = parser.parse_known_args()\nrun(rest)",
    "known.py": WIDTH + "args, _ = parser.parse_known_args()",
    "theirs.py": WIDTH + "mylib.add_config_arguments(parser)",
    "long.py": WIDTH + "parser.add_argument('--freeze-layers')",
}


def said(folder: Path, first: str, second: str, reads: str = "", more: str = "", spec: str = SPEC) -> list[str]:
    for name, text in PROGRAMS.items():
        (folder / name).write_text(text)
    spec = spec.replace("FIRST", first).replace("SECOND", second).replace("READS", reads and f"\n    reads: {reads}")
    (folder / "spec.yaml").write_text(spec + more)
    return [f"{one.message} / {one.hint}" for one in check_file(str(folder / "spec.yaml")) if one.code == "R026"]


ONCE = "in stage 'pretrain', and it runs once for all of their levels"
UNNAMED = f"which its command doesn't name: 8 trials in all / write `reads: [width]` {ONCE}"
UNSAID_OF_CODE = f"which its files don't mention: 8 trials in all / write `reads: [width, freeze]` {ONCE}"
UNSAID = f"which its files don't mention: 8 trials in all / write `reads: [width]` {ONCE}"


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
        ("known.py {args}", "fine.py {args}", f"stage 'pretrain' varies with freeze and code, {UNSAID}"),
        ("long.py {args}", "fine.py {args}", f"stage 'pretrain' varies with code, {UNSAID_OF_CODE}"),
        ("pre.py --freeze first {args}", "fine.py {args}", f"stage 'pretrain' varies with code, {UNSAID_OF_CODE}"),
        ("fine.py --pre {args}", "fine.py {args}", None),
        ("file.py {width} {seed}", "fine.py {args}", None),
        ("plain.py {args}", "fine.py {args}", None),
        ("shell.sh {args}", "fine.py {args}", None),
        ("some.py {args}", "fine.py {args}", None),
        ("theirs.py {args}", "fine.py {args}", None),
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


def test_what_the_command_for_going_on_names_is_read(tmp_path: Path) -> None:
    resume = 'pre.py {width} {seed}", resume: "python pre.py {checkpoint} {freeze:--freeze}'
    assert said(tmp_path, resume, "fine.py {args}") == [
        "stage 'pretrain' varies with code, which its command doesn't name: 8 trials in all"
        f" / write `reads: [width, freeze]` {ONCE}"
    ]


def test_whose_elements_a_command_names_is_read(tmp_path: Path) -> None:
    spec = SPEC.replace("freeze: [true, false]", "freeze: [[first, last], []]")
    for first in (
        "pre.py {width} {lr} {freeze...}",
        'pre.py {width} {lr} {seed}", resume: "{checkpoint} -f{freeze...}',
    ):
        assert said(tmp_path, first, "fine.py {args}", spec=spec) == []


def test_one_program_of_two_scripts_is_looked_at_as_a_whole(tmp_path: Path) -> None:
    """Who knows which of its files a script takes in?"""
    (tmp_path / "src").mkdir()
    (tmp_path / "src/model.py").write_text("def build(args): return Net(args.width, args.freeze, args.lr)")
    for name in ("pre.py", "fine.py"):
        (tmp_path / "src" / name).write_text("from model import build\nbuild(args)")
    spec = SPEC.replace("results:", "code: {path: src}, results:")
    assert said(tmp_path, "pre.py {args}", "fine.py {args}", spec=spec) == []


def test_more_factors_read_no_more_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    read = Path.read_bytes

    def noted(path: Path) -> bytes:
        opened.append(path.name)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", noted)
    said(tmp_path, "pre.py {args}", "fine.py {args}")
    few, opened[:] = sorted(opened), []
    more = SPEC.replace("freeze: [true, false]", "freeze: [true, false], drop: [1, 2], heads: [1, 2], decay: [1, 2]")
    said(tmp_path, "pre.py {args}", "fine.py {args}", spec=more)
    assert sorted(opened) == few
