"""A value for a template's parameter in, the value in the declared type out, or why it doesn't fit."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from expc.spec import Scalar, Value

_WORDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "file": "a path to a text file",
}
_WORDS_FOR_MANY = {"int": "whole numbers", "float": "numbers", "str": "texts"}
_TYPES: Mapping[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "str": (str,), "file": (str,)}


@dataclass(frozen=True)
class Parameter:
    """What a spec can set. Bounds and choices of a list (`list[int]` …) are those of its items.

    `read_by` maps a slot, or another parameter, to the values under which this one is read; all must hold.
    The default of a list is a tuple."""

    name: str
    type: str
    default: Value
    description: str
    optional: bool = False
    min: float | None = None
    max: float | None = None
    min_items: int = 0
    choices: tuple[Scalar, ...] | None = None
    read_by: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    required: bool = False
    """Whether a spec must give it; there is no default then."""
    holds: tuple[str, ...] = ()
    """Of a file: what must stand in it."""
    fills: tuple[str, ...] = ()
    """Of a file: what else stands for something in it."""
    unseeded: tuple[Scalar, ...] = ()
    """The values at which nothing is drawn at random."""

    @property
    def is_file(self) -> bool:
        """Whether a spec names a file, whose text is what the trial gets."""
        return self.type == "file"

    @property
    def annotation(self) -> str:
        """Its type in Python."""
        return "str" if self.is_file else self.type

    @property
    def is_list(self) -> bool:
        return self.type.startswith("list[")

    @property
    def item_type(self) -> str:
        return self.type[5:-1] if self.is_list else self.type

    def problem(self, value: object) -> str | None:
        """Why the value doesn't fit, in words; None if it does."""
        if value is None:
            return None if self.optional else f"expected {self._expected()}, found null"
        if not self.is_list:
            return self._item_problem(value)
        if not isinstance(value, (list, tuple)):
            hint = f": write [{_plain(value)}]" if self._item_problem(value) is None else ""
            return f"expected {self._expected()}, found {_shown(value)}{hint}"
        if len(value) < self.min_items:
            return f"expected {self.min_items} or more items, found {len(value)}"
        problems = (self._item_problem(item) for item in value)
        return next((f"item {n}: {problem}" for n, problem in enumerate(problems, 1) if problem), None)

    def cast(self, value: Value) -> Value:
        """The value in the declared type, so that 1 and 1.0 are one value; a list is a tuple. It must fit."""
        if isinstance(value, (list, tuple)):
            return tuple(self._cast_item(item) for item in value)
        return self._cast_item(value)

    def _cast_item(self, item: Scalar) -> Scalar:
        return float(item) if self.item_type == "float" and isinstance(item, int) else item

    def _expected(self) -> str:
        if self.is_list:
            return f"a list of {_WORDS_FOR_MANY[self.item_type]}"
        if self.choices is not None:
            return f"one of {', '.join(map(_plain, self.choices))}"
        return _WORDS[self.type]

    def _item_problem(self, value: object) -> str | None:
        if not _is(value, self.item_type):
            hint = f": write {meant}" if (meant := self._meant(value)) else ""
            expected = _WORDS[self.item_type] if self.is_list else self._expected()
            return f"expected {expected}, found {_shown(value)}{hint}"
        if self.choices is not None and value not in self.choices:
            return f"expected one of {', '.join(map(_plain, self.choices))}, found {_shown(value)}"
        return self._range_problem(value)

    def _meant(self, value: object) -> str:
        """The number that a value stands for, written in another way."""
        if self.item_type == "int" and isinstance(value, float) and value.is_integer():
            return f"{value:.0f}"
        if (
            self.item_type == "float"
            and isinstance(value, str)
            and re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,9})? ?%", value)
        ):
            return f"{float(value.rstrip(' %')) / 100:g}"
        return ""

    def _range_problem(self, value: object) -> str | None:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return None
        if not math.isfinite(value):
            return f"expected a finite number, found {value}"
        if self.min is not None and value < self.min:
            return f"{_plain(value)} is too small: the smallest value is {_plain(self.min)}"
        if self.max is not None and value > self.max:
            return f"{_plain(value)} is too large: the largest value is {_plain(self.max)}"
        return None


def _is(value: object, kind: str) -> bool:
    # bool is a kind of int in Python, and true is no number in YAML.
    if isinstance(value, bool) or kind == "bool":
        return isinstance(value, bool) and kind == "bool"
    return isinstance(value, _TYPES[kind])


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f"the text {value!r}"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "a mapping" if isinstance(value, Mapping) else _plain(value)
