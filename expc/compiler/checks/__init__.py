"""A scope in, everything that is wrong or weak with it out: one small rule for each code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

# Each module registers its rules, in the order in which they run.
# isort: off
from expc.compiler.checks import (  # noqa: F401 - they register themselves
    unfinished,
    names,
    stages,
    sweeps,
    parameters,
    levels,
    metrics,
    programs,
    elements,
    switches,
    multirun,
    configurations,
    revisions,
    environment,
    files,
    predicted,
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
    columns,
    sameness,
    sharing,
    repetition,
    confounding,
    fairness,
    evidence,
    budgets,
    machine,
)

# isort: on
from expc.compiler.checks.rule import RULES, Context, Finding, Registered
from expc.errors import Diagnostic
from expc.spec import Pointer

__all__ = ["run_checks", "run_some"]

ENOUGH = 100
"""Findings of one rule; nobody reads more, and a list of what is allowed for each would take its time."""


def run_checks(context: Context) -> list[Diagnostic]:
    """All findings; the rules for weak designs (R) run only on a spec that compiles."""
    found = list(_run(context, [rule for rule in RULES if rule.code.startswith("E")]))
    if not found:
        ignored = context.scope.spec.ignore
        found = list(_run(context, [rule for rule in RULES if rule.code.startswith("R") and rule.code not in ignored]))
    return sorted(set(found))


def run_some(context: Context, wanted: Callable[[str, Pointer], bool]) -> list[Diagnostic]:
    """The errors of which that is true; of the others, only those run after which such a rule must not."""
    needed: set[str] = set()
    for code, _, after in reversed(RULES):
        if code.startswith("E") and (code in needed or wanted(code, ())):
            needed.update((code, *after))
    return sorted(set(_run(context, [rule for rule in RULES if rule.code in needed], wanted)))


def _run(
    context: Context, rules: Iterable[Registered], wanted: Callable[[str, Pointer], bool] | None = None
) -> Iterator[Diagnostic]:
    reported: set[str] = set()
    for code, rule, after in rules:
        if reported.isdisjoint(after):
            for finding in islice(rule(context), ENOUGH):
                reported.add(code)
                if wanted is None or wanted(code, finding.pointer):
                    yield _diagnostic(context, code, finding)


def _diagnostic(context: Context, code: str, finding: Finding) -> Diagnostic:
    if finding.place is not None:
        return Diagnostic(*finding.place, code, finding.message, finding.hint)
    return context.document.diagnostic(code, finding.pointer, finding.message, finding.hint, key=finding.key)
