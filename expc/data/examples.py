"""Inputs with the labels that a file writes in; the classes, and each example's number among them, out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from expc.errors import ExpcError, nearest

_WHOLE = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True)
class Examples:
    """The examples of one file, in its order.

    `inputs` is n × channels × height × width, n texts, or n × columns, as texts if they come from a file; `labels`
    holds n texts, and `lines` where each stands in a file that has lines; `groups` which belong together, where the
    split asks for it. Of a table, `columns` names the features, and `categorical` those that hold no numbers, whatever
    stands there."""

    file: str
    inputs: NDArray[Any]
    labels: NDArray[np.object_]
    lines: NDArray[np.int64] | None = None
    groups: NDArray[np.object_] | None = None
    columns: tuple[str, ...] = ()
    categorical: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, which: NDArray[Any]) -> Examples:
        """Those at the indices `which`, or where it is true."""
        lines, groups = (None if of_each is None else of_each[which] for of_each in (self.lines, self.groups))
        return replace(self, inputs=self.inputs[which], labels=self.labels[which], lines=lines, groups=groups)

    def place(self, index: int) -> str:
        """Where an example stands, for messages."""
        return f"{self.file}: example {index}" if self.lines is None else f"{self.file}:{self.lines[index]}"


def classes_of(training: Examples, labels: Sequence[Any] | None) -> tuple[str, ...]:
    """The classes in the order of their numbers: `labels` as given, else all, by number if all are whole ones."""
    found = set(training.labels)
    if labels is None:
        numeric = all(_WHOLE.fullmatch(label) for label in found)
        classes = sorted(found, key=lambda label: (int(label) if numeric else 0, label))
    else:
        classes = [str(label) for label in labels]
        for label in classes:
            if label not in found:
                there = classes_of(training, None)
                raise ExpcError(f"labels: {label!r} is not a label of {training.file}; {nearest(label, there)}")
    if len(classes) < 2:
        raise ExpcError(f"{training.file} has one label only, {classes[0]!r}; a classifier needs two")
    return tuple(classes)


def only(examples: Examples, classes: Sequence[str]) -> Examples:
    """Without the examples of other classes."""
    kept = examples.take(np.isin(examples.labels.astype(str), classes))
    if not len(kept):
        raise ExpcError(f"{examples.file} has no example with one of the labels {', '.join(classes)}")
    return kept


def numbers(examples: Examples, classes: Sequence[str]) -> NDArray[np.int64]:
    """The index into `classes` of each label."""
    index = {label: number for number, label in enumerate(classes)}
    for row, label in enumerate(examples.labels):
        if label not in index:
            raise ExpcError(
                f"{examples.place(row)}: label {label!r} is not in the training data; {nearest(label, classes)}"
            )
    return np.fromiter((index[label] for label in examples.labels), dtype=np.int64, count=len(examples))
