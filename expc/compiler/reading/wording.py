"""What the schema has against a value in, findings in our own words out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from expc.compiler.reading.nodes import Pointer
from expc.compiler.reading.scalars import shown
from expc.compiler.reading.schema import either, expected, resolve, types
from expc.errors import nearest
from expc.spec import level_name


class Finding(NamedTuple):
    """A diagnostic that doesn't know yet where its pointer stands; `at_key` says that its key is meant."""

    pointer: Pointer
    at_key: bool
    code: str
    message: str
    hint: str
    missing: str = ""
    """The key that is missing, if that is what is wrong."""


class Violation(NamedTuple):
    """A keyword of the schema that doesn't hold for a value, or (`at_key`) for a key."""

    pointer: Pointer
    at_key: bool
    keyword: str
    wanted: Any
    found: Any
    schema: Mapping[str, Any]


def findings(violation: Violation) -> Iterator[Finding]:
    """Usually one; a mapping may lack several keys, and have several that are unknown."""
    yield from _KEYWORDS[violation.keyword](violation)


def spelled(pointer: Pointer) -> str:
    """A place in the spec as one would say it: `metrics[1]`, `data.sst2`, `factors.encoder['my level']`."""
    text = ""
    for step in pointer:
        if isinstance(step, str) and re.fullmatch("[A-Za-z_][A-Za-z0-9_-]*", step):
            text += f".{step}" if text else step
        else:
            text += f"[{shown(step) if isinstance(step, str) else step}]"
    return text


def described(value: Any) -> str:
    """A value as a message shows it."""
    match _type(value):
        case "boolean":
            return "true" if value else "false"
        case "number":
            return f"the {'whole ' if isinstance(value, int) else ''}number {value}"
        case "string":
            return f"the text {shown(value)}"
        case other:
            return {"null": "nothing", "array": "a list"}.get(other, "a mapping")


def _unknown_keys(violation: Violation) -> Iterator[Finding]:
    allowed = list(violation.schema.get("properties", {}))
    for name in violation.found:
        if name not in allowed:
            message = _at(violation.pointer, f"unknown key {shown(name)}")
            yield Finding((*violation.pointer, name), True, "E201", message, _instead(violation, name, allowed))


def _instead(violation: Violation, name: str, allowed: list[str]) -> str:
    """What to write for an unknown key; `x-entry` says it of a key that was meant as a value, with its number."""
    if instead := violation.schema.get("x-instead", {}).get(name):
        return str(instead)
    entry, found = violation.schema.get("x-entry"), violation.found[name]
    if entry and type(found) is int and not get_close_matches(name, allowed):
        return str(entry).replace("{key}", name).replace("{found}", str(found))
    return nearest(name, allowed)


def _excluded_key(violation: Violation) -> Iterator[Finding]:
    *around, name = violation.pointer
    message = _at(tuple(around), f"the key {shown(str(name))} can't stand beside the others")
    yield Finding(violation.pointer, True, "E201", message, violation.schema.get("x-hint", ""))


def _missing_keys(violation: Violation) -> Iterator[Finding]:
    for name in violation.wanted:
        if name not in violation.found:
            hint = violation.schema.get("x-hint") or _example(violation.schema, name)
            yield Finding(violation.pointer, True, "E202", _at(violation.pointer, f"missing key {name!r}"), hint, name)


def _wrong_type(violation: Violation) -> Iterator[Finding]:
    yield _finding(violation, "E203", f"expected {expected(violation.schema)}", _type_hint(violation))


def _not_allowed(violation: Violation) -> Iterator[Finding]:
    allowed = [str(value) for value in (violation.wanted if violation.keyword == "enum" else [violation.wanted])]
    hint = violation.schema.get("x-instead", {}).get(str(violation.found)) or violation.schema.get("x-hint")
    hint = hint or (nearest(str(violation.found), allowed) if len(allowed) > 1 else "")
    yield _finding(violation, "E204", f"expected {either(allowed)}", hint)


def _out_of_bounds(violation: Violation) -> Iterator[Finding]:
    wanted, found = violation.wanted, violation.found
    words = {
        "minimum": f"at least {wanted}",
        "maximum": f"at most {wanted}",
        "exclusiveMinimum": f"more than {wanted}",
        "exclusiveMaximum": f"less than {wanted}",
        "minItems": f"at least {wanted} {'item' if wanted == 1 else 'items'}",
        "maxItems": f"at most {wanted} items",
        "minProperties": f"at least {wanted} {'entry' if wanted == 1 else 'entries'}",
        "minLength": "a text that isn't empty",
        "maxLength": f"at most {wanted} characters",
    }
    size = described(found) if isinstance(found, int | float) else f"{len(found)}"
    size = "an empty one" if violation.keyword == "minLength" else size
    message = _at(violation.pointer, f"expected {words[violation.keyword]}, found {size}")
    yield Finding(violation.pointer, violation.at_key, "E205", message, violation.schema.get("x-hint", ""))


