"""The text of a user's method in, what it reads out, by its syntax tree alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

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
    reads = list(reads_of(tree))
    if len(names) != len(reads) or any(_imports_config(node) for node in ast.walk(tree)):
        return None
    return frozenset(read.attr for read in reads) - ALWAYS_READ


def reads_of(tree: ast.AST) -> Iterator[ast.Attribute]:
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
