"""A table as the spec writes it in, the columns that only tell its rows apart out. Cheap: it reads a beginning."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from expc.data import table
from expc.errors import ExpcError

LOOKED_AT = 2**18
"""Bytes of a file: enough to know, and read before anybody notices."""
FEW = 20
"""Rows, below which numbers and names differ by chance."""

_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_NAMES = {"id", "uuid", "guid", "idx", "index", "key", "nr", "no", "number", "serial"}


class Identifiers(NamedTuple):
    """Of the columns that a table is learned from, those that differ in every row, and the others; and the number of
    rows that were looked at."""

    found: tuple[str, ...]
    others: tuple[str, ...]
    rows: int


def identifiers(path: Path, name: str, columns: Mapping[str, Any], group: str | int | None) -> Identifiers | None:
    """None if there are too few rows, if the file is broken (its preparation says where), or if the spec lists what is
    learned from."""
    if "features" in columns:
        return None
    try:
        records = [fields for _, fields in table.records(beginning(path), name)]
    except (ExpcError, OSError):
        return None
    wanted = [column for column in (columns.get("label"), columns.get("target"), group) if column is not None]
    categorical = columns.get("categorical", [])
    headed = any(isinstance(column, str) for column in (*wanted, *categorical))
    rows = [fields for fields in records[headed:] if len(fields) == len(records[0])]
    if len(rows) < FEW or any(table.fault(column, records[0], name) for column in wanted):
        return None
    names = records[0] if headed else [str(place) for place in range(len(records[0]))]
    taken = {table.position(column, records[0]) for column in wanted}
    learned = [place for place in range(len(names)) if place not in taken]
    idle = [place for place in learned if _tells_apart(names[place], [fields[place].strip() for fields in rows])]
    others = tuple(names[place] for place in learned if place not in idle)
    return Identifiers(tuple(names[place] for place in idle), others, len(rows))


def beginning(path: Path) -> bytes:
    """The first lines, whole."""
    with path.open("rb") as file:
        content = file.read(LOOKED_AT)
        return content if len(content) < LOOKED_AT else content[: content.rfind(b"\n") + 1]


def _tells_apart(name: str, values: Sequence[str]) -> bool:
    """Whether all differ, and are texts, or whole numbers that are counted up or called a number or an id."""
    if "" in values or len(set(values)) < len(values):
        return False
    if all(map(_WHOLE.fullmatch, values)):
        named = not _NAMES.isdisjoint(word.lower() for word in _WORD.findall(name))
        return named or all(int(after) == int(one) + 1 for one, after in pairwise(values))
    return not all(map(table.NUMBER.fullmatch, values))
