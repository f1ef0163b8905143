"""What a program hands to `fire.Fire` in, the arguments of that function out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any

from expc.starting.option import CommandLine, Option
from expc.starting.source import UNKNOWN, Source, called, imported, keywords

Function = ast.FunctionDef | ast.AsyncFunctionDef
SEVERAL = "it has several commands: {}. The first stands in the command: put the one that is meant there"
NO_FUNCTION = "what Fire is given isn't seen: write the parameters of what it runs under params"
TEXTS = (ast.Name, ast.Attribute, ast.BinOp, ast.Compare, ast.Call)
"""What Fire takes for a text, of what looks like Python; `0.1`, `a,b`, `None` and `[1]` it takes for that."""


def from_fire(source: Source) -> CommandLine | None:
    """None if the program doesn't call Fire."""
    calls = [node for node in source.nodes if isinstance(node, ast.Call)]
    call = next((call for call in calls if called(call.func) in ("fire.Fire", "Fire")), None)
    if call is None or "fire" not in imported(source):
        return None
    component = call.args[0] if call.args else keywords(call).get("component")
    commands = list(_commands(source, component))
    if not commands:
        return CommandLine("Fire", (), (NO_FUNCTION,))
    (name, functions), *others = commands
    options = [option for function in functions for option in _options(source, function)]
    notes = [SEVERAL.format(", ".join([name, *(other for other, _ in others)]))] if others else []
    return CommandLine("Fire", tuple(options), tuple(notes), (name,) if name else ())


def _commands(source: Source, component: ast.expr | None) -> Iterator[tuple[str, Sequence[Function]]]:
    """The words that choose what runs, "" where nothing needs to, and the functions whose arguments it takes."""
    match component:
        case None:
            yield from ((one.name, [one]) for one in _public(source.trees[source.script].body))
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                word = source.value(key)
                if isinstance(word, str) and (function := _function(source, value)):
                    yield word, [function]
        case ast.Name() | ast.Call(args=[]) if found := _class(source, component):
            made = _functions(found.body) if isinstance(component, ast.Name) else []
            before = [one for one in made if one.name == "__init__"]
            yield from ((one.name, [*before, one]) for one in _public(found.body))
        case ast.Name() if function := _function(source, component):
            yield "", [function]


def _functions(body: Sequence[ast.stmt]) -> list[Function]:
    return [one for one in body if isinstance(one, Function)]


def _public(body: Sequence[ast.stmt]) -> list[Function]:
    return [one for one in _functions(body) if not one.name.startswith("_")]


def _function(source: Source, node: ast.expr) -> Function | None:
    named = (one for one in source.nodes if isinstance(one, Function) and one.name == called(node))
    return next(named, None)


def _class(source: Source, node: ast.expr) -> ast.ClassDef | None:
    named = (one for one in source.nodes if isinstance(one, ast.ClassDef) and one.name == called(node))
    return next(named, None)


def _options(source: Source, function: Function) -> Iterator[Option]:
    given = function.args
    plain = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [*[None] * (len(plain) - len(given.defaults)), *given.defaults]
    pairs = [*zip(plain, defaults, strict=True), *zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    for argument, node in pairs:
        if argument.arg not in ("self", "cls"):
            yield _option(source, argument, node)


def _option(source: Source, argument: ast.arg, node: ast.expr | None) -> Option:
    name, default = argument.arg, source.value(node) if node is not None else None
    default = None if default is UNKNOWN else default
    kind = called(argument.annotation) if argument.annotation is not None else ""
    is_switch = isinstance(default, bool) or (kind == "bool" and node is None)
    return Option(
        name=name,
        form=f"--{name}='\"{{}}\"'" if _is_misread(default) else f"--{name}={{}}",
        default=default,
        type="bool" if is_switch else kind if kind in ("int", "float", "str", "bool") else _type_of(default),
        required=node is None,
        on=f"--{name}=True" if is_switch else "",
        off=f"--{name}=False" if is_switch else "",
    )


def _is_misread(default: Any) -> bool:
    """Whether it is a text that Fire would take for something else: for Python."""
    if not isinstance(default, str) or re.search("[\"'\\\\]", default):
        return False
    try:
        return "#" in default or not isinstance(ast.parse(default, mode="eval").body, TEXTS)
    except (SyntaxError, ValueError):
        return False


def _type_of(default: object) -> str:
    return type(default).__name__ if isinstance(default, int | float | str) else ""
