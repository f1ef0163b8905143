"""A file of texts or of a table as the spec writes it in, what is odd about that which is to be predicted out.

Cheap: it reads a beginning. A file that is broken says nothing here; its preparation says where."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from expc.data import lines, table
from expc.data.identifiers import beginning
from expc.errors import ExpcError

MANY = 20
"""Different numbers, beyond which they are hardly classes."""
ROWS_EACH = 10
"""Rows of each number, from which on they may be classes all the same."""
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "?")
"""What stands for a value that isn't known."""


class Stated(NamedTuple):
    line: int
    text: str


class Odd(NamedTuple):
    words: str
    are_numbers: bool


def no_number(path: Path, name: str, entry: Mapping[str, Any]) -> Stated | None:
    """The first target that is no number; None if all that were looked at are, or aren't known."""
    odd = (one for one in _stated(path, name, entry) if one.text not in MISSING and not _is_number(one.text))
    return next(odd, None)


def hardly_classes(path: Path, name: str, entry: Mapping[str, Any]) -> Odd | None:
    """Why the labels are hardly meant as classes; None if nothing is odd."""
    kept = None if entry.get("labels") is None else {str(label) for label in entry["labels"]}
    found = [one.text for one in _stated(path, name, entry) if kept is None or one.text in kept]
    classes = list(dict.fromkeys(found))
    if _are_many_numbers(classes, len(found)):
        words = f"the labels of {len(found)} rows are {len(classes)} different numbers, and each is a class"
        return Odd(words, are_numbers=True)
    alike = next(_alike(classes), None)
    if alike:
        words = f"the labels {alike[0]!r} and {alike[1]!r} are two classes, and seem to be meant as one"
        return Odd(words, are_numbers=False)
    return None


def _are_many_numbers(classes: Sequence[str], rows: int) -> bool:
    """Whole numbers that have many rows each may be classes all the same."""
    if len(classes) <= MANY or not all(map(_is_number, classes)):
        return False
    return rows < ROWS_EACH * len(classes) or not all(float(label).is_integer() for label in classes)


def _alike(classes: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs that differ in case, in blanks, or in how a number is written."""
    met: dict[str | float, str] = {}
    for label in classes:
        plain = float(label) if _is_number(label) else " ".join(label.casefold().split())
        if met.setdefault(plain, label) != label:
            yield met[plain], label


def _is_number(text: str) -> bool:
    return bool(table.NUMBER.fullmatch(text)) and math.isfinite(float(text))


def _stated(path: Path, name: str, entry: Mapping[str, Any]) -> list[Stated]:
    """The labels, or targets, with their lines."""
    columns = dict(entry.get("columns") or table.COLUMNS)
    try:
        if entry["source"] == "jsonl":
            rows = lines.rows(beginning(path), columns)
            return [Stated(row.line, row.label) for row in rows if not row.problem]
        return list(_of_table(beginning(path), name, columns, entry.get("split") or {}))
    except (ExpcError, OSError):
        return []


def _of_table(content: bytes, name: str, columns: Mapping[str, Any], split: Mapping[str, Any]) -> Iterator[Stated]:
    records = list(table.records(content, name))
    aim = columns.get("target", columns.get("label", table.COLUMNS["label"]))
    if not records or table.fault(aim, records[0][1], name):
        return
    place, width = table.position(aim, records[0][1]), len(records[0][1])
    for line, fields in records[_is_headed(columns, split.get("group")) :]:
        if len(fields) == width:
            yield Stated(line, fields[place].strip())


def _is_headed(columns: Mapping[str, Any], group: str | int | None) -> bool:
    """Whether a column is given by its name, so that the first line has names."""
    given: Sequence[Any] = [group, *columns.values()]
    return any(isinstance(one, str) for column in given for one in (column if isinstance(column, list) else [column]))
