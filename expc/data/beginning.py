"""A file of a data set in, what is wrong with its beginning out: whether it holds what the entry's columns say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from expc.data import lines, npz, questions, table
from expc.errors import ExpcError

Pointer = tuple[str | int, ...]
Problem = tuple[Pointer, str, str]
"""The place below the entry, a message and a hint."""


def problems_at_beginning(
    source: str, part: str, path: Path, name: str, columns: Mapping[str, Any]
) -> Iterator[Problem]:
    """Of the file of a `part` (`file`, `train`, …), which the spec calls `name`."""
    return _CHECKS[source](part, path, name, columns)


def _table_problems(part: str, path: Path, name: str, columns: Mapping[str, Any]) -> Iterator[Problem]:
    first = table.first_record(path, name)
    if not first:
        yield (part,), f"{name} is empty", ""
        return
    for key, column in (columns or table.COLUMNS).items():
        for index, each in enumerate(column) if isinstance(column, list) else ((None, column),):
            fault = table.fault(each, first, name)
            if fault:
                yield ("columns", key) if index is None else ("columns", key, index), *fault
            if fault and table.other_separator(first, name):
                return  # what one column holds has none of the others, either
    learned = columns and not {"text", "features"} & set(columns)
    if learned and _is_headed(columns) and (fault := table.repeated(first, name)):
        yield (part,), *fault


def _is_headed(columns: Mapping[str, Any]) -> bool:
    """Whether a column goes by a name: then the first line has names."""
    named = [each for column in columns.values() for each in (column if isinstance(column, list) else [column])]
    return any(isinstance(each, str) for each in named)


def _question_problems(part: str, path: Path, name: str, columns: Mapping[str, Any]) -> Iterator[Problem]:
    if found := questions.problem(path, name, columns):
        pointer, message, hint = found
        yield pointer if pointer and columns else (part,), message, hint


def _npz_problems(part: str, path: Path, name: str, columns: Mapping[str, Any]) -> Iterator[Problem]:
    names = npz.array_names(path, name)
    try:
        npz.layout(part, names, {**npz.COLUMNS, **columns}, name)
    except ExpcError as error:
        yield ("columns",) if columns else (part,), str(error), ""


def _line_problems(part: str, path: Path, name: str, columns: Mapping[str, Any]) -> Iterator[Problem]:
    first = lines.first_row(path, columns)
    if first is None:
        yield (part,), f"{name} is empty", ""
    elif first.problem:
        message, _, hint = first.problem.partition("; ")
        at_columns = columns and message.startswith("no field")
        yield ("columns",) if at_columns else (part,), f"{name}:{first.line}: {message}", hint


_CHECKS: Mapping[str, Callable[[str, Path, str, Mapping[str, Any]], Iterator[Problem]]] = {
    "csv": _table_problems,
    "npz": _npz_problems,
    "jsonl": _line_problems,
    "questions": _question_problems,
}
