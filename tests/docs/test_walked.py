"""The pages that a newcomer walks through, walked through: every file written, every command run, in a clean folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
WALKED = ("tutorial.md", "from-a-shell-loop.md", "from-hydra.md", "from-wandb-sweeps.md")
MADE = shutil.ignore_patterns("workflow", "results", ".snakemake", ".expc", "repo")
FENCE = re.compile(r"^```(\w+)(?: ([\w./-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Written:
    """A block such as ```` ```yaml spec.yaml ````: a file with this text."""

    path: str
    text: str


@dataclass(frozen=True)
class Typed:
    """A line `$ command` of a block of `console`, and the lines under it: what it prints, with … for what varies."""

    command: str
    prints: str


@pytest.mark.slow
@pytest.mark.parametrize("name", WALKED)
def test_a_page_prints_what_it_says(tmp_path: Path, name: str) -> None:
    for step in steps((DOCS / name).read_text(encoding="utf-8")):
        match step:
            case Written(path, text):
                (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / path).write_text(text, encoding="utf-8")
            case Typed(command, prints):
                printed = typed_in(tmp_path, command)
                assert fits(prints, printed), f"$ {command}\n{printed}\n— but {name} shows —\n{prints}"


def test_each_spec_of_the_how_tos_passes_the_check_beside_its_example(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path, ignore=MADE, dirs_exist_ok=True)
    specs = [step for step in steps((DOCS / "how-to.md").read_text(encoding="utf-8")) if isinstance(step, Written)]
    for spec in specs:
        (tmp_path / spec.path).write_text(spec.text, encoding="utf-8")
    assert len(specs) == 12
    assert typed_in(tmp_path, "branches/make_repo.sh") == ""
    assert typed_in(tmp_path, "expc check */how-to.yaml") == "12 specs: nothing to complain about.\n"


def typed_in(folder: Path, command: str) -> str:
    """What a command prints, as it would to a terminal's user without colours."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "100"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a … c\n", "a b c\n", True),
        ("a\n…\nz\n", "a\nb\nc\nz\n", True),
        ("a\n…\n", "a\n", True),
        ("a\nb\n", "a\n", False),
        ("a …\n", "a b\nc\n", False),
        ("", "", True),
        ("", "said\n", False),
        ("| a   | **0.91 ± 0.02** |\n| :-- | --: |\n", "| a | 0.9 ± 0.1 |\n| :---- | ---: |\n", True),
        ("| a | 0.9 |\n", "| b | 0.9 |\n", False),
    ],
)
def test_what_a_page_shows_is_compared_line_by_line(shown: str, printed: str, same: bool) -> None:
    assert fits(shown, printed) is same


def steps(page: str) -> Iterator[Written | Typed]:
    for language, path, text in FENCE.findall(page):
        if path:
            yield Written(path, text)
        elif language == "console":
            yield from typed(text)


def typed(block: str) -> Iterator[Typed]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, prints = part.partition("\n")
        yield Typed(command, prints)


def fits(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed: … stands for anything within a line, a line of it alone for any lines.

    Decimal numbers differ between processors, and with them what is bold, and the width of a table's columns."""
    pattern = ""
    for line in normal(shown):
        if line == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += "[^\n]*".join(map(re.escape, line.split("…"))) + r"\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in normal(printed))) is not None


def normal(text: str) -> list[str]:
    return [
        re.sub(r"\d+\.\d+", "#.#", re.sub(r"(?<=-)-+", "", re.sub(" +", " ", line.replace("*", "")))).rstrip()
        for line in text.splitlines()
    ]
