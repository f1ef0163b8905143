"""A scalar's tag and text in, its plain value or what the language has against it out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

TAG = "tag:yaml.org,2002:"


class Problem(NamedTuple):
    """Why the language doesn't take something, and what to write instead."""

    message: str
    hint: str


def scalar(tag: str, text: str) -> tuple[Any, Problem | None]:
    """The value, which is None where there is a problem."""
    read = _READ.get(tag)
    if read is None:
        return None, foreign(tag, text)
    try:
        value = read(text)
    except (ValueError, KeyError):
        return None, Problem(f"{shown(text)} can't be read as a {KINDS[tag]}", "quote it if it is meant as text")
    if isinstance(value, float) and not math.isfinite(value):
        return None, Problem(f"the number {text} isn't finite", "write a finite number, or null where nothing is meant")
    if isinstance(value, int) and abs(value) >= 2**63:
        return None, Problem("a whole number that needs more than 64 bits", "quote it if it is meant as text")
    return value, None


def foreign(tag: str, text: str = "") -> Problem:
    """Why a value with a tag that the language doesn't have isn't taken."""
    name = tag.removeprefix(TAG)
    if name == "timestamp":
        return Problem(f"{text} is a date, and the language has no dates", f'quote it: "{text}"')
    if name == "merge":
        return Problem("`<<` merges mappings, and only as a key", 'quote it: "<<"')
    written = f"!!{name}" if tag.startswith(TAG) else name
    hint = "remove it: values are texts, numbers, true, false, null, lists and mappings"
    return Problem(f"the language has no tags, and this is {shown(written)}", hint)


def shown(text: str, width: int = 40) -> str:
    """A text as a message shows it: quoted, on one line, cut to a width."""
    whole = repr(text)
    return whole if len(whole) <= width else f"{whole[: width - 4]}...{whole[-1]}"


def _text(text: str) -> str:
    """JSON writes what is beyond 16 bits as two escapes, which YAML readers leave apart."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    return text


def _integer(text: str) -> int:
    digits = text.replace("_", "").lower()
    sign, digits = (-1, digits[1:]) if digits.startswith("-") else (1, digits.removeprefix("+"))
    # Longer than anybody means, and Python itself refuses 4,300 digits.
    if not re.fullmatch("0b[01]+|0o[0-7]+|0x[0-9a-f]+|[0-9]{1,400}", digits):
        raise ValueError(text)
    # YAML 1.2: 010 is ten, and 0o10 is eight.
    return sign * int(digits, {"0b": 0, "0o": 0, "0x": 0}.get(digits[:2], 10))


def _number(text: str) -> float:
    return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))


KINDS = {
    TAG + "str": "text",
    TAG + "value": "text",
    TAG + "int": "whole number",
    TAG + "float": "number",
    TAG + "bool": "truth value",
    TAG + "null": "null",
    TAG + "timestamp": "date",
}
_READ: dict[str, Callable[[str], Any]] = {
    TAG + "str": _text,
    TAG + "value": _text,  # a lone `=`, which only YAML 1.1 means something by
    TAG + "int": _integer,
    TAG + "float": _number,
    TAG + "bool": lambda text: {"true": True, "false": False}[text.lower()],
    TAG + "null": lambda _: None,
}
