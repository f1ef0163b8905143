"""A scope in, everything that is wrong or weak with it out: one small rule for each code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from expc.compiler.codes import Found
from expc.compiler.codes import programs as programs_of
from expc.compiler.design import Condition, design
from expc.compiler.digest import Digests
from expc.compiler.expand import expand
from expc.compiler.gather import Materials, gather
from expc.compiler.load import Document
from expc.compiler.scope import Scope
from expc.compiler.site import Site
from expc.errors import Diagnostic
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

ENOUGH = 100
"""Findings of one rule; nobody reads more, and a list of what is allowed for each would take its time."""

NO_TEMPLATE = "E306 E404"
"""After these, nobody knows which parameters and metrics there are."""


def check(code: str, *, after: str = "") -> Callable[[Rule], Rule]:
    """Register a rule. It is skipped if one of the codes in `after` was reported: no noise that follows from it."""

    def register(rule: Rule) -> Rule:
        RULES.append(Registered(code, rule, tuple(after.split())))
        return rule

    return register


def run_checks(context: Context) -> list[Diagnostic]:
    """All findings; the rules for weak designs (R) run only on a spec that compiles."""
    found = list(_run(context, [rule for rule in RULES if rule.code.startswith("E")]))
    if not found:
        ignored = context.scope.spec.ignore
        found = list(_run(context, [rule for rule in RULES if rule.code.startswith("R") and rule.code not in ignored]))
    return sorted(set(found))


def run_some(context: Context, wanted: Callable[[str, Pointer], bool]) -> list[Diagnostic]:
    """The errors of which that is true; the others are not said, and nothing follows from them."""
    return sorted(set(_run(context, [rule for rule in RULES if rule.code.startswith("E")], wanted)))


def _run(
    context: Context, rules: Iterable[Registered], wanted: Callable[[str, Pointer], bool] | None = None
) -> Iterator[Diagnostic]:
    reported: set[str] = set()
    for code, rule, after in rules:
        if reported.isdisjoint(after) and (wanted is None or wanted(code, ())):
            for finding in islice(rule(context), ENOUGH):
                reported.add(code)
                if wanted is None or wanted(code, finding.pointer):
                    yield _diagnostic(context, code, finding)


def _diagnostic(context: Context, code: str, finding: Finding) -> Diagnostic:
    if finding.place is not None:
        return Diagnostic(*finding.place, code, finding.message, finding.hint)
    return context.document.diagnostic(code, finding.pointer, finding.message, finding.hint, key=finding.key)


# Each module registers its rules, in the order in which they run.
# isort: off
from expc.compiler.checks import (  # noqa: E402  (they register with what stands above)
    unfinished,
    names,
    stages,
    parameters,
    levels,
    metrics,
    programs,
    configurations,
    revisions,
    environment,
    files,
    crossing,
    views,
    untrained,
    designs,
    splits,
    formulas,
    inputs,
    resources,
    software,
    site,
    steps,
    rigour,
    confounding,
    evidence,
    budgets,
)
# isort: on

__all__ = [
    "NO_TEMPLATE",
    "RULES",
    "Context",
    "Finding",
    "budgets",
    "check",
    "configurations",
    "confounding",
    "crossing",
    "designs",
    "environment",
    "evidence",
    "files",
    "formulas",
    "inputs",
    "levels",
    "metrics",
    "names",
    "parameters",
    "programs",
    "resources",
    "revisions",
    "rigour",
    "run_checks",
    "run_some",
    "site",
    "software",
    "splits",
    "stages",
    "steps",
    "unfinished",
    "untrained",
    "views",
]
