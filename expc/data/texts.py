"""A CSV, TSV or JSON Lines file in, its texts and labels out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, BinaryIO

import numpy as np

from expc.data import lines, table
from expc.data.examples import Examples
from expc.data.problems import broken
from expc.errors import ExpcError


def read_texts(
    file: BinaryIO, name: str, columns: Mapping[str, str | int] | None, group: str | int | None = None
) -> Examples:
    """The texts as they stand, and labels and groups without the blanks around them.

    One error names every line that can't be used, or the first few and how many more."""
    columns = {**table.COLUMNS, **(columns or {}), **({} if group is None else {"group": group})}
    records = table.records(file.read(), name)
    first = next(records, None)
    if first is None:
        raise ExpcError(f"{name} is empty")
    places = {key: _position(column, first[1], name) for key, column in columns.items()}
    rows = list(records if table.has_header(columns) else chain([first], records))
    _check(rows, len(first[1]), places, name)
    return Examples(
        name,
        np.array([fields[places["text"]] for _, fields in rows], dtype=object),
        np.array([fields[places["label"]].strip() for _, fields in rows], dtype=object),
        np.array([line for line, _ in rows], dtype=np.int64),
        None if group is None else np.array([fields[places["group"]].strip() for _, fields in rows], dtype=object),
    )


def read_lines(
    file: BinaryIO, name: str, columns: Mapping[str, Any] | None, group: str | int | None = None
) -> Examples:
    """Those of a JSON Lines file, with the same errors."""
    rows = list(lines.rows(file.read(), {**(columns or {}), **({} if group is None else {"group": group})}))
    problems = [f"{name}:{row.line}: {row.problem}" for row in rows if row.problem]
    if problems or not rows:
        raise broken(problems or [f"{name} is empty"])
    return Examples(
        name,
        np.array([row.text for row in rows], dtype=object),
        np.array([row.label for row in rows], dtype=object),
        np.array([row.line for row in rows], dtype=np.int64),
        None if group is None else np.array([row.group for row in rows], dtype=object),
    )


def _position(column: str | int, first: list[str], name: str) -> int:
    fault = table.fault(column, first, name)
    if fault:
        raise ExpcError("; ".join(fault))
    return table.position(column, first)


def _check(rows: list[table.Record], width: int, places: Mapping[str, int], name: str) -> None:
    if not rows:
        raise ExpcError(f"{name} has a header and no examples")
    problems = [f"{name}:{line}: {problem}" for line, problem in _problems(rows, width, places)]
    if problems:
        raise broken(problems)


def _problems(rows: list[table.Record], width: int, places: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    for line, fields in rows:
        if len(fields) != width:
            yield line, f"{_fields(len(fields))}, and the first line has {width}"
            continue
        empty = next((key for key, place in places.items() if not fields[place].strip()), None)
        if empty is not None:
            yield line, f"the {empty} is empty; write one, or remove the line"


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"
