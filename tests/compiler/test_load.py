"""YAML text in, plain data with positions out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expc.compiler.reading.load import Document, load, read
from expc.errors import Diagnostic, SpecError


def document(tmp_path: Path, text: str | bytes) -> Document:
    path = tmp_path / "spec.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load(str(path))


def findings(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(SpecError) as error:
        document(tmp_path, text)
    return [str(finding).partition("spec.yaml:")[2] for finding in error.value.diagnostics]


VALUES = [
    ("1e-3", 0.001),
    ("1E5", 100000.0),
    ("-0.5", -0.5),
    (".5", 0.5),
    ("010", 10),
    ("0o10", 8),
    ("0x1F", 31),
    ("-7", -7),
    ("+7", 7),
    ("9223372036854775807", 9223372036854775807),
    ("12:30:00", "12:30:00"),
    ("1:30", "1:30"),
    ("no", "no"),
    ("Yes", "Yes"),
    ("off", "off"),
    ("true", True),
    ("FALSE", False),
    ("null", None),
    ("~", None),
    ("", None),
    ('"1"', "1"),
    ("'it''s'", "it's"),
    ("=", "="),
    ("nan", "nan"),
    ("1.2.3", "1.2.3"),
    ("$(rm -rf ~)", "$(rm -rf ~)"),
    ('"{{ 7*7 }}"', "{{ 7*7 }}"),
    ("über 🎉", "über 🎉"),
    ("!!str 5", "5"),
    ('"\\ud83c\\udf89"', "🎉"),
    ("|\n  two\n  lines\n", "two\nlines\n"),
    ("[1, [2], {a: b}]", [1, [2], {"a": "b"}]),
]


@pytest.mark.parametrize(("written", "value"), VALUES)
def test_a_value_is_what_yaml_1_2_says(tmp_path: Path, written: str, value: object) -> None:
    found = document(tmp_path, f"v: {written}\n").value["v"]
    assert (found, type(found)) == (value, type(value))


MERGES = [
    ("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\n", {"p": 1, "q": 3}),
    ("a: &x {p: 1, q: 2}\nb: {q: 3, <<: *x}\n", {"p": 1, "q": 3}),
    ("a: &x {p: 1}\nc: &y {p: 2, q: 2}\nb: {<<: [*x, *y]}\n", {"p": 1, "q": 2}),
    ("a: &x {p: 1}\nc: &y {<<: *x, q: 2}\nb: {<<: *y}\n", {"p": 1, "q": 2}),
    ("b: {<<: {p: 1}, q: 2}\n", {"p": 1, "q": 2}),
    ('b: {"<<": 1}\n', {"<<": 1}),
]


@pytest.mark.parametrize(("text", "merged"), MERGES)
def test_what_is_written_out_wins_over_what_is_merged_and_earlier_merges_over_later(
    tmp_path: Path, text: str, merged: dict[str, Any]
) -> None:
    assert document(tmp_path, text).value["b"] == merged


@pytest.mark.parametrize(
    "raw",
    [b"a: 1\nb: [x, y]\n", b"\xef\xbb\xbfa: 1\nb: [x, y]\n", b"a: 1\r\nb: [x, y]\r\n", b"---\na: 1\nb: [x, y]\n...\n"],
)
def test_byte_order_marks_line_ends_and_document_marks_change_nothing(tmp_path: Path, raw: bytes) -> None:
    assert document(tmp_path, raw).value == {"a": 1, "b": ["x", "y"]}


def test_a_value_that_aliases_share_is_not_shared_in_the_data(tmp_path: Path) -> None:
    value = document(tmp_path, "a: &x [1]\nb: *x\n").value
    value["a"].append(2)
    assert value == {"a": [1, 2], "b": [1]}


PLACED = """\
name: x
params: &p
  lr: 0.1
  widths: [3, {a: 4}]
stage:
  <<: *p
  own: 5
again: *p
empty:
list:
  - one
  -
