"""Formulas under `derive`: such as can't be read, know no such name, go in a circle, or come to nothing that fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from expc.compiler.checks.elements import elements_of
from expc.compiler.checks.parameters import assignments, given_to
from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.checks.switches import switch_of
from expc.compiler.meaning.derive import Derived, circle, derived, feeding, in_order
from expc.compiler.meaning.design import Condition
from expc.compiler.meaning.formula import FormulaError, may_be_true
from expc.compiler.meaning.given import role_of
from expc.compiler.meaning.scope import StageScope
from expc.compiler.meaning.settings import resolved
from expc.errors import nearest
from expc.spec import Spec, Value

FORMULAS = "E333 E334 E335 E336 E338"
"""After these, nobody knows the values of derived parameters."""


def _formulas(context: Context) -> Iterator[tuple[StageScope, dict[str, Derived]]]:
    for stage in context.scope.stages.values():
        yield stage, derived(context.scope.spec, stage)


def _at(context: Context, formula: Derived, error: FormulaError) -> Finding:
    """A finding on one character of a formula."""
    place = context.document.located_in(formula.pointer, error.at)
    return Finding(formula.pointer, f"{formula.name}: {error.message}", error.hint, place=place)


@check("E333")
def formula_that_can_not_be_read(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    written = [Derived(name, text, ("derive", name)) for name, text in spec.derive.items()]
    for stage in spec.stages.values():
        written += [Derived(name, text, (*stage.pointer, "derive", name)) for name, text in stage.derive.items()]
    for formula in written:
        try:
            formula.tree  # noqa: B018  (it is parsed when it is first asked for)
        except FormulaError as error:
            yield _at(context, formula, error)


@check("E319", after=f"{NO_TEMPLATE} E333")
def switch_or_list_that_a_formula_makes_a_number(context: Context) -> Iterator[Finding]:
    for stage, formulas in _formulas(context):
        for formula in formulas.values():
            said = switch_of(stage, formula.name)
            if elements_of(stage, formula.name):
                message = f"{formula.name} is a number, and {{{formula.name}...}} in the command is for a list"
                yield Finding(formula.pointer, message, f"{{{formula.name}}} hands on any value")
            elif said and not may_be_true(formula.tree):
                message = f"{formula.name} is a number, and {said} in the command is for true and false"
                yield Finding(formula.pointer, message, f"{{{formula.name}}} hands on any value")


@check("E334", after=f"{NO_TEMPLATE} E333")
def unknown_name_in_a_formula(context: Context) -> Iterator[Finding]:
    for stage, formulas in _formulas(context):
        known = set(stage.parameters) if stage.template else {*given_to(context, stage), *formulas}
        for formula in formulas.values():
            for read in formula.reads:
                if read.name not in known:
                    message = f"there is no parameter {read.name!r}"
                    if context.written(("stages",)):
                        message = f"stage {stage.name!r} has no parameter {read.name!r}"
                    yield _at(context, formula, FormulaError(read.at, message, _known(read.name, known)))


def _known(name: str, known: set[str]) -> str:
    if name == "seed":
        return "a formula is computed once for all seeds of a condition"
    dashed = [other for other in sorted(known) if other.startswith(f"{name}-")]
    if dashed:
        return f"{dashed[0]} can't stand in a formula, where - is minus: give the parameter a name with _"
    return nearest(name, sorted(known))


@check("E335", after=f"{NO_TEMPLATE} E333")
def formulas_in_a_circle(context: Context) -> Iterator[Finding]:
    for _, formulas in _formulas(context):
        if round_ := circle(formulas):
            path = " ← ".join([*(formula.name for formula in round_), round_[0].name])
            message = f"formulas are computed from each other in a circle: {path}"
            yield Finding(round_[0].pointer, message, "give one of them a value under `params`")


@check("E337", after=f"{NO_TEMPLATE} E333 E302")
def value_that_a_formula_replaces(context: Context) -> Iterator[Finding]:
    """`params` for all stages are like a template's defaults: what comes after them may replace them."""
    replaced = {
        stage.name: {formula.name for formula in formulas.values() if not formula.begins_with_itself}
        for stage, formulas in _formulas(context)
    }
    met: set[tuple[object, ...]] = set()
    for pointer, name, _, stages in assignments(context):
        meant = [stage for stage in stages if stage.knows(name)]
        if pointer[0] == "params" or not meant or not all(name in replaced[stage.name] for stage in meant):
            continue
        place = (*pointer[:2], name) if pointer[0] == "factors" else pointer
        if place not in met:
            met.add(place)
            message = f"{name} is computed by a formula, so that this value would count nowhere"
            hint = f'remove one of the two, or let the formula begin with the value: `{name}: "{name} * …"`'
            yield Finding(pointer, message, hint)


