"""Decorators of click in, the options and arguments that they declare out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from expc.starting.option import CommandLine, Option
from expc.starting.source import UNKNOWN, Source, called, keywords

TYPES = {
    **{name: name for name in ("int", "float", "str", "bool")},
    **{"INT": "int", "FLOAT": "float", "STRING": "str", "BOOL": "bool", "Path": "str", "File": "str"},
    **{"IntRange": "int", "FloatRange": "float", "Choice": "str"},
}

VALUELESS = {"count", "flag_value"}
"""What makes an option take no value, and be neither on nor off."""


def from_click(source: Source) -> CommandLine | None:
    """None if no function is a command of click."""
    functions = [node for node in source.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    commands = [node for node in functions if any(_is(one, "command") for one in node.decorator_list)]
    options = [option for function in commands for one in function.decorator_list for option in _option(source, one)]
    if not commands:
        return None
    several = len(commands) > 1
    note = "it has several commands: put the one that is meant into the command, and take out what isn't its"
    return CommandLine("click", tuple(options), (note,) if several else ())


def _is(node: ast.expr, what: str) -> bool:
    name = called(node)
    return name.rpartition(".")[2] == what and name.partition(".")[0] not in ("app", "subparsers")


def _option(source: Source, node: ast.expr) -> Iterator[Option]:
    if not isinstance(node, ast.Call) or not (_is(node, "option") or _is(node, "argument")):
        return
    said = keywords(node)
    words = [word for word in (source.value(argument) for argument in node.args) if isinstance(word, str)]
    if not words:
        return
    positional = _is(node, "argument")
    long, _, off = next((word for word in words if word.startswith("--")), "").partition("/")  # --loud/--quiet
    name = words[0].lower() if positional else (long or words[0]).lstrip("-").strip()
    takes = _takes(source, said, words)
    flag = takes == "no value" and not VALUELESS & said.keys()
    default = source.value(said["default"]) if "default" in said else False if flag else None
    yield Option(
        name=name,
        form="{}" if positional else _form(long.strip() or words[0], takes, each=_is_multiple(source, said)),
        default=None if default is UNKNOWN else default,
        type=_type(said.get("type"), default),
        choices=_choices(source, said.get("type")),
        help=_text(source.value(said.get("help"))),
        required=(positional and "default" not in said and source.value(said.get("nargs")) != -1)
        or source.value(said.get("required")) is True,
        takes=takes,
        on=long.strip() if flag else "",
        off=off.strip(),
        dest=next((word for word in words if not word.startswith("-")), name).replace("-", "_").lower(),
        is_path="type" in said and called(said["type"]).rpartition(".")[2] in ("Path", "File"),
    )


def _form(word: str, takes: str, *, each: bool) -> str:
    """How a value is given; of several, whether the option stands before each."""
    if takes == "several values":
        return f"{word} {{}}" if not each else f"{word}={{}}" if word.startswith("--") else f"{word}{{}}"
    return f"{word}={{}}" if word.startswith("--") else f"{word} {{}}"


def _is_multiple(source: Source, said: dict[str, ast.expr]) -> bool:
    return source.value(said.get("multiple")) is True


def _takes(source: Source, said: dict[str, ast.expr], words: list[str]) -> Any:
    if source.value(said.get("is_flag")) is True or VALUELESS & said.keys() or any("/" in w for w in words):
        return "no value"
    many = source.value(said.get("nargs")) not in (None, 1, UNKNOWN) or isinstance(said.get("type"), ast.Tuple)
    if many and _is_multiple(source, said):
        return "groups of values"
    return "several values" if many or _is_multiple(source, said) else "a value"


def _type(node: ast.expr | None, default: object) -> str:
    if node is not None:
        return TYPES.get(called(node).rpartition(".")[2], "")
    return type(default).__name__ if isinstance(default, int | float | str) else ""


def _choices(source: Source, node: ast.expr | None) -> tuple[Any, ...]:
    if isinstance(node, ast.Call) and called(node).endswith("Choice") and node.args:
        found = source.value(node.args[0])
        return tuple(found) if isinstance(found, list) else ()
    return ()


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""
