"""Calls of `add_argument` in, the options that they declare out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from expc.starting.option import CommandLine, Option
from expc.starting.source import UNKNOWN, Source, called, keywords

FLAGS = ("store_true", "store_false", "store_const", "append_const", "count")
STORED: Mapping[Any, bool] = {"store_true": False, "store_false": True}
"""The defaults that these have, if none is said."""
LISTS = ("append", "extend")
SPEAK = ("help", "version")


def from_argparse(source: Source) -> CommandLine | None:
    """None if the program declares nothing with argparse."""
    calls = [node for node in source.nodes if isinstance(node, ast.Call)]
    declared = [call for call in calls if called(call.func).endswith(".add_argument")]
    options = [option for call in declared for option in _option(source, call)]
    if not options:
        return None
    changed = dict(_set_defaults(source, calls))
    options = [replace(option, default=changed.get(option.dest, option.default)) for option in options]
    options = list(_paired(options))
    notes = []
    if any(called(call.func).endswith(".add_subparsers") for call in calls):
        notes.append("it has subcommands: put the one that is meant into the command, and take out what isn't its")
    for option in options:
        if option.type == "bool" and option.takes == "a value":
            said = f"--{option.name} has type=bool, for which every text is true, `false` as well"
            notes.append(said + (": so that false is said by an empty one" if option.is_switch else ""))
    return CommandLine("argparse", tuple(options), tuple(notes))


def _option(source: Source, call: ast.Call) -> Iterator[Option]:
    names = [name for name in (source.value(argument) for argument in call.args) if isinstance(name, str)]
    said = keywords(call)
    action = source.value(said.get("action"))
    if not names or action in SPEAK:
        return
    kind = _type(said.get("type"))
    choices = source.value(said["choices"]) if "choices" in said else []
    default = source.value(said["default"]) if "default" in said else STORED.get(action)
    takes = _takes(source, said, action)
    name, form = _form(names, many="nargs" in said if takes == "several values" else None)
    on, off = _switched(names, said, action)
    dest = source.value(said.get("dest"))
    optional = names[0].startswith("-")
    yield Option(
        name=name,
        form=form,
        default=None if default is UNKNOWN else default,
        type=kind or _type_of(default),
        choices=tuple(choices) if isinstance(choices, list) else (),
        help=_text(source.value(said.get("help"))),
        required=source.value(said.get("required")) is True
        if optional
        else source.value(said.get("nargs")) not in ("?", "*"),
        takes=takes,
        needs_one=source.value(said.get("nargs")) != "*",
        adds=action in LISTS,
        on=on,
        off=off,
        dest=dest if isinstance(dest, str) else name.replace("-", "_"),
        is_path="type" in said and called(said["type"]).rpartition(".")[2] in ("Path", "FileType", "open"),
    )


def _form(names: list[str], *, many: bool | None = None) -> tuple[str, str]:
    """An option's name, and how a value is given: by the long name if there is one. Of a list, `many` says whether the
    option stands before all of its values, and else before each."""
    if not names[0].startswith("-"):
        return names[0], "{}"
    long = next((name for name in names if name.startswith("--")), None)
    if many is not None:
        return (long or names[0]).lstrip("-"), f"{long or names[0]}{' ' if many else '='}{{}}"
    return (long[2:], f"{long}={{}}") if long else (names[0][1:], f"{names[0]} {{}}")


def _switched(names: list[str], said: dict[str, ast.expr], action: Any) -> tuple[str, str]:
    """What switches an option on, and off."""
    long = next((name for name in names if name.startswith("--")), names[0])
    if _is_switch(said):
        return (long, f"--no-{long[2:]}") if long.startswith("--") else ("", "")
    if _type(said.get("type")) == "bool" and long.startswith("--") and "nargs" not in said:
        return f"{long}=1", f"{long}="
    return (long, "") if action == "store_true" else ("", long) if action == "store_false" else ("", "")


def _paired(options: list[Option]) -> Iterator[Option]:
    """`--amp` and `--no-amp` that set the same are one option; a `--no-amp` alone is off until it is given."""
    for option in options:
        alike = [one for one in options if one.dest == option.dest]
        on = next((one for one in alike if one.on and not one.off), None)
        off = next((one for one in alike if one.off and not one.on), None)
        if on and off and option in (on, off):
            if option is alike[0]:  # argparse takes the default of the first
                yield replace(on, off=off.off, default=option.default, help=on.help or off.help)
        elif option is off:
            yield replace(off, on=off.off, off="", default=False if off.default is True else None, dest="")
        else:
            yield option


def _takes(source: Source, said: dict[str, ast.expr], action: Any) -> Any:
    if action in FLAGS or _is_switch(said):
        return "no value"
    many = source.value(said.get("nargs")) not in (None, "?", UNKNOWN)
    if action == "append" and "nargs" in said:
        return "groups of values"
    return "several values" if many or action in LISTS else "a value"


def _is_switch(said: dict[str, ast.expr]) -> bool:
    """Whether there is a `--no-` of it."""
    return called(said.get("action", ast.Constant(None))).endswith("BooleanOptionalAction")


def _type(node: ast.expr | None) -> str:
    name = called(node) if node is not None else ""
    return name if name in ("int", "float", "str", "bool") else "str" if name.endswith(("Path", "FileType")) else ""


def _type_of(default: object) -> str:
    return type(default).__name__ if isinstance(default, int | float | str) else ""


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""


def _set_defaults(source: Source, calls: list[ast.Call]) -> Iterator[tuple[str, Any]]:
    for call in calls:
        if called(call.func).endswith(".set_defaults"):
            for name, node in keywords(call).items():
                if (value := source.value(node)) is not UNKNOWN:
                    yield name, value
