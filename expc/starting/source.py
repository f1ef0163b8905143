"""A Python file in, its syntax tree and those of the files beside it that it imports out; nothing of them is run."""

from __future__ import annotations

import ast
import operator
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from expc.errors import ExpcError


class Unknown:
    """What can only be known by running the program."""


UNKNOWN: Final = Unknown()

_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True)
class Source:
    """A program's own files: the script first, then what it imports, however far."""

    script: Path
    trees: Mapping[Path, ast.Module]

    @property
    def folder(self) -> Path:
        return self.script.parent

    @property
    def nodes(self) -> Iterator[ast.AST]:
        for tree in self.trees.values():
            yield from ast.walk(tree)

    @cached_property
    def constants(self) -> Mapping[str, ast.expr]:
        """Names that are given a value once, at the top of a file, and none elsewhere."""
        stored = (node.id for node in self.nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
        times = Counter(stored)
        found: dict[str, list[ast.expr]] = {}
        for tree in self.trees.values():
            for node in tree.body:
                if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                    found.setdefault(node.targets[0].id, []).append(node.value)
        return {name: values[0] for name, values in found.items() if len(values) == 1 == times[name]}

    def value(self, node: ast.expr | None, depth: int = 0) -> Any:  # noqa: PLR0911  (a table)
        """A constant's value; UNKNOWN for whatever would have to be run."""
        if depth > 20:
            return UNKNOWN
        match node:
            case ast.Constant(value):
                return value if isinstance(value, str | int | float | bool | None) else UNKNOWN
            case ast.Name(id=name) if name in self.constants:
                return self.value(self.constants[name], depth + 1)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                values = [self.value(item, depth + 1) for item in items]
                return UNKNOWN if UNKNOWN in values else values
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                value = self.value(operand, depth + 1)
                return -value if isinstance(value, int | float) else UNKNOWN
            case ast.BinOp(left=left, op=op, right=right):
                return _computed(op, self.value(left, depth + 1), self.value(right, depth + 1))
            case _:
                return UNKNOWN


def read_source(script: Path) -> Source:
    """Raises ExpcError where the script can't be read; what it imports and can't be read is passed over."""
    trees = {script: _parsed(script)}
    left = [script]
    while left:
        for path in _imported(trees[left.pop()], script.parent):
            if path not in trees:
                try:
                    trees[path] = _parsed(path)
                except ExpcError:
                    continue
                left.append(path)
    return Source(script, trees)


def _parsed(path: Path) -> ast.Module:
    if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would be waited for
        raise ExpcError(f"{path}: can't be read: it is not a regular file")
    try:
        return ast.parse(path.read_bytes(), filename=str(path))
    except OSError as error:
        raise ExpcError(f"{path}: can't be read: {error.strerror}") from error
    except SyntaxError as error:
        place = f"{path}:{error.lineno}" if error.lineno else str(path)
        raise ExpcError(f"{place}: isn't Python 3: {error.msg}; name a program in Python") from error
    except ValueError as error:  # a zero byte
        raise ExpcError(f"{path}: isn't Python: {error}; name a program in Python") from error


def _imported(tree: ast.Module, folder: Path) -> Iterator[Path]:
    """The files in a folder that a tree imports."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=module, names=names):
                base = module or ""
                modules = [base, *(f"{base}.{alias.name}".strip(".") for alias in names)]
            case _:
                continue
        for module in filter(None, modules):
            yield from _files(folder, module.split("."))


def _files(folder: Path, parts: list[str]) -> Iterator[Path]:
    """The module's file, and those of the packages around it."""
    for end in range(1, len(parts) + 1):
        path = folder.joinpath(*parts[:end])
        for candidate in (path / "__init__.py", path.with_suffix(".py")):
            if candidate.is_file():
                yield candidate


def _computed(op: ast.operator, left: Any, right: Any) -> Any:
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if not numbers or type(op) not in _ARITHMETIC or (isinstance(op, ast.Div) and right == 0):
        return UNKNOWN
    return _ARITHMETIC[type(op)](left, right)


def imported(source: Source) -> set[str]:
    """The packages that a program's files import."""
    found: set[str] = set()
    for node in source.nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def called(node: ast.expr) -> str:
    """The dotted name of what is called or used as a decorator: `click.option`; "" if it has none."""
    match node:
        case ast.Call(func=func):
            return called(func)
        case ast.Attribute(value=value, attr=attr):
            return f"{called(value)}.{attr}".lstrip(".")
        case ast.Name(id=name):
            return name
        case _:
            return ""


def keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
