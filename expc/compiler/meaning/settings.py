"""A stage in, the parameters and limits of each of its conditions out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from expc.compiler.meaning.derive import derived, in_order
from expc.compiler.meaning.design import Condition, matcher
from expc.compiler.meaning.given import role_of
from expc.compiler.meaning.scope import Scope, StageScope
from expc.compiler.programs.revision import PATCH, REF
from expc.compiler.templates.render import Method
from expc.compiler.templates.template import Template
from expc.spec import Resources, Spec, Value


class Setting(NamedTuple):
    """One condition of a stage, with everything that was said about it resolved."""

    condition: Condition
    params: Mapping[str, Value]
    limits: Resources
    read: Mapping[str, Value]
    """The parameters that the chosen program reads, sorted; neither slots nor the data set's name."""
    chosen: tuple[Value, ...]
    """The values that choose a program and its data."""


def settings(
    scope: Scope, stage: StageScope, conditions: Sequence[Condition], methods: Mapping[str, Method]
) -> Iterator[Setting]:
    """The stage's conditions, each once, in the order of the whole design's."""
    reader = _Reader(stage, methods)
    formulas = in_order(derived(scope.spec, stage))
    for condition, params, limits in resolved(scope, stage, conditions):
        for formula in formulas:
            params[formula.name] = formula.value(stage, params)
        chosen = tuple([params.get(name) for name in reader.choosing])
        names = reader.names(chosen, params)
        yield Setting(condition, params, limits, {name: params[name] for name in names}, chosen)


def resolved(
    scope: Scope, stage: StageScope, conditions: Sequence[Condition]
) -> Iterator[tuple[Condition, dict[str, Value], Resources]]:
    """The stage's conditions, each with the parameters that the spec gives it, before formulas, and its limits."""
    order = tuple(scope.spec.factors)
    places = [order.index(name) for name in stage.factors]
    base = _defaults(scope.spec, stage)
    effects = _effects(scope.spec, stage)
    overrides = _overrides(scope.spec, stage)
    for condition in conditions if len(places) == len(order) else _projected(conditions, places):
        params, limits = dict(base), stage.stage.resources
        for place, levels in effects:
            params.update(levels[condition[place]])
        for matches, changes, other in overrides:
            if matches(condition):
                params.update(changes)
                limits = replace(limits, **other) if other else limits
        yield condition, params, limits


class _Reader:
    """The names of the parameters that are read, looked up once for each choice of programs."""

    def __init__(self, stage: StageScope, methods: Mapping[str, Method]) -> None:
        self.template, self.methods = stage.template, methods
        template = stage.template
        self.choosing: tuple[str, ...] = (REF, PATCH)
        if template:
            self.choosing = (*_choosing(template), *(["dataset"] if template.data else []))
        self.found: dict[tuple[Value, ...], list[str]] = {}

    def names(self, chosen: tuple[Value, ...], params: Mapping[str, Value]) -> list[str]:
        if not self.template:  # levels may set different ones
            return sorted(name for name in params.keys() - {REF, PATCH} if not role_of(name))
        if chosen not in self.found:
            self.found[chosen] = sorted(self.template.read_parameters(params, self.methods))
        return self.found[chosen]


def _choosing(template: Template) -> list[str]:
    """The slots, and the parameters whose values switch others off."""
    switches = {name for parameter in template.parameters.values() for name in parameter.read_by}
    return [*template.slots, *sorted(switches - set(template.slots))]


def _projected(conditions: Iterable[Condition], places: Sequence[int]) -> Iterable[Condition]:
    """The conditions of some factors, each once, in order of appearance."""
    return dict.fromkeys(tuple([condition[place] for place in places]) for condition in conditions)


def _defaults(spec: Spec, stage: StageScope) -> dict[str, Value]:
    """The template's values, then `params`, then the stage's own."""
    template = stage.template
    values: dict[str, Value] = {}
    if template:
        values.update({name: slot.default for name, slot in template.slots.items()})
        values.update({name: parameter.default for name, parameter in template.parameters.items()})
        for method in spec.methods.values():
            values.update(method.params if method.slot in template.slots else {})
        if template.data and len(spec.data) == 1:
            values["dataset"] = next(iter(spec.data))
    values.update(known(stage, spec.params))
    values.update(known(stage, stage.stage.params))
    return values


def known(stage: StageScope, params: Mapping[str, Value]) -> dict[str, Value]:
    """Those of some parameters that a stage has, in their declared type."""
    found = {name: value for name, value in params.items() if stage.knows(name)}
    if stage.template:
        declared = stage.template.parameters
        return {name: declared[name].cast(value) if name in declared else value for name, value in found.items()}
    return found


def _effects(spec: Spec, stage: StageScope) -> list[tuple[int, list[dict[str, Value]]]]:
    """For each factor that the stage reads: its place in the stage's conditions, and what each level sets."""
    return [
        (stage.factors.index(name), [known(stage, level.sets) for level in spec.factors[name].levels])
        for name in stage.reads
    ]


def _overrides(
    spec: Spec, stage: StageScope
) -> list[tuple[Callable[[Condition], bool], dict[str, Value], Mapping[str, Any]]]:
    return [
        (matcher(spec.factors, stage.factors, override.when), known(stage, override.params), override.resources)
        for override in spec.overrides
    ]
