"""The text of a configuration file in, its tree as the runner writes it out, and what its keys are.

A tree is a text, a number, true, false, null, `{"list": [tree, …]}`, `{"table": {key: tree}}`, or `{"verbatim": text}`
for what JSON has no value for. Plain scalars of YAML are verbatim: readers don't agree what `no` and `1e-3` are."""

from __future__ import annotations

import configparser
import json
import math
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from expc.compiler.reading.compose import Alias, FlawError, compose
from expc.compiler.reading.scalars import KINDS, TAG
from expc.errors import ExpcError

FORMATS = {".toml": "toml", ".yaml": "yaml", ".yml": "yaml", ".json": "json", ".ini": "ini", ".cfg": "ini"}
"""By the ending of a file's name."""

TAGS = {*KINDS, TAG + "map", TAG + "seq"}
"""What a value of YAML may be; a program's own tags mean something to it alone."""


class BaseError(ExpcError):
    """A file to start from that can't be read."""


def format_of(name: str) -> str:
    return FORMATS[Path(name).suffix.lower()]


def read_tree(path: Path, form: str) -> Any:
    """Raises BaseError, with the line where the reader tells it."""
    try:
        tree = _READERS[form](path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BaseError(f"it can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BaseError("it isn't UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise BaseError(f"it isn't {form.upper()}: {' '.join(str(error).split())}") from error
    if not isinstance(tree, dict) or "table" not in tree:
        raise BaseError("its top isn't a mapping")
    return tree


def keys(tree: Mapping[str, Any], form: str, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], bool]]:
    """(path, whether it is a table) of every key of a tree, tables first."""
    for key, node in tree["table"].items():
        path = (*above, key.strip("\"'") if form == "yaml" else key)
        table = isinstance(node, dict) and "table" in node
        yield path, table
        if table:
            yield from keys(node, form, path)


def dotted(path: tuple[str, ...], form: str) -> str:
    """A path as one writes it in a spec."""
    return ".".join(path[1:] if form == "ini" and path[0] == "DEFAULT" and len(path) > 1 else path)


def path_of(key: str, form: str) -> tuple[str, ...]:
    """The path that a dotted key means: the runner's `path_of` says the same."""
    if form != "ini":
        return tuple(key.split("."))
    section, _, inner = key.rpartition(".")
    return section or "DEFAULT", inner


def _toml(text: str) -> Any:
    return _node(tomllib.loads(text))


def _json(text: str) -> Any:
    return _node(json.loads(text, parse_constant=_refuse))


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number in JSON")


def _node(value: Any) -> Any:
    match value:
        case dict():
            return {"table": {key: _node(inner) for key, inner in value.items()}}
        case list():
            return {"list": [_node(inner) for inner in value]}
        case float() if not math.isfinite(value):
            return {"verbatim": str(value)}
        case None | str() | bool() | int() | float():
            return value
        case _:  # a date or a time
            return {"verbatim": value.isoformat()}


def _ini(text: str) -> Any:
    parser = configparser.RawConfigParser(default_section="\0", allow_no_value=True, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys as they are written
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(_ini_problem(error)) from error
    return {"table": {section: {"table": dict(_entries(parser, section))} for section in parser.sections()}}


def _ini_problem(error: configparser.Error) -> str:
    """With the first line that is wrong: configparser's own words name a file that nobody has written."""
    match error:
        case configparser.MissingSectionHeaderError(lineno=line, line=text):
            above = "a line such as [DEFAULT] must stand above, since each key of INI is in a section"
            return f"line {line}: {text.strip()!r} stands above the first section: {above}"
        case configparser.DuplicateSectionError(lineno=line, section=section):
            return f"line {line}: there is a section [{section}] already"
        case configparser.DuplicateOptionError(lineno=line, section=section, option=option):
            return f"line {line}: [{section}] has {option!r} already"
        case configparser.ParsingError(errors=[(line, text), *_]):
            return f"line {line}: {str(text).strip()} is neither a [section] nor a key"
        case _:
            return " ".join(str(error).split())


def _entries(parser: configparser.RawConfigParser, section: str) -> Iterator[tuple[str, Any]]:
    for key, value in parser.items(section):
        yield key, {"verbatim": ""} if value is None else value


def _yaml(text: str) -> Any:
    from ruamel.yaml.error import YAMLError

    try:
        root = compose(text)
    except FlawError as error:
        raise ValueError(f"line {error.flaw.place.line}: {error.flaw.message}") from error
    except YAMLError as error:
        raise ValueError(str(error)) from error
    return {"table": {}} if root is None else _yaml_node(root)


def _yaml_node(node: Any) -> Any:
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

    if isinstance(node, Alias):
        return _yaml_node(node.node)
    if str(node.tag) not in TAGS:
        written = str(node.tag).replace(TAG, "!!")
        raise ValueError(f"line {node.start_mark.line + 1}: a value with the tag {written}")
    match node:
        case MappingNode():
            return {"table": {_yaml_key(key): _yaml_node(value) for key, value in node.value}}
        case SequenceNode():
            return {"list": [_yaml_node(item) for item in node.value]}
        case ScalarNode() if not node.style and "\n" not in node.value:
            return {"verbatim": node.value or "null"}
        case _:
            return str(node.value)


def _yaml_key(key: Any) -> str:
    """As it is written: in quotes, it is a text whatever it looks like."""
    from ruamel.yaml.nodes import ScalarNode

    if not isinstance(key, ScalarNode):
        raise ValueError(f"line {key.start_mark.line + 1}: a key must be a text or a number")  # noqa: TRY004  (what is wrong is the file)
    return str(key.value) if not key.style else json.dumps(key.value, ensure_ascii=False)


_READERS: dict[str, Callable[[str], Any]] = {"toml": _toml, "yaml": _yaml, "json": _json, "ini": _ini}
