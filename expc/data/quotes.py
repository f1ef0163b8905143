"""A table with tabs in, a field that stands in quotes as a CSV file has them out: a .tsv is read as it stands."""

from __future__ import annotations

import csv
from pathlib import Path

from expc.data import table
from expc.data.identifiers import beginning
from expc.errors import ExpcError


def quoted(path: Path, name: str) -> str:
    """The first such field; empty if there is none.

    Texts hold quotes of their own, and mostly not in pairs. They are taken for a way of writing only where all of them
    read as such, each row has as many columns as the first then, and quotes inside are doubled or tabs and lines are
    held together by them, or each field of the file stands in quotes."""
    if not name.lower().endswith(".tsv"):
        return ""
    try:
        content = beginning(path)
        text = table.decoded(content, name)
        plain = [fields for _, fields in table.records(content, name)]
    except (ExpcError, OSError):
        return ""
    try:
        rows = [row for row in csv.reader(text.splitlines(keepends=True), delimiter="\t", strict=True) if row]
    except csv.Error:
        return ""
    if len({len(row) for row in rows}) != 1:
        return ""
    fields = [field for row in plain for field in row if field.startswith('"')]
    doubled = next((field for field in fields if '""' in field.strip('"')), "")
    torn = len({len(row) for row in plain}) > 1
    every = all(field.startswith('"') and field.endswith('"') for row in plain for field in row)
    return doubled or (fields[0] if fields and (torn or every) else "")
