"""A CSV or TSV file in, its records with their lines out.

`.tsv` is apart by tabs, without quoting; everything else is RFC 4180, apart by commas. UTF-8, with or without a
byte order mark. A column is given by its index, or by its name in a header; one name makes the first line a header.
Empty lines are skipped."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from expc.errors import ExpcError, nearest

COLUMNS: Mapping[str, str | int] = {"text": "text", "label": "label"}

NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
"""What counts as one in a column."""

Record = tuple[int, list[str]]


def records(content: bytes, name: str) -> Iterator[Record]:
    """The line on which each record starts, and its fields."""
    return _records(io.StringIO(decoded(content, name), newline=_line_end(name)), name)


def first_record(path: Path, name: str) -> list[str]:
    """The fields of the first record, without reading the rest of the file; none if there is no record."""
    try:
        with path.open(encoding="utf-8-sig", newline=_line_end(name)) as file:
            return next(_records(file, name), (0, []))[1]
    except UnicodeDecodeError as error:
        raise ExpcError(f"{name}: not UTF-8; save it as UTF-8") from error


def has_header(columns: Mapping[str, str | int]) -> bool:
    return any(isinstance(column, str) for column in columns.values())


def position(column: str | int, first: Sequence[str]) -> int:
    """The index of a column that `fault` finds nothing wrong with."""
    return first.index(column) if isinstance(column, str) else column


def fault(column: str | int, first: Sequence[str], name: str) -> tuple[str, str] | None:
    """Why the file whose first record is `first` has no such column (message, hint); None if it has."""
    if isinstance(column, str):
        if first.count(column) > 1:
            return f"{name}:1: column {column!r} stands in the header more than once", "give columns by their indices"
        if column not in first:
            hint = _separator_hint(first, name) or _quotes_hint(column, first) or nearest(column, first)
            return f"{name}:1: no column {column!r} in the header", hint
    elif column >= len(first):
        allowed = f"allowed: 0 to {len(first) - 1}" if len(first) > 1 else "allowed: 0"
        return f"{name}:1: no column {column}, there are {len(first)}", _separator_hint(first, name) or allowed
    return None


def repeated(first: Sequence[str], name: str) -> tuple[str, str] | None:
    """Why not all columns go by their names in a header (message, hint); None if they do."""
    twice = next((column for place, column in enumerate(first) if column in first[:place]), None)
    if twice is None:
        return None
    hint = "rename one of them, or name the columns to learn from: `features: […]`"
    return f"{name}:1: column {twice!r} stands in the header more than once", hint


def other_separator(first: Sequence[str], name: str) -> str:
    """What seems to stand between the columns of a file that is read as a single one; empty if nothing does."""
    if len(first) != 1:
        return ""
    return next((each for each in ("," if _has_tabs(name) else "\t", ";", "|") if each in first[0]), "")


def _has_tabs(name: str) -> bool:
    return name.lower().endswith(".tsv")


def _separator_hint(first: Sequence[str], name: str) -> str:
    match other_separator(first, name):
        case "\t":
            return "the file seems to be separated by tabs, and is read as one column: name it .tsv"
        case ",":
            return "the file seems to be separated by commas, and is read as one column: name it .csv"
        case "":
            return ""
        case other:
            return (
                f"the file seems to be separated by {other!r}, and is read as one column: save it with commas "
                "between columns (and points in numbers)"
            )


def _quotes_hint(column: str, first: Sequence[str]) -> str:
    if f'"{column}"' not in first:
        return ""
    return "it is there in quotes, which a .tsv keeps: save the file with commas, as .csv, or without quotes"


def decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ExpcError(
            f"{name}:{line}: not UTF-8 (byte 0x{error.object[error.start]:02x}); save it as UTF-8"
        ) from error


def _line_end(name: str) -> str:
    # csv finds the ends of lines itself; without quoting, a lone carriage return is part of the text.
    return "\n" if _has_tabs(name) else ""


def _records(lines: Iterable[str], name: str) -> Iterator[Record]:
    found = _tabbed(lines) if _has_tabs(name) else _quoted(lines, name)
    return (record for record in found if record[1] not in ([], [""]))


def _tabbed(lines: Iterable[str]) -> Iterator[Record]:
    for number, line in enumerate(lines, start=1):
        yield number, line.removesuffix("\n").removesuffix("\r").split("\t")


def _quoted(lines: Iterable[str], name: str) -> Iterator[Record]:
    csv.field_size_limit(2**31 - 1)  # 128 KiB by default, and a document may be longer
    reader = csv.reader(lines, strict=True)
    start = 1
    try:
        for fields in reader:
            yield start, fields
            start = reader.line_num + 1
    except csv.Error as error:
        raise ExpcError(
            f"{name}:{start}: broken quoting ({error}); close the quotes, and double those inside"
        ) from error
