"""The calls in a program that print something in, each line that they print out, as texts and the values between."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from expc.starting.source import Source, called, keywords
from expc.starting.texts import METHODS, OWN_SCOPE, followed, is_text

LOGGED = ("info", "warning", "error", "critical")
LOGGERS = ("log", "logger", "logging", "_logger", "LOGGER", "LOG")
WRITTEN = ("sys.stdout.write", "sys.stderr.write", "tqdm.write", "click.echo", "click.secho", "typer.echo", "echo")
PERCENT = re.compile(r"%%|%(\(\w+\))?([-+ #0]*[\d*]*(?:\.[\d*]+)?[a-zA-Z])")
DEPTH = 10


@dataclass(frozen=True)
class Shown:
    """A value in a line; `form` is its format: `.3f`."""

    node: ast.expr
    form: str = ""


Piece = str | Shown


@dataclass(frozen=True)
class Line:
    """Texts with the values between them: `texts` has one more, and some may be empty.

    `whole` says whether it begins where a line of the output does, `again` whether it stands in a loop."""

    texts: tuple[str, ...]
    values: tuple[Shown, ...]
    whole: bool
    again: bool


def lines(source: Source) -> Iterator[Line]:
    """In the order in which they are written down."""
    printed = [found for tree in source.trees.values() for found in _calls(tree, (tree,), again=False)]
    broken = any("end" in keywords(call) for call, _ in printed)
    for call, again in printed:
        pieces, whole = _said(source, call)
        for texts, values in _parted(pieces):
            yield Line(tuple(texts), tuple(values), whole and not broken, again)


def _calls(node: ast.AST, scopes: tuple[ast.AST, ...], *, again: bool) -> Iterator[tuple[ast.Call, bool]]:
    if isinstance(node, ast.Call) and _prints(called(node.func)):
        yield followed(node, scopes), again
    scopes = (*scopes, node) if isinstance(node, OWN_SCOPE) else scopes
    inside = again or isinstance(node, ast.For | ast.While | ast.AsyncFor)
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, scopes, again=inside)


def _prints(name: str) -> bool:
    return name == "print" or name.endswith(WRITTEN) or _logs(name)


def _logs(name: str) -> bool:
    receiver, _, last = name.rpartition(".")
    return last in LOGGED and receiver.rpartition(".")[2] in LOGGERS


def _said(source: Source, call: ast.Call) -> tuple[list[Piece], bool]:
    """The pieces, and whether they begin a line: a logger puts its own words before."""
    if called(call.func) != "print":
        first, *rest = [*call.args, ast.Constant("")]
        logged = _logs(called(call.func))
        text = source.value(first)
        if logged and isinstance(text, str) and call.args[1:]:
            return list(_percent(text, rest[:-1])), False
        return list(_pieces(source, first)), not logged
    between = source.value(keywords(call).get("sep"))
    pieces: list[Piece] = []
    for number, argument in enumerate(call.args):
        pieces += [between if isinstance(between, str) else " "] if number else []
        pieces += _pieces(source, argument)
    return pieces, True


def _pieces(source: Source, node: ast.expr, depth: int = 0) -> Iterator[Piece]:
    match node:
        case ast.Constant(value=value):
            yield str(value)
        case ast.JoinedStr(values=values) if depth < DEPTH:
            for value in values:
                yield from _pieces(source, value, depth + 1)
        case ast.BinOp(left=left, op=ast.Add(), right=right) if depth < DEPTH and (is_text(left) or is_text(right)):
            yield from _pieces(source, left, depth + 1)
            yield from _pieces(source, right, depth + 1)
        case ast.FormattedValue(value=value, format_spec=form):
            yield Shown(value, _form(form))
        case ast.Dict():
            yield from _told(source, node, "'")
        case ast.Call():
            yield from _made(source, node)
        case ast.BinOp(left=left, op=ast.Mod(), right=right) if isinstance(text := source.value(left), str):
            yield from _percent(text, right.elts if isinstance(right, ast.Tuple) else [right])
        case _:
            yield Shown(node)


def _made(source: Source, node: ast.Call) -> Iterator[Piece]:
    """What a call makes a text of."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr="format"), args=args) if isinstance(
            text := source.value(inner), str
        ):
            yield from _formatted(text, args, keywords(node))
        case ast.Call(func=ast.Name(id="str" | "repr"), args=[value]):
            yield Shown(value)
        case ast.Call(args=[ast.Dict() as told, *_]) if called(node).endswith("dumps"):
            yield from _told(source, told, '"')
        case ast.Call(func=ast.Attribute(attr=attr)) if attr in METHODS:
            yield Shown(node, "s")
        case _:
            yield Shown(node)


def _form(node: ast.expr | None) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    return "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))


def _percent(text: str, values: Sequence[ast.expr]) -> Iterator[Piece]:
    left, place = list(values), 0
    for match in PERCENT.finditer(text):
        yield text[place : match.start()]
        place = match.end()
        if match[2] is None:
            yield "%"
        elif match[1] or left:
            node = ast.Constant(None) if match[1] else left.pop(0)
            yield Shown(node, "" if match[2] == "s" else match[2])  # %s is for numbers, too
    yield text[place:]


def _formatted(text: str, values: Sequence[ast.expr], named: Mapping[str, ast.expr]) -> Iterator[Piece]:
    try:
        fields = list(Formatter().parse(text))
    except ValueError:
        return
    by_name = {**{str(number): value for number, value in enumerate(values)}, **named}
    following = iter(values)
    for before, name, form, _ in fields:
        yield before
        if name is not None:
            node = next(following, None) if not name else by_name.get(name)
            yield Shown(node if node is not None else ast.Constant(None), form or "")


def _told(source: Source, node: ast.Dict, quote: str) -> Iterator[Piece]:
    for number, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
        yield f"{', ' if number else '{'}{quote}{source.value(key)}{quote}: "
        yield Shown(value)
    yield "}"


def _parted(pieces: Sequence[Piece]) -> list[tuple[list[str], list[Shown]]]:
    """Apart where a text has a line break."""
    found: list[tuple[list[str], list[Shown]]] = [([""], [])]
    for piece in pieces:
        if isinstance(piece, Shown):
            found[-1][1].append(piece)
            found[-1][0].append("")
            continue
        first, *more = re.split(r"[\r\n]", piece)
        found[-1][0][-1] += first
        found += [([part], []) for part in more]
    return found
