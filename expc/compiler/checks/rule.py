"""The shape of a rule: a context in, findings out; and the list of all rules, each under its code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from expc.compiler.digest import Digests
from expc.compiler.meaning.codes import Found
from expc.compiler.meaning.codes import programs as programs_of
from expc.compiler.meaning.design import Condition, design
from expc.compiler.meaning.folds import Folds, folds_of
from expc.compiler.meaning.scope import Scope
from expc.compiler.meaning.splits import folds
from expc.compiler.planning.expand import expand
from expc.compiler.planning.gather import Materials, gather
from expc.compiler.reading.load import Document
from expc.compiler.reading.site import Site
from expc.plan import Plan
from expc.spec import Pointer, Stage


@dataclass(frozen=True)
class Context:
    """What a rule looks at. Materials and plan are there for the rules on weak designs: those run without errors."""

    document: Document
    scope: Scope
    path: Path
    project: Path
    digests: Digests
    broken: Mapping[str, str] = field(default_factory=dict)
    """Stage -> why its template can't be used."""
    site: Site | None = None
    """The cluster that the spec is to run at, if there is one."""

    @property
    def base(self) -> Path:
        """The folder that paths in the spec are relative to."""
        return self.path.parent

    @cached_property
    def materials(self) -> Materials:
        return gather(self.scope, self.path, self.project, self.digests, self.programs)

    @cached_property
    def programs(self) -> Found:
        return programs_of(self.scope, self.path, self.project)

    @cached_property
    def conditions(self) -> list[Condition]:
        """The whole design's; there must not be too many (E322)."""
        return design(self.scope.spec)

    @cached_property
    def folds(self) -> Folds | None:
        """Those of every condition; None where no data have any."""
        counted = map(folds, self.scope.spec.data.values())
        return folds_of(self.scope, self.conditions) if any(count is not None for count in counted) else None

    @cached_property
    def plan(self) -> Plan:
        return expand(self.scope, self.materials)

    def written(self, pointer: Pointer) -> Any:
        """The value as it is written at a pointer; None if nothing is."""
        value: Any = self.document.value
        for step in pointer:
            if isinstance(value, list) and isinstance(step, int):
                value = value[step]
            else:
                value = value.get(step) if isinstance(value, dict) else None
        return value

    def task_at(self, stage: Stage) -> Pointer:
        """Where the task of a stage is written: in the stage, or for all stages at the top."""
        own = (*stage.pointer, "task")
        return ("task",) if self.written(own) is None else own


class Finding(NamedTuple):
    pointer: Pointer
    message: str
    hint: str = ""
    key: bool = False
    """Whether the finding is about the key that stands there, not its value."""
    place: tuple[str, int, int] | None = None
    """File, line and column, if it stands in another file than the spec."""


Rule = Callable[[Context], Iterable[Finding]]


class Registered(NamedTuple):
    code: str
    rule: Rule
    after: tuple[str, ...]


RULES: list[Registered] = []

NO_TEMPLATE = "E306 E404"
"""After these, nobody knows which parameters and metrics there are."""


def check(code: str, *, after: str = "") -> Callable[[Rule], Rule]:
    """Register a rule. It is skipped if one of the codes in `after` was reported: no noise that follows from it."""

    def register(rule: Rule) -> Rule:
        RULES.append(Registered(code, rule, tuple(after.split())))
        return rule

    return register
