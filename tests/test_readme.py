"""README.md in, whether what it says is so out: its spec, its commands, its table, and what it shows of `expc`."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from ruamel.yaml import YAML

from expc.cli import cli, main
from expc.compiler.build import build

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DEMO = ROOT / "examples" / "digits-optimizers" / "spec.yaml"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/README.md")])
NUMBERS = 0.03
"""How far a mean accuracy may lie from the README's on another processor: that of eleven of 361 test images."""


def blocks(language: str, text: str = README) -> list[str]:
    """The code blocks of a language; '' is none."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for its, block in found if its == language]


def expc(folder: Path, *words: str) -> tuple[int, str]:
    """The exit code of a command, and what it printed."""
    said = io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        mock.patch.object(sys, "argv", ["expc", *words]),
        pytest.raises(SystemExit) as exited,
    ):
        main()
    assert isinstance(exited.value.code, int)
    return exited.value.code, said.getvalue()


def cells(text: str) -> dict[tuple[str, str], str]:
    """(row, column) -> what stands in the first table in Markdown, without the stars of bold numbers."""
    lines = re.findall(r"^\|(.*)\|$", text, re.MULTILINE)
    rows = [[cell.strip().strip("*") for cell in line.split("|")] for line in lines]
    columns = rows[0][1:]
    body = rows[2 : 2 + len({row[0] for row in rows[2:5]})]
    return {(row[0], column): cell for row in body for column, cell in zip(columns, row[1:], strict=True)}


def without_times(plan: str) -> str:
    return re.sub(r"[\d.]+ CPU-hours, .*? on \d+ cores?", "… CPU-hours, … on … cores", plan)


def test_its_spec_compiles_without_complaint(tmp_path: Path) -> None:
    (spec,) = blocks("yaml")
    (tmp_path / "spec.yaml").write_text(spec, encoding="utf-8")
    assert expc(tmp_path, "check", "spec.yaml") == (0, "1 spec: nothing to complain about.\n")


def test_its_spec_is_the_demos_shorter(tmp_path: Path) -> None:
    (text,) = blocks("yaml")
    (tmp_path / "spec.yaml").write_text(text, encoding="utf-8")
    shown, whole = (build([str(path)], tmp_path)[0][0] for path in (tmp_path / "spec.yaml", DEMO))
    trials = [
        [(cell.condition, [trial.id for trial in cell.trials]) for cell in one.plan.cells] for one in (shown, whole)
    ]
    assert trials[0] == trials[1]
    loaded = [YAML(typ="safe", pure=True).load(source) for source in (text, DEMO.read_text(encoding="utf-8"))]
    assert all(loaded[0][key] == loaded[1][key] for key in ("tables", "figures", "baseline"))


def test_its_commands_are_there() -> None:
    commands = [line.partition("#")[0] for block in blocks("sh") for line in block.splitlines()]
    commands += re.findall(r"`((?:expc|make) [^`]+)`", README)
    words = [shlex.split(part) for command in commands for part in command.split("&&")]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {name for program, name, *_ in (word for word in words if word[0] == "make")} <= targets
    assert {name for program, name, *_ in (word for word in words if word[0] == "expc")} <= set(cli.commands)
    extras = [word[2] for word in words if word[0] == "pip"]
    assert extras == [".[torch]"]
    assert "torch = [" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert {word[0] for word in words} == {"make", "pip", "expc", "snakemake"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_its_links_and_those_of_all_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = {link for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", text)) if ":" not in link}
    files = {link.partition("#")[0] for link in links} - {""}
    assert [link for link in sorted(files) if not (page.parent / link).exists()] == []


def test_its_message_about_a_mistake_is_what_expc_says(tmp_path: Path) -> None:
    mistaken = DEMO.read_text(encoding="utf-8").replace("f1_macro", "f1_macr")
    (tmp_path / "spec.yaml").write_text(mistaken, encoding="utf-8")
    code, said = expc(tmp_path, "check", "spec.yaml")
    assert code == 1
    assert said in blocks("")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demo, run in a copy, and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(DEMO, folder / "spec.yaml")
    code, said = run(folder)
    assert code == 0, said
    return folder, said


def run(folder: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "expc", "run", "spec.yaml"]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return found.returncode, found.stdout + found.stderr


@pytest.mark.slow
def test_its_table_is_what_the_demo_prints(demo: tuple[Path, str]) -> None:
    shown, printed = (cells(text[text.index("| optimizer ") :]) for text in (README, demo[1]))
    assert shown.keys() == printed.keys()
    assert len(shown) == 6
    means = {cell: [float(found[cell].split(" ± ")[0]) for found in (shown, printed)] for cell in shown}
    assert {cell: pair for cell, pair in means.items() if abs(pair[0] - pair[1]) > NUMBERS} == {}


@pytest.mark.slow
def test_the_demo_names_its_files_and_they_are_there(demo: tuple[Path, str]) -> None:
    folder, said = demo
    named = re.findall(r"^results/\S+$", said, re.MULTILINE)
    answers = (
        "results.csv",
        "curves.csv",
        "tables/main.md",
        "tables/main.csv",
        "figures/curves.svg",
        "figures/curves.png",
    )
    assert named == [f"results/digits-optimizers/{answer}" for answer in answers]
    assert [name for name in named if not (folder / name).stat().st_size] == []


@pytest.mark.slow
def test_its_plan_is_what_expc_says_after_its_change(demo: tuple[Path, str], tmp_path: Path) -> None:
    shutil.copytree(demo[0], tmp_path / "copy")
    spec = DEMO.read_text(encoding="utf-8")
    added = re.search(r"add `(adagrad: [^`]*)`", README)
    assert added
    changed = spec.replace(
        "adam: {optimizer: adam, lr: 0.001}", f"adam: {{optimizer: adam, lr: 0.003}}\n    {added[1]}"
    )
    (tmp_path / "copy" / "spec.yaml").write_text(changed, encoding="utf-8")
    code, said = expc(tmp_path / "copy", "plan", "spec.yaml")
    assert code == 0, said
    assert without_times(said) in [without_times(block) for block in blocks("")]


@pytest.mark.slow
def test_its_failures_are_what_the_tables_say(demo: tuple[Path, str], tmp_path: Path) -> None:
    shutil.copytree(demo[0], tmp_path / "copy")
    wild = re.search(r"^`(wild: [^`]*)`:$", README, re.MULTILINE)
    assert wild
    spec = DEMO.read_text(encoding="utf-8").replace(
        "factors:\n  optimizer:\n", f"factors:\n  optimizer:\n    {wild[1]}\n"
    )
    (tmp_path / "copy" / "spec.yaml").write_text(spec, encoding="utf-8")
    code, said = run(tmp_path / "copy")
    assert code == 0, said
    (shown,) = [block for block in blocks("") if block.startswith("| wild")]
    assert [line for line in shown.splitlines() if line not in said.splitlines()] == []
    attempts = [
        path.read_text(encoding="utf-8") for path in (tmp_path / "copy").glob("results/trials/*/attempts.jsonl")
    ]
    ended = [json.loads(text.splitlines()[-1])["status"] for text in attempts]
    assert (ended.count("done"), ended.count("failed")) == (18, 6)
