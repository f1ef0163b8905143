"""A file of `schemas/` in, its parts and their names in words out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from expc.assets import asset

TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "array": "a list",
    "object": "a mapping",
}


@cache
def schema(language: str = "spec") -> dict[str, Any]:
    """A language's only definition of shape: of specs, or of site files and templates, whose keys need none beside."""
    loaded: dict[str, Any] = json.loads(asset("schemas", f"{language}.schema.json").read_text(encoding="utf-8"))
    return loaded


def resolve(part: Any) -> Mapping[str, Any]:
    """A part of the schema. What stands beside a `$ref`, such as a description, wins over what is there."""
    if not isinstance(part, Mapping):
        return {}
    if "$ref" not in part:
        return part
    return {**resolve(schema()["definitions"][part["$ref"].rpartition("/")[2]]), **part}


def types(part: Mapping[str, Any]) -> list[str]:
    """The types that a part names, or those that its keywords are about."""
    stated = part.get("type", "object" if "properties" in part else [])
    return [stated] if isinstance(stated, str) else list(stated)


def expected(part: Mapping[str, Any]) -> str:
    """What a value of this part is, in words: "a size such as 512MiB or 16GB"."""
    if "title" in part:
        return str(part["title"])
    if "enum" in part:
        return either([str(value) for value in part["enum"]])
    return either([TYPES[name] for name in types(part)])


def either(words: Sequence[str]) -> str:
    """One of these, in words: "csv, npz or sklearn"."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
