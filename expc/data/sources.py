"""A data set as the spec writes it in, what is wrong with its source out. Cheap: no numpy, no reading to the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from expc.data import npz, questions, table
from expc.errors import ExpcError, nearest

# Which kind of examples a source gives.
KIND_OF: Mapping[str, str] = {"csv": "texts", "npz": "images", "sklearn": "images", "questions": "questions"}

# Those that scikit-learn ships: the others would need a network.
_BUILTIN: Mapping[str, tuple[str, ...]] = {"images": ("digits",), "texts": (), "questions": ()}

_FILES = ("file", "train", "validation", "test")

Pointer = tuple[str, ...]
Problem = tuple[Pointer, str, str]


def builtin_names(kind: str) -> tuple[str, ...]:
    """The names that `source: sklearn` knows for a kind of examples, `images` or `texts`."""
    return _BUILTIN[kind]


def check_source(entry: Mapping[str, Any], kind: str | None, base: Path, *, name: str) -> list[Problem]:
    """(pointer below the entry, message, hint) of each problem.

    `kind` is what the task reads, None if it reads any. `base` is the folder to which paths are relative, and
    `name` the entry's own, which is that of a built-in set unless the entry says otherwise."""
    source = entry["source"]
    if kind is not None and KIND_OF[source] != kind:
        return [(("source",), f"source {source} gives {KIND_OF[source]}, and the task reads {kind}", _sources(kind))]
    if source == "sklearn":
        return list(_unknown_set(entry.get("name", name), KIND_OF[source]))
    problems: list[Problem] = []
    for part in _FILES:
        if part in entry:
            problems += _file_problems(entry, part, base / entry[part])
    return problems


def parts_given(entry: Mapping[str, Any], base: Path) -> set[str]:
    """Which of train, validation and test the source comes with, and expc need not make. Its files can be read."""
    given = {part for part in npz.PARTS if part in entry}
    if entry["source"] == "npz" and "file" in entry:
        names = npz.array_names(base / entry["file"], entry["file"])
        given |= set(npz.layout("file", names, {**npz.COLUMNS, **entry.get("columns", {})}, entry["file"]))
    return given


def fault_of_column(column: str | int, path: Path, name: str) -> tuple[str, str] | None:
    """Why the table has no such column (message, hint); None if it has."""
    return table.fault(column, table.first_record(path, name), name)


def _sources(kind: str) -> str:
    return "allowed: " + ", ".join(source for source, gives in KIND_OF.items() if gives == kind)


def _unknown_set(name: str, kind: str) -> Iterator[Problem]:
    known = builtin_names(kind)
    if name not in known:
        yield ("name",), f"scikit-learn ships no set of {kind} named {name!r}", nearest(name, known)


def _file_problems(entry: Mapping[str, Any], part: str, path: Path) -> list[Problem]:
    name = entry[part]
    check = {"csv": _table_problems, "npz": _npz_problems, "questions": _question_problems}[entry["source"]]
    try:
        if not path.exists():
            return [((part,), f"no file {name}", "paths are relative to the spec's folder")]
        if not path.is_file():
            return [((part,), f"{name} is not a file", "give the file itself, not a folder or a device")]
        return list(check(part, path, name, entry.get("columns") or {}))
    except OSError as error:
        return [((part,), f"{name} can't be read: {error.strerror}", "")]
    except ExpcError as error:
        return [((part,), str(error), "")]


def _table_problems(part: str, path: Path, name: str, columns: Mapping[str, Any]) -> Iterator[Problem]:
    first = table.first_record(path, name)
    if not first:
        yield (part,), f"{name} is empty", ""
        return
    for key, column in {**table.COLUMNS, **columns}.items():
        fault = table.fault(column, first, name)
        if fault:
            yield ("columns", key), *fault


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
