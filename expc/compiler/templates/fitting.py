"""A user's method and a template in, what keeps it from filling its slot out, by its syntax tree alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from expc.compiler.templates.method import ALWAYS_READ, Method, method_reads, reads_of
from expc.compiler.templates.template import Slot, Template
from expc.errors import nearest


def check_method(template: Template, method: Method) -> list[tuple[int, int, str]]:
    """What is wrong with a method's file: line and column (from 1) and message."""
    try:
        tree = ast.parse(method.text)
    except SyntaxError as error:
        return [(error.lineno or 1, error.offset or 1, f"isn't Python: {error.msg}")]
    except ValueError as error:
        return [(1, 1, f"isn't Python: {error}")]
    slot = template.slots[method.slot]
    return sorted([*_function_problems(tree, slot), *_read_problems(tree, template, method)])


def _function_problems(tree: ast.Module, slot: Slot) -> Iterator[tuple[int, int, str]]:
    wanted = f"{slot.function}({', '.join(slot.arguments)})"
    defined = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    function = next((node for node in reversed(defined) if node.name == slot.function), None)
    if function is None:
        hint = nearest(slot.function, [node.name for node in defined])
        yield 1, 1, f"the slot {slot.name!r} needs a function {wanted}; {hint if defined else 'the file defines none'}"
        return
    given = function.args
    arguments = [argument.arg for argument in given.args]
    required = len(arguments) - len(given.defaults)
    fits = tuple(arguments[: len(slot.arguments)]) == slot.arguments and required <= len(slot.arguments)
    if not fits or given.posonlyargs or None in given.kw_defaults:  # None: by name only, without a default
        found = f"{slot.function}({ast.unparse(given)})"
        yield function.lineno, function.col_offset + 1, f"the slot {slot.name!r} needs {wanted}, found {found}"


def _read_problems(tree: ast.Module, template: Template, method: Method) -> Iterator[tuple[int, int, str]]:
    if method_reads(method.text) is None:
        return  # `config` may be something else here
    known = {*template.parameters, *method.parameters, *ALWAYS_READ}
    for read in reads_of(tree):
        if read.attr not in known:
            hint = nearest(read.attr, sorted(known))
            yield read.lineno, read.col_offset + 1, f"there is no parameter {read.attr!r}; {hint}"
