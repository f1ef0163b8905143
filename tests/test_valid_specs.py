"""Every spec that must compile in, no error out: those in `specs/valid`, and the examples."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from expc.compiler.check import check_file
from expc.compiler.reading.schema import schema

ROOT = Path(__file__).parents[1]
VALID = sorted((ROOT / "tests" / "specs" / "valid").glob("*.yaml"))
EXAMPLES = sorted((ROOT / "examples").glob("*/*.yaml"))


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a check remembers of files, it remembers in the project: not in the checkout."""
    monkeypatch.chdir(tmp_path)


def found(path: Path) -> list[tuple[int, int, str]]:
    return [(finding.line, finding.column, finding.code) for finding in check_file(str(path))]


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_valid_spec_gives_no_error_and_exactly_the_weaknesses_that_it_names(path: Path) -> None:
    rows = re.findall(r"^# expect: (\d+):(\d+) (R\d{3})$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert found(path) == [(int(line), int(column), code) for line, column, code in rows]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_example_is_clean(path: Path, tmp_path: Path) -> None:
    example = shutil.copytree(path.parent, tmp_path / path.parent.name)
    for script in example.glob("make_*.sh"):
        subprocess.run([script], check=True)
    for name in re.findall(r"data/\S+\.tsv", path.read_text(encoding="utf-8")):  # what can't be in the repository
        (example / name).parent.mkdir(exist_ok=True)
        (example / name).write_text(f"a good film\t1\na bad {name}\t0\n", encoding="utf-8")
    assert found(example / path.name) == []


def test_the_valid_specs_use_every_key_of_the_language() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in VALID)
    assert keys(schema()) - set(re.findall(r"[{ \n](\w+):", text)) == set()


def keys(part: object) -> set[str]:
    """The properties that a part of the schema, or of anything in it, names."""
    if isinstance(part, list):
        return {key for item in part for key in keys(item)}
    if not isinstance(part, dict):
        return set()
    own = part["properties"] if isinstance(part.get("properties"), dict) else {}
    return {*own, *(key for item in part.values() for key in keys(item))}
