"""A table with a header in, the column that says whose rows these are, if several are of one, out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from expc.data import table
from expc.data.identifiers import beginning
from expc.errors import ExpcError

WHOSE = {"patient", "subject", "participant", "person", "user", "customer", "client", "speaker", "author", "animal"}
WHOSE |= {"donor", "student", "household", "session", "scan", "study", "id", "uuid", "guid"}
"""The last word of the name of a column that tells of whom or what a row is."""

FEW = 10
"""Different values, below which a column is rather one of categories."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


class Repeats(NamedTuple):
    column: str
    values: int
    rows: int


def repeats(path: Path, name: str, columns: Mapping[str, Any]) -> Repeats | None:
    """The first such column of which, on the average, two rows or more have each value."""
    try:
        records = [fields for _, fields in table.records(beginning(path), name)]
    except (ExpcError, OSError):
        return None
    first, *others = records or [[]]
    rows = [fields for fields in others if len(fields) == len(first)]
    stated = {column for column in columns.values() if isinstance(column, str)}
    for place, column in enumerate(first):
        values = {fields[place] for fields in rows}
        if column not in stated and _tells_whose(column) and len(values) >= FEW and len(rows) >= 2 * len(values):
            return Repeats(column, len(values), len(rows))
    return None


def _tells_whose(column: str) -> bool:
    words = _WORD.findall(column)
    return bool(words) and words[-1].lower() in WHOSE
