"""Calls of absl's `DEFINE_…` in, the flags that they define out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from expc.starting.option import CommandLine, Option
from expc.starting.source import UNKNOWN, Source, called, imported, keywords

DEFINE = "DEFINE_"
TYPES = {
    **{"float": "float", "integer": "int", "string": "str", "boolean": "bool", "bool": "bool"},
    **{"enum": "str", "enum_class": "str"},
}
JOINED = {"list": ",", "spaceseplist": " "}
"""Flags whose value is one text, and what stands between its parts."""
MULTI = "multi_"
REQUIRED = ("mark_flag_as_required", "mark_flags_as_required")
CONFIG = "its configuration file's values are flags, too: write `--config.lr={lr}` and the like into the command"


def from_absl(source: Source) -> CommandLine | None:
    """None if the program defines no flags with absl."""
    calls = [node for node in source.nodes if isinstance(node, ast.Call)]
    required = {name for call in calls for name in _required(source, call)}
    options = [option for call in calls for option in _option(source, call, required)]
    if not options or "absl" not in imported(source):
        return None
    has_config = any(called(call.func).endswith(("DEFINE_config_file", "DEFINE_config_dict")) for call in calls)
    return CommandLine("absl", tuple(options), (CONFIG,) if has_config else ())


def _required(source: Source, call: ast.Call) -> Iterator[str]:
    if called(call.func).endswith(REQUIRED) and call.args:
        found = source.value(call.args[0])
        yield from found if isinstance(found, list) else [found]


def _option(source: Source, call: ast.Call, required: set[str]) -> Iterator[Option]:
    kind = called(call.func).rpartition(".")[2]
    kind = kind.removeprefix(DEFINE) if kind.startswith(DEFINE) else ""
    one = kind.removeprefix(MULTI)
    if one not in TYPES and kind not in JOINED:
        return
    said = _said(call, one)
    name, default = source.value(said.get("name")), source.value(said.get("default"))
    if not isinstance(name, str):
        return
    choices = _members(source, said.get("enum_class")) or source.value(said.get("enum_values"))
    text = source.value(said.get("help"))
    yield Option(
        name=name,
        form=f"--{name}={{}}",
        default=_member(said.get("default")) if kind == "enum_class" else _default(kind, default),
        type=TYPES.get(one, ""),
        choices=tuple(choices) if isinstance(choices, list) else (),
        help=text if isinstance(text, str) else "",
        required=name in required or source.value(said.get("required")) is True,
        takes="several values" if kind.startswith(MULTI) else "a value",
    )


def _said(call: ast.Call, kind: str) -> Mapping[str, ast.expr]:
    between = {"enum": ["enum_values"], "enum_class": ["enum_class"]}.get(kind, [])
    order = ["name", "default", *between, "help"]
    return {**dict(zip(order, call.args, strict=False)), **keywords(call)}


def _member(node: ast.expr | None) -> str | None:
    """`SGD` of `Optimizer.SGD`."""
    return node.attr if isinstance(node, ast.Attribute) else None


def _members(source: Source, node: ast.expr | None) -> list[str]:
    """What the class of an enumeration holds."""
    name = called(node) if node is not None else None
    classes = (one for one in source.nodes if isinstance(one, ast.ClassDef) and one.name == name)
    targets = (one.targets[0] for found in classes for one in found.body if isinstance(one, ast.Assign))
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _default(kind: str, found: Any) -> Any:
    """As a spec writes it."""
    if found is UNKNOWN or found is None:
        return None
    if kind in JOINED:
        return JOINED[kind].join(map(str, found)) if isinstance(found, list) else found
    return [found] if kind.startswith(MULTI) and not isinstance(found, list) else found
