"""The formulas of a stage in, each with where it stands, in an order in which they can be computed, out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from expc.compiler.meaning.arithmetic import compute
from expc.compiler.meaning.formula import FormulaError, Name, Node, names, parse
from expc.compiler.meaning.scope import StageScope
from expc.spec import Pointer, Spec, Value


@dataclass(frozen=True)
class Derived:
    """A parameter that a formula gives its value."""

    name: str
    text: str
    pointer: Pointer

    @cached_property
    def tree(self) -> Node:
        """Raises FormulaError."""
        return parse(self.text)

    @cached_property
    def reads(self) -> tuple[Name, ...]:
        return tuple(names(self.tree))

    @property
    def begins_with_itself(self) -> bool:
        """Whether it reads its own name: that means the value which the parameter has without the formula."""
        return any(read.name == self.name for read in self.reads)

    def value(self, stage: StageScope, params: Mapping[str, Value]) -> Value:
        """In the parameter's declared type. Raises FormulaError."""
        found = compute(self.tree, params)
        parameter = stage.template.parameters.get(self.name) if stage.template else None
        if parameter is None:
            return found
        if parameter.item_type == "int" and isinstance(found, float) and found.is_integer():
            found = int(found)
        if problem := parameter.problem(found):
            fraction = parameter.item_type == "int" and isinstance(found, float)
            raise FormulaError(0, problem, f"write round({self.text})" if fraction else parameter.description)
        return parameter.cast(found)


def derived(spec: Spec, stage: StageScope) -> dict[str, Derived]:
    """The formulas that a stage goes by, by parameter: its own come before those for all stages."""
    found = {name: Derived(name, text, ("derive", name)) for name, text in spec.derive.items() if stage.knows(name)}
    own = (*stage.stage.pointer, "derive")
    return found | {name: Derived(name, text, (*own, name)) for name, text in stage.stage.derive.items()}


def in_order(formulas: Mapping[str, Derived]) -> tuple[Derived, ...]:
    """What a formula reads stands before it; those in a circle are left out. All of them can be parsed."""
    order: dict[str, Derived] = {}
    left = dict(formulas)
    while free := [one for one in left.values() if not _waits_for(one, left)]:
        for one in free:
            order[one.name] = left.pop(one.name)
    return tuple(order.values())


def circle(formulas: Mapping[str, Derived]) -> tuple[Derived, ...]:
    """The formulas of a circle, each reading the next; empty if there is none."""
    computed = {one.name for one in in_order(formulas)}
    left = {name: one for name, one in formulas.items() if name not in computed}
    path: list[str] = list(left)[:1]
    while path:
        following = _waits_for(left[path[-1]], left)[0]
        if following in path:
            return tuple(left[name] for name in path[path.index(following) :])
        path.append(following)
    return ()


def feeding(formulas: Iterable[Derived], read: Iterable[str]) -> set[str]:
    """The parameters that are read, and those from which they are computed."""
    by_name = {one.name: one for one in formulas}
    found: set[str] = set()
    waiting: list[str] = list(read)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [part.name for part in by_name[name].reads] if name in by_name else []
    return found


def _waits_for(one: Derived, left: Mapping[str, Derived]) -> Sequence[str]:
    return [read.name for read in one.reads if read.name in left and read.name != one.name]
