"""What `expc init` left for a person to say, and nobody has said yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from expc.compiler.checks.rule import Context, Finding, check
from expc.spec import CHANGE_ME, Pointer


@check("E361")
def not_said_yet(context: Context) -> Iterator[Finding]:
    for pointer in _places(context.document.value, ()):
        yield Finding(pointer, f"{CHANGE_ME} stands for something that only you know", _instead(pointer))


def _places(value: Any, pointer: Pointer) -> Iterator[Pointer]:
    """Where the placeholder stands, in the order of the file."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(inner, (*pointer, key))
    elif isinstance(value, str) and CHANGE_ME in value:
        yield pointer


def _instead(pointer: Pointer) -> str:
    match pointer:
        case (*_, "results", "file"):
            return (
                "name the JSON file of numbers that the program writes; or, if it prints them, say where they are:"
                " `results: {pattern: {accuracy: 'accuracy: ([-+0-9.e]+)'}}`"
            )
        case ("inputs", str(name), "file"):
            return f"write the path of the file that is {name!r}, relative to the spec"
        case (*_, "params", str(name)):
            return f"write the value of {name!r}, or remove the line if the program can do without"
        case _:
            return "write what is meant"
