"""A table whose columns the spec gives by numbers in, its first row, if that looks like a header, out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from expc.data import table
from expc.data.identifiers import beginning
from expc.errors import ExpcError

FEW = 10
"""Rows, below which a label that stands once is nothing strange."""

_WORD = re.compile(r"[A-Za-z_][\w .-]*")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")


def header_among_rows(path: Path, name: str, columns: Mapping[str, Any]) -> tuple[str, ...]:
    """Empty if it doesn't look like one, if there are too few rows, or if the file is broken."""
    try:
        records = [fields for _, fields in table.records(beginning(path), name)]
    except (ExpcError, OSError):
        return ()
    first, *others = records or [[]]
    rows = [fields for fields in others if len(fields) == len(first)]
    if len(rows) < FEW or len({*first}) < len(first) or not all(map(_WORD.fullmatch, first)):
        return ()
    label = columns.get("label")
    alone = isinstance(label, int) and label < len(first) and _stands_alone(first[label], [row[label] for row in rows])
    above = any(_above_numbers([row[place] for row in rows]) for place in range(len(first)))
    return tuple(first) if alone or above else ()


def _stands_alone(first: str, others: Sequence[str]) -> bool:
    """Whether every label but this one is met again and again."""
    met = Counter(others)
    return first not in met and min(met.values()) > 1


def _above_numbers(values: Sequence[str]) -> bool:
    return all(_NUMBER.fullmatch(value.strip()) for value in values)