def _repeated(violation: Violation) -> Iterator[Finding]:
    item = shown(violation.found) if isinstance(violation.found, str) else str(violation.found)
    message = _at(violation.pointer[:-1], f"repeated item {item}")
    hint = "remove it: it stands further up already"
    before = str(violation.wanted)  # the one further up
    if before != str(violation.found):
        hint = f'{before} further up is the same number; quote them, "{item}", where a program tells them apart'
    yield Finding(violation.pointer, False, "E205", message, hint)


def _malformed(violation: Violation) -> Iterator[Finding]:
    grammar = violation.schema.get("patternErrorMessage", "")
    meant = _meant(violation.found, violation.wanted)
    hint = f"write {meant}" if meant else f"write {grammar}" if grammar else ""
    yield _finding(violation, "E206", f"expected {expected(violation.schema)}", hint)


def _meant(found: str, pattern: str) -> str:
    """The text as the language writes it, where it is the habit of another that keeps it from fitting."""
    for habit, ours in _SPELLINGS:
        meant = re.sub(habit, ours, found)
        if meant != found and re.fullmatch(pattern, meant):
            return meant
    return ""


def _finding(violation: Violation, code: str, message: str, hint: str) -> Finding:
    found = f"the key {shown(violation.found)}" if violation.at_key else described(violation.found)
    return Finding(
        violation.pointer, violation.at_key, code, _at(_around(violation), f"{message}, found {found}"), hint
    )


def _around(violation: Violation) -> Pointer:
    return violation.pointer[:-1] if violation.at_key else violation.pointer


def _at(pointer: Pointer, message: str) -> str:
    return f"{spelled(pointer)}: {message}" if pointer else message


def _example(part: Mapping[str, Any], name: str) -> str:
    wanted = resolve(part.get("properties", {}).get(name))
    match wanted:
        case {"examples": [str() | int() as example, *_]}:
            return f"add `{name}: {example}`"
        case {"enum": allowed}:
            return f"add `{name}: …`; allowed: {', '.join(allowed)}"
        case {"description": description}:
            return f"add it: {description}"
        case _:
            return f"add `{name}: …`"


def _type_hint(violation: Violation) -> str:
    wanted, found = types(violation.schema), violation.found
    hint = violation.schema.get("x-hints", {}).get(_type(found), "").replace("{found}", _written(found))
    match found:
        case str() if habit := _habit_hint(found, wanted):
            hint = habit
        case _ if hint:
            pass
        case None:
            hint = "write a value after the colon, or remove the key"
        case str():
            hint = f"write a list: [{shown(found)[1:-1]}]" if "array" in wanted else ""
        case bool() | int() | float() if "string" in wanted and "enum" not in violation.schema:
            hint = "put it in quotes if it is meant as text"
        case list() if "object" in wanted:
            hint = "write `key: value` on each line, without a `- `"
    return str(hint)


def _written(found: Any) -> str:
    """A list as the name of a level, a mapping as the list of its keys."""
    return ", ".join(map(str, found)) if isinstance(found, dict) else level_name(found)


def _habit_hint(found: str, wanted: list[str]) -> str:
    """What a text was meant as, if that can be told."""
    if truth := _HABITS.get(found.lower()):
        return f"{found} is a text in YAML 1.2; the truth value is written {truth}"
    if found.lower() == "none" and "null" in wanted:
        return f"{found} is a text; the empty value is written null"
    if NUMBER.fullmatch(found) and {"integer", "number"} & set(wanted):
        return "remove the quotes"
    if "object" in wanted and re.match(r"[A-Za-z_][A-Za-z0-9_.-]*:", found):
        return "put a space after the colon"
    return ""


def _type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


_SPELLINGS = (
    (r"^([0-9.]+)\s+", r"\1"),
    (r"([0-9]+)\s*(?:(d)ays?|(h)(?:ou)?rs?|(m)in(?:ute)?s?|(s)ec(?:ond)?s?)\s*", r"\1\2\3\4\5"),
    (r"^(?:val|valid|dev)[._]", "validation."),
    (r"@final$", "@last"),
    (r"@epoch\(", "@step("),
)
"""What a text may hold that follows another tool's habit, and how the language writes it."""
NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?")
_HABITS = {"yes": "true", "y": "true", "on": "true", "no": "false", "n": "false", "off": "false"}
_KEYWORDS: dict[str, Callable[[Violation], Iterator[Finding]]] = {
    "additionalProperties": _unknown_keys,
    "not": _excluded_key,
    "required": _missing_keys,
    "type": _wrong_type,
    "enum": _not_allowed,
    "const": _not_allowed,
    "minimum": _out_of_bounds,
    "maximum": _out_of_bounds,
    "exclusiveMinimum": _out_of_bounds,
    "exclusiveMaximum": _out_of_bounds,
    "minItems": _out_of_bounds,
    "maxItems": _out_of_bounds,
    "minProperties": _out_of_bounds,
    "minLength": _out_of_bounds,
    "maxLength": _out_of_bounds,
    "uniqueItems": _repeated,
    "pattern": _malformed,
}