@check("E338", after=NO_TEMPLATE)
def parameter_that_no_formula_can_give(context: Context) -> Iterator[Finding]:
    for stage, formulas in _formulas(context):
        for formula in formulas.values():
            if not_a_number := _not_a_number(stage, formula.name):
                message = f"{formula.name} is {not_a_number}, and a formula gives a number"
                hint = "give it a value under `params`, in the levels of a factor or in `overrides`"
                yield Finding(formula.pointer, message, hint, key=True)


def _not_a_number(stage: StageScope, name: str) -> str:
    if role_of(name):
        return "an input by name"
    if stage.template is None:
        return ""
    parameter = stage.template.parameters.get(name)
    if name in stage.template.slots or name == "dataset":
        return "a choice by name"
    if parameter is None or parameter.type in ("int", "float", "bool"):
        return ""
    return "a list" if parameter.is_list else "a text"


@check(
    "E336",
    after=f"{NO_TEMPLATE} E302 E303 E304 E305 E308 E309 E310 E311 E315 E317 E318 E322 E325 E327 E328 E329 E330"
    " E333 E334 E335 E337 E338",
)
def formula_without_a_value_that_fits(context: Context) -> Iterator[Finding]:
    for stage, formulas in _formulas(context):
        failed: set[str] = set()
        for condition, params in _distinct(context, stage, formulas) if formulas else ():
            where = _words(context.scope.spec, stage, condition)
            for formula, error in _problems(stage, formulas, params):
                if formula.name not in failed:
                    failed.add(formula.name)
                    yield _at(context, formula, FormulaError(error.at, error.message + where, error.hint))
            if failed == set(formulas):
                break


def _distinct(
    context: Context, stage: StageScope, formulas: Mapping[str, Derived]
) -> Iterator[tuple[Condition, dict[str, Value]]]:
    """The conditions that differ in something that formulas read."""
    read = sorted(feeding(formulas.values(), formulas))
    met: set[tuple[object, ...]] = set()
    for condition, params, _ in resolved(context.scope, stage, context.conditions):
        key = tuple((type(params.get(name)), params.get(name)) for name in read)
        if key not in met:
            met.add(key)
            yield condition, params


def _problems(
    stage: StageScope, formulas: Mapping[str, Derived], params: Mapping[str, Value]
) -> Iterator[tuple[Derived, FormulaError]]:
    """The formulas without a value; not those that read one of them."""
    values = dict(params)
    without: set[str] = set()
    for formula in in_order(formulas):
        if not without.isdisjoint(read.name for read in formula.reads):
            without.add(formula.name)
            continue
        try:
            values[formula.name] = formula.value(stage, values)
        except FormulaError as error:
            without.add(formula.name)
            yield formula, error


def _words(spec: Spec, stage: StageScope, condition: Condition) -> str:
    levels = [
        f"{name}={spec.factors[name].levels[place].name}"
        for name, place in zip(stage.factors, condition, strict=True)
        if len(spec.factors[name].levels) > 1
    ]
    return f" (where {', '.join(levels)})" if levels else ""
