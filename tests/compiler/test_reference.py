"""The reference is what the schema says, and its examples are specs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from expc.compiler.reading.load import load
from expc.compiler.reading.schema import schema
from expc.compiler.reference import flow, language_page

COMMITTED = Path(__file__).parents[2] / "docs" / "language.md"
WRITE = "from expc.compiler.reference import language_page; open('docs/language.md', 'w').write(language_page())"


def test_the_committed_page_is_fresh() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == language_page(), f'run: python -c "{WRITE}"'


def test_every_key_has_its_section_in_the_order_of_the_schema() -> None:
    assert re.findall(r"^## (.+)$", language_page(), re.MULTILINE) == list(schema()["properties"])


@pytest.mark.parametrize("key", schema()["properties"])
def test_the_examples_of_a_section_are_those_of_the_schema(tmp_path: Path, key: str) -> None:
    section = language_page().partition(f"\n## {key}\n")[2].partition("\n## ")[0]
    found = []
    for block in re.findall(r"(?s)```yaml\n(.*?)```", section):
        (tmp_path / "spec.yaml").write_text(block, encoding="utf-8")
        found.append(load(str(tmp_path / "spec.yaml")).value)
    assert found == [{key: example} for example in schema()["properties"][key].get("examples", [])]


@pytest.mark.parametrize(
    "value",
    [
        *(
            "a b",
            "a ",
            " a",
            "a\rb",
            "a\tb",
            "a\x07b",
            "a\x85b",
            "a\u2028b",
            "a\u00a0",
            "é",
            ".inf",
            "-.inf",
            ".NaN",
            "~",
            "",
        ),
        *(
            "null",
            "True",
            "1e5",
            "0x1f",
            "1_0",
            "2020-01-01",
            "a: b",
            "a #b",
            "{x}",
            "*a",
            "...",
            "./x",
            "a'b",
            "=",
            "<<",
        ),
        *(None, True, 3, -1e-5, ["a ", ".nan"], {"null": "\x85"}),
    ],
)
def test_yaml_reads_a_value_as_it_was(tmp_path: Path, value: object) -> None:
    (tmp_path / "spec.yaml").write_text(f"block: {flow(value)}\ninside: [{flow(value)}, 1]\n", encoding="utf-8")
    assert load(str(tmp_path / "spec.yaml")).value == {"block": value, "inside": [value, 1]}


def test_every_key_of_the_language_stands_on_the_page() -> None:
    names = {name for part in _parts(schema()) for name in part.get("properties", {})}
    assert [
        name for name in sorted(names) if not re.search(rf"(^## |[`.]){name}(`|\n)", language_page(), re.MULTILINE)
    ] == []


def _parts(part: object) -> list[dict[str, dict[str, object]]]:
    if isinstance(part, dict):
        return [part, *(inner for value in part.values() for inner in _parts(value))]
    return [inner for value in part for inner in _parts(value)] if isinstance(part, list) else []


def test_what_all_sources_share_is_explained_once() -> None:
    data = language_page().partition("\n## data\n")[2].partition("\n## ")[0]
    below = re.findall(r"^\| `(<name>\.split\.\w+)`", data, re.MULTILINE)
    assert below == [f"<name>.split.{key}" for key in schema()["definitions"]["split"]["properties"]]
