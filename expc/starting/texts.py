"""A name that is printed in, the text that it stands for out: followed to its assignment, or known to be unknown."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from expc.starting.naming import METRICS, words
from expc.starting.source import called

METHODS = (
    *("capitalize", "center", "decode", "format", "join", "ljust", "lower", "lstrip", "replace", "rjust"),
    *("rstrip", "strftime", "strip", "title", "translate", "upper", "zfill"),
)
"""Of a text, and what they make is one."""

OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
BINDS = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith, ast.NamedExpr)


def followed(call: ast.Call, scopes: Sequence[ast.AST]) -> ast.Call:
    """The call with each argument that is a name replaced by the text that was assigned to it just before, in the
    innermost scope that has it; by `f"{name:s}"`, which says only that it is a text, where that can't be told."""
    arguments = [_followed(one, call, scopes) if isinstance(one, ast.Name) else one for one in call.args]
    return ast.copy_location(ast.Call(call.func, arguments, call.keywords), call)


def is_text(node: ast.expr | None) -> bool:
    """Whether it surely is a text, so that an addition with it puts texts together."""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr() | ast.Call(func=ast.Name(id="str" | "repr")):
            return True
        case ast.Call(func=ast.Attribute(attr=attr)):
            return attr in METHODS or called(node).endswith("json.dumps")
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return is_text(left) or is_text(right)
        case ast.BinOp(left=left, op=ast.Mod(), right=right):
            return is_text(left) or isinstance(right, ast.Tuple)
        case _:
            return False


def _followed(name: ast.Name, call: ast.Call, scopes: Sequence[ast.AST]) -> ast.expr:
    bound = next(filter(None, (_bindings(name.id, scope) for scope in reversed(scopes))), [])
    before = max((node for node in bound if node.lineno < call.lineno), key=lambda node: node.lineno, default=None)
    if not any(is_text(_value(node)) for node in bound):
        unknown = len(call.args) == 1 and _is_parameter(name.id, scopes[-1])
        return _some_text(name) if unknown else name
    text = _value(before) if isinstance(before, ast.Assign | ast.AnnAssign) else None
    # One that stands deeper than the call, as below an `if`, may not have happened.
    known = before is not None and before.col_offset <= call.col_offset and is_text(text)
    return text if known and text is not None else _some_text(name)


def _bindings(name: str, scope: ast.AST) -> list[ast.stmt | ast.expr]:
    return [node for node in _within(scope) if name in _bound(node)]


def _within(scope: ast.AST) -> Iterator[ast.stmt | ast.expr]:
    """What binds names in a scope, without the functions and classes in it."""
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, BINDS):
            yield child
        if not isinstance(child, OWN_SCOPE):
            yield from _within(child)


def _bound(node: ast.stmt | ast.expr) -> set[str]:
    match node:
        case ast.Assign(targets=targets):
            places: list[ast.expr] = targets
        case ast.With(items=items) | ast.AsyncWith(items=items):
            places = [item.optional_vars for item in items if item.optional_vars is not None]
        case _:
            places = [node.target]  # type: ignore[union-attr]  # all others that bind have one
    return {one.id for place in places for one in ast.walk(place) if isinstance(one, ast.Name)}


def _value(node: ast.AST | None) -> ast.expr | None:
    return node.value if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) else None


def _is_parameter(name: str, scope: ast.AST) -> bool:
    """Whether a function is handed it, and neither a type nor its name says that it is a number."""
    if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    taken = [*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs, scope.args.vararg, scope.args.kwarg]
    found = next((one for one in taken if one is not None and one.arg == name), None)
    if found is None or METRICS.intersection(words(name)):
        return False
    return found.annotation is None or called(found.annotation) not in ("int", "float")


def _some_text(name: ast.Name) -> ast.expr:
    return ast.FormattedValue(name, -1, ast.JoinedStr([ast.Constant("s")]))
