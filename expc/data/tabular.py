"""A CSV file or a set that scikit-learn ships in, rows of columns with their labels or targets out; and such rows in,
arrays of numbers and of categories out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from expc.data import table
from expc.data.examples import Examples
from expc.data.labels import MISSING
from expc.data.problems import broken
from expc.data.sources import builtin_names
from expc.errors import ExpcError, nearest

_MANY = 10
_NEARLY_ALL = 0.9
"""Of a column's values, numbers, beside which others are slips."""


def read_table(
    file: BinaryIO, name: str, columns: Mapping[str, Any], group: str | int | None, *, of_training: bool
) -> Examples:
    """The features as texts, without the blanks around them; they are all columns but the label or target and the
    group, unless `columns` lists them.

    One error names every line that can't be used, or the first few and how many more."""
    records = table.records(file.read(), name)
    first = next(records, None)
    if first is None:
        raise ExpcError(f"{name} is empty")
    aim = "target" if "target" in columns else "label"
    places = _places(first[1], name, {aim: columns[aim], **({} if group is None else {"group": group})}, of_training)
    headed = any(isinstance(column, str) for column in _named(columns, group))
    features = _features(first[1], name, columns, set(places.values()), headed=headed)
    categorical = _chosen(first[1], name, columns.get("categorical", []), headed=headed)
    rows = list(chain([] if headed else [first], records))
    _check(rows, len(first[1]), places, name)
    return Examples(
        name,
        np.array([[fields[place].strip() for place in features.values()] for _, fields in rows], dtype=object),
        np.array([fields[places[aim]].strip() for _, fields in rows], dtype=object),
        np.array([line for line, _ in rows], dtype=np.int64),
        np.array([fields[places["group"]].strip() for _, fields in rows], dtype=object) if "group" in places else None,
        tuple(features),
        frozenset(categorical),
    )


def builtin_table(name: str) -> Examples:
    """A set that scikit-learn ships, whole; classes go by their names."""
    known = builtin_names("tables")
    if name not in known:
        raise ExpcError(f"scikit-learn ships no table named {name!r}; {nearest(name, known)}")
    from sklearn import datasets

    found = getattr(datasets, f"load_{name}")()
    names = found.get("target_names")
    labels = [repr(float(target)) if names is None else str(names[target]) for target in found.target]
    columns = tuple(str(column) for column in found.feature_names)
    return Examples(f"scikit-learn's {name}", found.data, np.array(labels, dtype=object), columns=columns)


def targets_of(examples: Examples) -> NDArray[np.float64]:
    """What stands in place of labels, as numbers."""
    for row, text in enumerate(examples.labels):
        if not table.NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            hint = "is it a class? then the column is a `label`, not a `target`"
            raise ExpcError(f"{examples.place(row)}: target {text!r} is not a finite number; {hint}")
    return examples.labels.astype(np.float64)


def numeric_columns(training: Examples) -> tuple[bool, ...]:
    """Whether each column holds numbers: by the training data, unless it is named as categorical.

    Raises ExpcError for a column in which nearly all are numbers: what is no number there is more likely a slip."""
    if training.inputs.dtype != object:
        return (True,) * len(training.columns)
    named = [column in training.categorical for column in training.columns]
    return tuple(not is_named and _are_numbers(training, place) for place, is_named in enumerate(named))


def _are_numbers(training: Examples, place: int) -> bool:
    known = [(row, text) for row, text in enumerate(training.inputs[:, place]) if text not in MISSING]
    others = [(row, text) for row, text in known if not table.NUMBER.fullmatch(text)]
    numbers = len(known) - len(others)
    if others and numbers >= max(_MANY, _NEARLY_ALL * len(known)):
        row, text = others[0]
        column = training.columns[place]
        counted = f"column {column!r}: {numbers} of {len(known)} values are numbers, and this is {text!r}"
        ways = "mend it, or leave it empty if it isn't known, or name the column under `categorical` if it has classes"
        raise ExpcError(f"{training.place(row)}: {counted}; {ways}")
    return not others


def arrays_of(examples: Examples, numeric: Sequence[bool]) -> dict[str, NDArray[Any]]:
    """`numbers` (n × columns, nan where missing) and `categories` (n × columns, empty where missing)."""
    which = np.array(numeric, dtype=bool)
    if examples.inputs.dtype != object:
        return {"numbers": examples.inputs.astype(np.float64), "categories": np.empty((len(examples), 0), dtype="U1")}
    numbers = [list(_floats(examples, place)) for place in np.flatnonzero(which).tolist()]
    texts = [["" if text in MISSING else text for text in row] for row in examples.inputs[:, ~which]]
    return {
        "numbers": np.array(numbers, dtype=np.float64).reshape(len(numbers), len(examples)).T,
        "categories": np.array(texts, dtype=np.str_).reshape(len(examples), np.count_nonzero(~which)),
    }


def _floats(examples: Examples, place: int) -> Iterator[float]:
    for row, text in enumerate(examples.inputs[:, place]):
        if text in MISSING:
            yield math.nan
        elif table.NUMBER.fullmatch(text):
            yield float(text)
        else:
            column = examples.columns[place]
            message = f"{text!r} is not a number, and those of the training data in the column {column!r} all are"
            raise ExpcError(f"{examples.place(row)}: {message}; name the column under `categorical` if it is none")


def _named(columns: Mapping[str, Any], group: str | int | None) -> list[str | int | None]:
    """Every column that the spec names."""
    one = [columns.get("label"), columns.get("target"), group]
    return [*one, *columns.get("features", []), *columns.get("categorical", [])]


def _places(first: list[str], name: str, wanted: Mapping[str, str | int], of_training: bool) -> dict[str, int]:
    """Where the columns are; a file that isn't split needs no group."""
    found: dict[str, int] = {}
    for key, column in wanted.items():
        fault = table.fault(column, first, name)
        if fault is None:
            found[key] = table.position(column, first)
        elif key != "group" or of_training:
            raise ExpcError("; ".join(fault))
    return found


def _features(
    first: list[str], name: str, columns: Mapping[str, Any], taken: set[int], *, headed: bool
) -> dict[str, int]:
    """The place of each feature, by its name, or by its number where there is no header."""
    if "features" in columns:
        return _chosen(first, name, columns["features"], headed=headed)
    if headed and (fault := table.repeated(first, name)):
        raise ExpcError("; ".join(fault))
    return {first[place] if headed else str(place): place for place in range(len(first)) if place not in taken}


def _chosen(first: list[str], name: str, wanted: Sequence[str | int], *, headed: bool) -> dict[str, int]:
    found: dict[str, int] = {}
    for column in wanted:
        fault = table.fault(column, first, name)
        if fault:
            raise ExpcError("; ".join(fault))
        place = table.position(column, first)
        found[first[place] if headed else str(place)] = place
    return found


def _check(rows: list[table.Record], width: int, places: Mapping[str, int], name: str) -> None:
    if not rows:
        raise ExpcError(f"{name} has a header and no examples")
    problems = [f"{name}:{line}: {problem}" for line, problem in _problems(rows, width, places)]
    if problems:
        raise broken(problems)


def _problems(rows: list[table.Record], width: int, places: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    for line, fields in rows:
        if len(fields) != width:
            yield line, f"{len(fields)} fields, and the first line has {width}"
            continue
        empty = next((key for key, place in places.items() if fields[place].strip() in MISSING), None)
        if empty is not None:
            yield line, f"the {empty} is missing; write one, or remove the line"
