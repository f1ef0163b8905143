"""Parameters: unknown ones, values that don't fit, and factors that disagree about them."""

from __future__ import annotations

from collections.abc import Iterator

from expc.compiler.checks import Context, Finding, check
from expc.compiler.scope import StageScope
from expc.errors import nearest
from expc.spec import Factor, Level, MethodFile, Pointer, Value


@check("E318", after="E306 E316")
def unusable_method(context: Context) -> Iterator[Finding]:
    templates = [stage.template for stage in context.scope.stages.values() if stage.template]
    slots = {name: slot for template in templates for name, slot in template.slots.items()}
    for method in context.scope.spec.methods.values():
        if method.slot not in slots:
            message = f"no template of this spec has a slot {method.slot!r}"
            yield Finding(("methods", method.name, "slot"), message, nearest(method.slot, slots))
        elif method.name in slots[method.slot].choices:
            message = f"{method.name!r} is already a choice of the slot {method.slot!r}"
            yield Finding(("methods", method.name), message, "give the method another name", key=True)
        else:
            yield from _taken_parameters(method, context)


def _taken_parameters(method: MethodFile, context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        for name in method.params:
            if stage.template and (name in stage.template.parameters or name in stage.template.slots):
                message = f"template {stage.template.name!r} has a parameter {name!r} already"
                hint = "leave it out here: a method reads the template's parameters as well"
                yield Finding(("methods", method.name, "params", name), message, hint, key=True)


def assignments(context: Context) -> Iterator[tuple[Pointer, bool, str, Value, tuple[StageScope, ...]]]:
    """Every value given to a parameter: where, whether its name is the key there, name, value, the stages meant."""
    spec, stages = context.scope.spec, tuple(context.scope.stages.values())
    for name, value in spec.params.items():
        yield ("params", name), True, name, value, stages
    for stage in stages:
        for name, value in stage.stage.params.items():
            yield (*stage.stage.pointer, "params", name), True, name, value, (stage,)
    for index, override in enumerate(spec.overrides):
        for name, value in override.params.items():
            yield ("overrides", index, "params", name), True, name, value, stages
    for factor in spec.factors.values():
        readers = tuple(stage for stage in stages if factor.name in stage.reads)
        for position, level in enumerate(factor.levels):
            for name, value in level.sets.items():
                yield *_place(context, factor, position, level, name), name, value, readers


def _place(context: Context, factor: Factor, position: int, level: Level, name: str) -> tuple[Pointer, bool]:
    if factor.listed:
        return ("factors", factor.name, position), False
    written = context.document.value["factors"][factor.name][level.name]
    if isinstance(written, dict):
        return ("factors", factor.name, level.name, name), True
    return ("factors", factor.name, level.name), False


@check("E302", after="E303 E306 E318")
def unknown_parameter(context: Context) -> Iterator[Finding]:
    if any(stage.template is None for stage in context.scope.stages.values()):
        return
    everywhere = sorted({name for stage in context.scope.stages.values() for name in stage.parameters})
    for pointer, is_key, name, _, stages in assignments(context):
        if is_key and not any(stage.knows(name) for stage in stages or context.scope.stages.values()):
            known = sorted({name for stage in stages for name in stage.parameters}) or everywhere
            templates = {stage.template.name for stage in stages if stage.template}
            where = f"template {templates.pop()!r}" if len(templates) == 1 else "no template of this spec"
            verb = "has no" if "no template" not in where else "has a"
            yield Finding(pointer, f"{where} {verb} parameter {name!r}", nearest(name, known), key=True)


@check("E310", after="E302 E305 E306 E318")
def value_that_does_not_fit(context: Context) -> Iterator[Finding]:
    for pointer, _, name, value, stages in assignments(context):
        for stage in stages:
            if stage.template is None or not stage.knows(name):
                continue
            problem, hint = _problem(context, stage, name, value)
            if problem:
                yield Finding(pointer, f"{name}: {problem}", hint)
                break


def _problem(context: Context, stage: StageScope, name: str, value: Value) -> tuple[str, str]:
    spec, template = context.scope.spec, stage.template
    assert template is not None
    if name == "dataset":
        return ("", "") if value in spec.data else (f"there is no data set {value!r}", nearest(str(value), spec.data))
    if name in template.slots:
        methods = [method.name for method in spec.methods.values() if method.slot == name]
        allowed = [*template.slots[name].choices, *methods]
        return ("", "") if value in allowed else (f"{value!r} is no choice of it, nor a method", nearest(str(value), allowed))
    if name in template.parameters:
        return template.parameters[name].problem(value) or "", ""
    return "", ""


@check("E308", after="E302 E303")
def two_factors_set_one_parameter(context: Context) -> Iterator[Finding]:
    setters: dict[str, str] = {}
    for factor in context.scope.spec.factors.values():
        for name in {name: None for level in factor.levels for name in level.sets}:
            if setters.setdefault(name, factor.name) != factor.name:
                message = f"factors {setters[name]!r} and {factor.name!r} both set the parameter {name!r}"
                yield Finding(("factors", factor.name), message, "let one factor set it, in its levels", key=True)


@check("E309", after="E302 E303")
def level_without_its_own_parameter(context: Context) -> Iterator[Finding]:
    for factor in context.scope.spec.factors.values():
        readers = [stage for stage in context.scope.stages.values() if factor.name in stage.reads and stage.template]
        own = any(factor.name in level.sets for level in factor.levels)
        if not own and not any(stage.knows(factor.name) for stage in readers):
            continue
        for level in factor.levels:
            if factor.name not in level.sets:
                message = f"level {level.name!r} does not set {factor.name!r}, the parameter of the factor's name"
                hint = f"add `{factor.name}: …` to the level, or rename the factor"
                yield Finding(("factors", factor.name, level.name), message, hint, key=True)