last: 1
"""
POSITIONS = [
    ((), (1, 1), (1, 1)),
    (("name",), (1, 7), (1, 1)),
    (("params",), (2, 9), (2, 1)),
    (("params", "lr"), (3, 7), (3, 3)),
    (("params", "widths", 1), (4, 15), (4, 15)),
    (("params", "widths", 1, "a"), (4, 19), (4, 16)),
    (("stage", "own"), (7, 8), (7, 3)),
    (("stage", "lr"), (6, 3), (6, 3)),  # by `<<`
    (("stage", "widths", 1, "a"), (6, 3), (6, 3)),
    (("again", "lr"), (8, 8), (8, 1)),  # by an alias
    (("empty",), (9, 1), (9, 1)),
    (("list", 0), (11, 5), (11, 5)),
    (("list", 1), (11, 3), (10, 1)),  # nothing is written there
    (("params", "missing", 7), (2, 9), (2, 1)),
    (("nowhere",), (1, 1), (1, 1)),
]


@pytest.mark.parametrize(("pointer", "value", "key"), POSITIONS)
def test_a_pointer_has_the_place_of_its_value_or_key_or_of_what_is_around_it(
    tmp_path: Path, pointer: tuple[str | int, ...], value: tuple[int, int], key: tuple[int, int]
) -> None:
    found = document(tmp_path, PLACED)
    assert (found.position(pointer), found.position(pointer, key=True)) == (value, key)


def test_a_diagnostic_names_the_file_as_the_user_wrote_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    Path("sub/spec.yaml").write_text("a:\n  b: 1\n")
    found = load("./sub/spec.yaml")
    assert found.diagnostic("E999", ("a", "b"), "odd", "mend it") == Diagnostic(
        "./sub/spec.yaml", 2, 6, "E999", "odd", "mend it"
    )
    assert found.diagnostic("E999", ("a", "b"), "odd", key=True).column == 3


def test_all_flaws_of_a_file_come_in_one_run(tmp_path: Path) -> None:
    text = "a: .nan\nb: !!set {x}\n1: 2\na: 3\nc: {d: 2024-01-01, d: 1}\n"
    assert [line.split("\n")[0] for line in findings(tmp_path, text)] == [
        "1:4: E106 the number .nan isn't finite",
        "2:4: E106 the language has no tags, and this is '!!set'",
        "3:1: E106 a key must be text, and 1 is a whole number",
        "4:1: E104 repeated key 'a'",
        "5:8: E106 2024-01-01 is a date, and the language has no dates",
        "5:20: E104 repeated key 'd'",
    ]


def test_half_a_character_is_no_text(tmp_path: Path) -> None:
    assert [line.split("\n")[0] for line in findings(tmp_path, 'a: "\\ud83c"\n"\\ud83c": 1\n')] == [
        r"1:4: E106 '\ud83c' can't be read as a text",
        r"2:1: E106 '\ud83c' can't be read as a text",
    ]


def test_a_flaw_in_what_aliases_repeat_is_named_once(tmp_path: Path) -> None:
    assert [line[:9] for line in findings(tmp_path, "a: &x [.inf]\nb: [*x, *x]\nc: {<<: &y {d: .nan}}\n")] == [
        "1:8: E106",
        "3:16: E10",
    ]


def test_what_can_be_read_beside_flaws_is_read(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text("a: 1\na: 2\nb: .nan\n3: c\n")
    found = read(str(path))
    assert found.value == {"a": 1, "b": None, "3": "c"}
    assert [finding.code for finding in found.findings] == ["E104", "E106", "E106"]


SYNTAX = [
    ("a:\n\tb: 1\n", "2:1: E103 a tab where YAML takes spaces only"),
    ("a: 'x\n", "1:4: E103 a quote that is never closed"),
    ('a: "\\q"\n', "1:6: E103 an unknown escape in a text in double quotes"),
    ('a: "\\x1"\n', "1:7: E103 an escape without all its digits"),
    ("a: [1, 2\nb: 3\n", "1:4: E103 a list in brackets that is never closed"),
    ("a: {b: 1\nc: 3\n", "1:4: E103 a mapping in braces that is never closed"),
    ("a: [", "1:5: E103 the file ends inside brackets or braces"),
    ("a: [1]]\n", "1:7: E103 a bracket that was never opened"),
    ("a: 1\n}\n", "2:1: E103 a brace that was never opened"),
    ("a: 'b' c\n", "1:8: E103 a text where a key should stand"),
    ("a: b: c\n", "1:5: E103 a `:` where no key can stand"),
    ("a: - 1\n", "1:4: E103 a `- ` where no list can stand"),
    ("a:\n  b: 1\n c: 2\n", "3:2: E103 a line that doesn't fit the keys above"),
    ("a:\n  - 1\n b: 2\n", "3:2: E103 a line that doesn't fit the keys above"),
    ("a: 1\nb\nc: 2\n", "2:1: E103 a line that is no `key: value`"),
    ("a: &\n", "1:4: E103 an `&` that begins no anchor"),
    ("a: !u!x y\n", "1:4: E103 a `!` that begins no tag"),
    ("%BAD\x01", "1:5: E103 the character 0x0001 can't stand in YAML"),
    ("%YAML x\n---\na: 1\n", "1:7: E103 a `%` line that YAML doesn't know"),
    ("a: `x`\n", "1:4: E103 a character that can't begin a value"),
    ("a: *b\n", "1:4: E105 nothing above is named &b"),
    ("a: &a [*a]\n", "1:8: E105 *a stands inside the value that it means"),
    ("a: 1\n---\n", "2:1: E107 a second document begins here"),
]


@pytest.mark.parametrize(("text", "finding"), SYNTAX)
def test_what_is_no_yaml_is_said_in_our_words(tmp_path: Path, text: str, finding: str) -> None:
    assert [line.split("\n")[0] for line in findings(tmp_path, text)] == [finding]


@pytest.mark.parametrize("text", ["import sys\n", "print(1)  # a: b\n", ""])
def test_of_a_program_it_is_said_how_to_get_a_spec(tmp_path: Path, text: str) -> None:
    path = tmp_path / "train.py"
    path.write_text(text)
    with pytest.raises(SpecError) as error:
        load(str(path))
    assert str(error.value) == (
        f"{path}:1:1: E107 the file is a program in Python, and no spec\n"
        f"    `expc init --from {path}` writes a spec of it"
    )


def test_nesting_counts_through_aliases(tmp_path: Path) -> None:
    deep = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 120))
    assert findings(tmp_path, deep)[0].startswith("99:12: E105 more than 100 levels of nesting")


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc -:#", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=PLAIN)
def test_json_is_read_as_json(tmp_path: Path, value: object) -> None:
    assert document(tmp_path, json.dumps({"v": value})).value == {"v": value}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text("ab1:- \n\t[]{}\"'*&!%@#|>?,<~.\x01", max_size=30))
def test_any_text_is_read_or_refused_with_a_place_in_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        found = list(read(str(path)).findings)
    except SpecError as error:
        found = list(error.diagnostics)
    assert all(1 <= finding.line <= text.count("\n") + 2 and finding.column >= 1 for finding in found)


def test_loading_imports_nothing_heavy() -> None:
    heavy = {"jsonschema", "referencing", "numpy", "click"}
    program = f"import sys, expc.compiler.reading.load; print(sorted({heavy} & {{*sys.modules}}))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
