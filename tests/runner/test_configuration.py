"""Configuration files of own programs, read back by the formats' real libraries."""

from __future__ import annotations

import configparser
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomlkit
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from expc.compiler.programs.configuration import FORMATS, BaseError, read_tree
from expc.runner.configuration import text_of
from expc.runner.own import Unfilled

HOSTILE = {
    "quotes": 'it\'s "so"',
    "triple": "'''\"\"\"",
    "newlines": "a\nb\r\n\tc\n",
    "shell": "$(id) `id`; # not a comment",
    "braces": "{{ seed }} {seed} {args} %(x)s ${y}",
    "unicode": "ünï-日本-🎲-\u2028-\x85-\x7f-\ufeff",
    "dash": "-rf",
    "dashes": "--- a\n...",
    "empty": "",
    "spaces": "  both  ",
    "backslash": "C:\\new\\table\\",
    "no": "no",
    "looks_like_a_number": "1e-3",
    "date": "2020-01-01",
    "tilde": "~",
    "colon": "a: b, [c] {d} & *e !f |>",
    "small": 1e-05,
    "large": 1e22,
    "whole": -3,
    "yes": True,
    "sizes": [1, 2.5, "a b", False, "no"],
    "none_of_them": [],
}
READERS: dict[str, list[Callable[[str], Any]]] = {
    "toml": [tomllib.loads, lambda text: tomlkit.parse(text).unwrap()],
    "yaml": [yaml.safe_load, YAML(typ="safe", pure=True).load],
    "json": [json.loads],
}


def test_the_seed_alone_may_have_a_key_of_another_name() -> None:
    stated = {"format": "toml", "base": None, "set": None, "seed": "run.random_seed"}
    assert text_of("run.toml", stated, {"lr": 0.1, "seed": 3}, {}) == "lr = 0.1\n\n[run]\nrandom_seed = 3\n"
    assert text_of("run.toml", {**stated, "seed": None}, {"lr": 0.1, "seed": 3}, {}) == "lr = 0.1\n"


def rendered(form: str, values: dict[str, Any], base: Any = None, sets: Any = None, **places: str) -> str:
    stated = {"format": form, "base": json.dumps(base) if base else None, "set": sets}
    return text_of("run", stated, values, places)


@pytest.mark.parametrize("form", READERS)
def test_every_reader_gets_the_values_as_they_are(form: str) -> None:
    nested = {f"model.inner.{name}": value for name, value in HOSTILE.items()}
    expected = {**HOSTILE, "model": {"inner": HOSTILE}, "on": 1, "0": {"y": 2}}
    for read in READERS[form]:
        assert read(rendered(form, {**HOSTILE, **nested, "on": 1, "0.y": 2})) == expected


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**62), 2**62), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
)  # fmt: skip


@pytest.mark.parametrize("form", READERS)
@given(value=st.one_of(SCALARS, st.lists(SCALARS.filter(lambda item: item is not None))))
@settings(max_examples=60, deadline=None)
def test_any_value_comes_back_as_it_was(form: str, value: object) -> None:
    expected = {} if value is None and form == "toml" else {"key": value}
    for read in READERS[form]:
        found = read(rendered(form, {"key": value}))
        assert found == expected
        assert str(type(found.get("key"))) == str(type(value)) or not found


INI = {name: value for name, value in HOSTILE.items() if isinstance(value, str) and value == value.strip()} | {
    "whole": 3, "yes": True, "nothing": None, "sizes": [1, "a"],
}  # fmt: skip


def test_ini_has_sections_and_one_line_for_each_text() -> None:
    lines = {name: value for name, value in INI.items() if not (isinstance(value, str) and len(value.splitlines()) > 1)}
    parser = configparser.RawConfigParser()
    parser.read_string(rendered("ini", {**lines, **{f"a.b.{name}": value for name, value in lines.items()}}))
    expected = {name: value for name, value in lines.items() if isinstance(value, str)}
    expected |= {"whole": "3", "yes": "true", "sizes": '[1, "a"]'}
    assert dict(parser["a.b"]) == dict(parser["DEFAULT"]) == expected


BASES = {
    "base.toml": (
        '# why\ntitle = "a"\nwhen = 1979-05-27T07:32:00Z\nrates = [1, 2]\nlimit = inf\n\n[model]\nwidth = 8\n'
        'rate = 0.5\n"a key" = 1\n\n[model.inner]\ndepth = 2\n\n[[layers]]\nsize = 3\nname = "x"\n',
        {"model.width": 16, "model.rate": 1, "model.inner.depth": 4, "title": "b\nc", "limit": 2},
    ),
    "base.yaml": (
        "title: 'a'  # why\nwhen: 2020-01-01\nswitch: no\nrate: 1e-3\n0: zero\n'0': text\nmodel: &m\n  width: 8\n"
        "  inner: {depth: 2, names: [a, 'b: c']}\n"
        "layers:\n- size: 3\n  name: ~\n- [1, [2, x]]\ncopy: *m\nempty:\nnone: {}\n",
        {"model.width": 16, "rate": 1, "model.inner.depth": 4, "title": "b\nc"},
    ),
    "base.json": (
        '{"title": "a", "rate": 0.5, "model": {"width": 8, "inner": {"depth": 2}}, "layers": [{"size": 3}], "x": null}',
        {"model.width": 16, "rate": 1, "model.inner.depth": 4, "title": "b\nc"},
    ),
    "base.ini": (
        "[DEFAULT]\ntitle = a\n; why\n[model]\nwidth: 8\nAlone\nlong = one\n  two\n",
        {"model.width": 16, "title": "b"},
    ),
}


