"""A formula's text in, a tree whose parts know where they stand out, or what is no formula about it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

MAX_DEPTH = 20
FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "min": (1, None),
    "max": (1, None),
    "sqrt": (1, 1),
    "log": (1, 1),
    "exp": (1, 1),
    "round": (1, 2),
    "if": (3, 3),
}
"""How many values each function takes, at least and at most."""


class FormulaError(Exception):
    """`at` counts the characters of the formula before the culprit."""

    def __init__(self, at: int, message: str, hint: str = "") -> None:
        self.at, self.message, self.hint = at, message, hint
        super().__init__(message)


@dataclass(frozen=True)
class Number:
    at: int
    value: int | float


@dataclass(frozen=True)
class Name:
    at: int
    name: str


@dataclass(frozen=True)
class Negative:
    at: int
    operand: Node


@dataclass(frozen=True)
class Chain:
    """Operators that bind alike, from left to right: flat, so that a long sum is no deep tree."""

    first: Node
    rest: tuple[tuple[str, int, Node], ...]


@dataclass(frozen=True)
class Call:
    at: int
    function: str
    arguments: tuple[Node, ...]


Node: TypeAlias = Number | Name | Negative | Chain | Call


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)"
    r"|(?P<symbol>\*\*|//|==|!=|<=|>=|[-+*/%()<>,])"
)
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_RANKS = (_COMPARISONS, ("+", "-"), ("*", "/", "%"))
"""What binds alike, the loosest first; signs and powers bind tighter."""
_KNOWN = f"a formula knows numbers, parameters, + - * / ** %, comparisons and {', '.join(FUNCTIONS)}"
_NO_TEXT = ("a formula has no texts", "what depends on a name stands in the levels of a factor, or in `overrides`")
_REFUSED = {
    "'": _NO_TEXT,
    '"': _NO_TEXT,
    "[": ("a formula has no lists and takes no part out of one", "of a list it knows min(…) and max(…)"),
    "]": ("a lone ]", _KNOWN),
    "{": ("a formula has no braces", "a parameter stands by its name alone, as in epochs * 20"),
    "}": ("a lone }", "a parameter stands by its name alone, as in epochs * 20"),
    "=": ("a lone =", "two values are compared with =="),
    "^": ("^ is no operator of a formula", "a power is written **, as in 2 ** 3"),
    ".": ("a formula takes no part out of a value", _KNOWN),
    "$": ("a formula has no $", "a parameter stands by its name alone, as in epochs * 20"),
}
_WORDS = {
    "and": "write one comparison inside another: if(a > 0, if(b > 0, 1, 0), 0)",
    "or": "write one comparison inside another: if(a > 0, 1, if(b > 0, 1, 0))",
    "not": "turn the comparison round, or change places: if(condition, b, a)",
    "if": "write if(condition, a, b)",
    "else": "write if(condition, a, b)",
}


def parse(text: str) -> Node:
    """Raises FormulaError."""
    reader = _Reader(text)
    tree = reader.comparison()
    rest = reader.peek()
    if rest.kind != "end":
        raise _unexpected(rest)
    return tree


def names(node: Node) -> Iterator[Name]:
    """The parameters that a formula reads, at each place where it does."""
    match node:
        case Name():
            yield node
        case Negative():
            yield from names(node.operand)
        case Chain():
            yield from names(node.first)
            for _, _, operand in node.rest:
                yield from names(operand)
        case Call():
            for argument in node.arguments:
                yield from names(argument)
        case Number():
            pass


def may_be_true(node: Node) -> bool:
    """Whether it can come out as true or false, and isn't a number whatever it reads."""
    match node:
        case Name():
            return True
        case Chain():
            return node.rest[0][0] in _COMPARISONS
        case Call() if node.function == "if":
            return all(map(may_be_true, node.arguments[1:]))
    return False


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while True:
        at += len(text[at:]) - len(text[at:].lstrip())
        if at == len(text):
            yield _Token("end", "", at)
            return
        match = _TOKEN.match(text, at)
        if match is None:
            raise FormulaError(at, *_REFUSED.get(text[at], (f"{text[at]!r} can't stand in a formula", _KNOWN)))
        if match[0] == "//":
            raise FormulaError(at, "// is no operator of a formula", "write round(a / b), or a / b")
        yield _Token(str(match.lastgroup), match[0], at)
        at = match.end()


