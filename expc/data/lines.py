"""A JSON Lines file in, the text and the label of each line out, or what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from expc.data.table import COLUMNS
from expc.errors import nearest


class Row(NamedTuple):
    line: int
    text: str
    label: str
    group: str
    problem: str
    """Empty if there is none."""


def rows(content: bytes, columns: Mapping[str, Any] | None) -> Iterator[Row]:
    """One for each line that isn't empty."""
    columns = {**COLUMNS, **(columns or {})}
    # Not splitlines: JSON may hold U+2028 as it is.
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            yield _row(number, line, columns)


def first_row(path: Path, columns: Mapping[str, Any]) -> Row | None:
    """The first one, without reading the rest of the file; None if there is none."""
    columns = {**COLUMNS, **columns}
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.removeprefix(b"\xef\xbb\xbf").strip():
                return _row(number, line.removeprefix(b"\xef\xbb\xbf"), columns)
    return None


def class_name(value: object) -> str:
    """A label as it is called in `classes`; ValueError if it can't be one."""
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case str() | int():
            return str(value).strip()
        case _:
            raise ValueError(f"{_kind(value)}; allowed: a text, a whole number, true or false")


def _row(number: int, line: bytes, columns: Mapping[str, Any]) -> Row:
    """`columns` may say which field is the group."""
    try:
        record = json.loads(line.decode())
    except UnicodeDecodeError as error:
        return Row(number, "", "", "", f"not UTF-8 (byte 0x{line[error.start]:02x}); save it as UTF-8")
    except (ValueError, RecursionError) as error:
        return Row(number, "", "", "", f"not JSON ({error}); each line must be one object")
    if not isinstance(record, dict):
        return Row(number, "", "", "", f"{_kind(record)}, and each line must be an object, {{…}}")
    for field in columns.values():
        if field not in record:
            return Row(number, "", "", "", f"no field {field!r}; {nearest(str(field), map(str, record))}")
    return _checked(number, {key: record[field] for key, field in columns.items()})


def _checked(number: int, found: Mapping[str, Any]) -> Row:
    text = found["text"]
    if not isinstance(text, str):
        return Row(number, "", "", "", f"the text is {_kind(text)}; it must be a text")
    if not text.strip():
        return Row(number, "", "", "", "the text is empty; write one, or remove the line")
    named = {}
    for key in [key for key in ("label", "group") if key in found]:
        try:
            named[key] = class_name(found[key])
        except ValueError as error:
            return Row(number, "", "", "", f"the {key} is {error}")
        if not named[key]:
            return Row(number, "", "", "", f"the {key} is empty; write one, or remove the line")
    return Row(number, text, named["label"], named.get("group", ""), "")


def _kind(value: object) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    return json.dumps(value)
