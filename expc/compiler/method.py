"""The text of a user's method in, what it reads and what is wrong with it out, by its syntax tree alone."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from expc.errors import nearest

if TYPE_CHECKING:
    from expc.compiler.template import Slot, Template

# What a configuration has beside the parameters.
ALWAYS_READ = frozenset({"seed", "data", "inputs"})


@dataclass(frozen=True)
class Method:
    """A user's file that fills a slot. `parameters` are new ones that only it reads, with their defaults."""

    name: str
    slot: str
    text: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    path: Path | None = None

    @cached_property
    def reads(self) -> frozenset[str] | None:
        """The names that it reads of `config`; None if that can't be told, and all count as read."""
        return method_reads(self.text)

    def may_read(self, name: str) -> bool:
        return self.reads is None or name in self.reads


def chosen_methods(choices: Mapping[str, str], methods: Mapping[str, Method]) -> dict[str, Method]:
    """The slots that a method fills. A choice of one slot may have the name of another slot's method."""
    found = {slot: methods[choice] for slot, choice in choices.items() if choice in methods}
    return {slot: method for slot, method in found.items() if method.slot == slot}


@lru_cache(maxsize=256)
def method_reads(text: str) -> frozenset[str] | None:
    """The names X that the code reads as `config.X`; None if it uses `config` in any other way, or isn't Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "config"]
    reads = list(_reads(tree))
    if len(names) != len(reads) or any(_imports_config(node) for node in ast.walk(tree)):
        return None
    return frozenset(read.attr for read in reads) - ALWAYS_READ


def check_method(template: Template, method: Method) -> list[tuple[int, int, str]]:
    """What is wrong with a method's file: line and column (from 1) and message."""
    try:
        tree = ast.parse(method.text)
    except SyntaxError as error:
        return [(error.lineno or 1, error.offset or 1, f"isn't Python: {error.msg}")]
    except ValueError as error:
        return [(1, 1, f"isn't Python: {error}")]
    slot = template.slots[method.slot]
    problems = [
        *_name_problems(template, method),
        *_function_problems(tree, slot),
        *_read_problems(tree, template, method),
    ]
    return sorted(problems)


def _reads(tree: ast.AST) -> Iterator[ast.Attribute]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        if isinstance(node.value, ast.Name) and node.value.id == "config":
            yield node


def _imports_config(node: ast.AST) -> bool:
    """Whether `config` is the generated module itself here, whose whole configuration is one call away."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "config" or any(alias.asname == "config" for alias in node.names)
    return isinstance(node, ast.Import) and any("config" in (alias.name, alias.asname) for alias in node.names)


def _name_problems(template: Template, method: Method) -> Iterator[tuple[int, int, str]]:
    taken = {*template.parameters, *template.slots, *ALWAYS_READ, "dataset"}
    for name in method.parameters:
        if not name.isidentifier() or keyword.iskeyword(name):
            yield 1, 1, f"the method's parameter {name!r} can't be a name in Python; use letters, digits and _"
        elif name in taken:
            yield 1, 1, f"the method's parameter {name!r} is one of the template's; read it, or give another name"


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
    for read in _reads(tree):
        if read.attr not in known:
            hint = nearest(read.attr, sorted(known))
            yield read.lineno, read.col_offset + 1, f"there is no parameter {read.attr!r}; {hint}"