def parsed(name: str, text: str, reader: int = 0) -> Any:
    form = FORMATS[Path(name).suffix]
    if form != "ini":
        return READERS[form][reader](text)
    parser = configparser.RawConfigParser(allow_no_value=True)
    parser.read_string(text)
    return {section: dict(parser[section]) for section in parser}


@pytest.mark.parametrize("name", BASES)
def test_a_base_stays_as_it_is_but_for_what_is_set(tmp_path: Path, name: str) -> None:
    text, sets = BASES[name]
    (tmp_path / name).write_text(text)
    form = FORMATS[Path(name).suffix]
    tree = read_tree(tmp_path / name, form)
    for reader in range(len(READERS.get(form, [0]))):
        assert parsed(name, rendered(form, {}, tree), reader) == parsed(name, text, reader)
        expected = parsed(name, text, reader)
        for key, value in sets.items():
            inner = expected if form != "ini" else expected["DEFAULT"]
            *above, last = key.split(".")
            for part in above:
                inner = (expected if form == "ini" else inner)[part]
            inner[last] = str(value) if form == "ini" else value
            if form == "yaml" and key.startswith("model"):  # written out where it is an alias, and so not changed there
                expected["copy"] = parsed(name, text, reader)["copy"]
        if form == "ini":
            expected["model"]["title"] = "b"
        else:
            expected["model"] = json.loads(json.dumps(expected["model"]))
        assert parsed(name, rendered(form, sets, tree), reader) == expected


@pytest.mark.parametrize(
    ("form", "line"), [("toml", "rate = 1.0"), ("yaml", "rate: 1.0"), ("json", '  "rate": 1.0'), ("ini", "rate = 1")]
)
def test_a_whole_number_gets_a_point_where_the_base_has_one(form: str, line: str) -> None:
    leaf: Any = {"verbatim": "1e-3"} if form == "yaml" else 0.5
    base = {"table": {"DEFAULT": {"table": {"rate": "0.5"}}}} if form == "ini" else {"table": {"rate": leaf}}
    assert line in rendered(form, {"rate": 1}, base).splitlines()


def test_only_what_set_names_is_set_and_placeholders_are_filled() -> None:
    sets = {"run.seed": "seed", "run.folder": "{trial_dir}/{name}-{seed}", "missing": "unset"}
    found = rendered("json", {"seed": 3, "name": "{seed}", "other": 1}, None, sets, trial_dir="/t")
    assert json.loads(found) == {"run": {"seed": 3, "folder": "/t/{seed}-3"}}


@pytest.mark.parametrize("key", ["models.width", "model.widht", "title.x", "new"])
def test_a_key_that_the_base_does_not_have_is_never_added(tmp_path: Path, key: str) -> None:
    (tmp_path / "base.toml").write_text('title = "a"\n[model]\nwidth = 8\n')
    with pytest.raises(Unfilled, match=f"has no key {key}"):
        rendered("toml", {key: 1}, read_tree(tmp_path / "base.toml", "toml"))


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.toml", "a = \n", "it isn't TOML: Invalid value (at line 1, column 5)"),
        ("a.json", '{"a": NaN}', "it isn't JSON: NaN is no number in JSON"),
        ("a.json", "[1]", "its top isn't a mapping"),
        ("a.yaml", "a: 1\nb: !x 1\n", "it isn't YAML: line 2: a value with the tag !x"),
        ("a.yaml", "a: !!python/object:os.system {}\n", "it isn't YAML: line 1: a value with the tag !!python/object"),
        ("a.yaml", "a: [\n", "it isn't YAML: "),
        ("a.yaml", "- 1\n", "its top isn't a mapping"),
        (
            "a.ini",
            "# rates\na = 1\n[b]\nc = 2\n",
            "it isn't INI: line 2: 'a = 1' stands above the first section: a line such as [DEFAULT] must",
        ),
        ("a.cfg", "width\n", "it isn't INI: line 1: 'width' stands above the first section"),
        ("a.ini", "[a]\nb = 1\nb = 2\n", "it isn't INI: line 3: [a] has 'b' already"),
        ("a.ini", "[a]\nb = 1\n[c]\n[a]\n", "it isn't INI: line 4: there is a section [a] already"),
        ("a.ini", "[a]\n= 1\n", "it isn't INI: line 2: '= 1\\n' is neither a [section] nor a key"),
        ("a.toml", "\xff", "it isn't UTF-8"),
    ],
)
def test_a_base_that_is_none_is_said_to_be(tmp_path: Path, name: str, text: str, problem: str) -> None:
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    with pytest.raises(BaseError) as error:
        read_tree(tmp_path / name, FORMATS[Path(name).suffix])
    assert str(error.value).startswith(problem)