class _Reader:
    """The tokens that are left, and how deep in brackets they stand."""

    def __init__(self, text: str) -> None:
        self._left = _tokens(
            text
        )  # as they are read, so that the first culprit is named and not the first bad character
        self._next = next(self._left)
        self._depth = 0

    def peek(self) -> _Token:
        return self._next

    def pop(self) -> _Token:
        token, self._next = self._next, next(self._left, self._next)
        return token

    def comparison(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FormulaError(self.peek().at, f"more than {MAX_DEPTH} levels of brackets", "derive a part of it first")
        found = self._chain()
        if isinstance(found, Chain) and len(found.rest) > 1 and found.rest[0][0] in _COMPARISONS:
            raise FormulaError(found.rest[1][1], "one comparison at a time", "write if(a < b, if(b < c, 1, 0), 0)")
        self._depth -= 1
        return found

    def _chain(self, rank: int = 0) -> Node:
        first = self._operand(rank)
        rest: list[tuple[str, int, Node]] = []
        while self.peek().text in _RANKS[rank]:
            operator = self.pop()
            rest.append((operator.text, operator.at, self._operand(rank)))
        return Chain(first, tuple(rest)) if rest else first

    def _operand(self, rank: int) -> Node:
        return self._chain(rank + 1) if rank + 1 < len(_RANKS) else self._signed()

    def _signed(self) -> Node:
        signs: list[_Token] = []
        while self.peek().text in ("+", "-"):
            signs.append(self.pop())
        found = self._power()
        minus = [sign for sign in signs if sign.text == "-"]
        return Negative(minus[0].at, found) if len(minus) % 2 else found

    def _power(self) -> Node:
        """As in Python: 2 ** 3 ** 2 is 2 ** 9, and -2 ** 2 is -4."""
        base = self._atom()
        if self.peek().text != "**":
            return base
        operator = self.pop()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FormulaError(operator.at, f"more than {MAX_DEPTH} powers of powers", "no number is that large")
        exponent = self._signed()
        self._depth -= 1
        return Chain(base, (("**", operator.at, exponent),))

    def _atom(self) -> Node:
        token = self.pop()
        match token.kind:
            case "number":
                return Number(token.at, _number(token))
            case "name" if self.peek().text == "(":
                return self._call(token)
            case "name" if token.text not in _WORDS:
                return Name(token.at, token.text)
            case "symbol" if token.text == "(":
                found = self.comparison()
                self._close(token)
                return found
            case _:
                raise _unexpected(token)

    def _call(self, name: _Token) -> Node:
        if name.text not in FUNCTIONS:
            plain = name.text.rpartition(".")[2]
            meant = {"int": "round", "floor": "round", "ceil": "round"}.get(plain, plain)
            hint = f"{f'write {meant}; ' if meant in FUNCTIONS else ''}functions: {', '.join(FUNCTIONS)}"
            raise FormulaError(name.at, f"{name.text} is no function of a formula", hint)
        bracket = self.pop()
        arguments: list[Node] = []
        while self.peek().text != ")" or arguments:
            arguments.append(self.comparison())
            if self.peek().text != ",":
                break
            self.pop()
        self._close(bracket)
        least, most = FUNCTIONS[name.text]
        if len(arguments) < least or (most is not None and len(arguments) > most):
            message = f"{name.text}() takes {_span(least, most)}, and has {len(arguments)}"
            raise FormulaError(name.at, message, _usage(name.text))
        return Call(name.at, name.text, tuple(arguments))

    def _close(self, bracket: _Token) -> None:
        token = self.pop()
        if token.kind == "end":
            raise FormulaError(bracket.at, "a bracket that is never closed", "end it with )")
        if token.text != ")":
            raise _unexpected(token)


def _number(token: _Token) -> int | float:
    whole = token.text.isdigit()
    # Python refuses to read 4,300 digits, and takes its time over fewer.
    value: int | float = int(token.text) if whole and len(token.text) < 20 else float(token.text)
    if not math.isfinite(value) or (whole and value >= 2**63):
        hint = "numbers reach to 1.8e308, whole ones to 9.2e18"
        raise FormulaError(token.at, f"the number {token.text[:20]} is too large", hint)
    return value


def _unexpected(token: _Token) -> FormulaError:
    if token.kind == "end":
        return FormulaError(token.at, "the formula ends where a number or a parameter should follow", _KNOWN)
    if token.text in _WORDS:
        return FormulaError(token.at, f"`{token.text}` can't stand here", _WORDS[token.text])
    if token.text == ")":
        return FormulaError(token.at, "a lone )", "open a bracket before it, or remove it")
    if token.kind == "symbol":
        return FormulaError(token.at, f"{token.text} can't stand here", _KNOWN)
    return FormulaError(token.at, f"an operator is missing before {token.text}", _KNOWN)


def _span(least: int, most: int | None) -> str:
    if most is None:
        return f"{least} value or more"
    if least == most:
        return f"{least} value{'s' if least > 1 else ''}"
    return f"{least} or {most} values"


def _usage(function: str) -> str:
    return {
        "if": "write if(condition, a, b), as in if(epochs > 10, 0.1, 0.01)",
        "round": "write round(a), or round(a, 2) for two digits after the point",
        "log": "log is the natural one; log(a) / log(2) is that to the base 2",
    }.get(function, f"write {function}(a)")
