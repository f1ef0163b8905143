"""Parameters: unknown ones, values that don't fit, and the methods that bring new ones."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from typing import NamedTuple

from expc.compiler.checks.names import parameter_places
from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.checks.sweeps import sweep
from expc.compiler.meaning.given import FROM, role_of
from expc.compiler.meaning.scope import StageScope
from expc.compiler.templates.method import ALWAYS_READ, method_reads
from expc.compiler.templates.template import Parameter, Template
from expc.errors import nearest
from expc.spec import CHANGE_ME, Factor, Level, MethodFile, Pointer, Value

ALSO_CALLED = {
    "learning_rate": "lr",
    "bs": "batch_size",
    "num_epochs": "epochs",
    "max_epochs": "epochs",
    "wd": "weight_decay",
    "data": "dataset",
    "architecture": "model",
    "gradient_clip": "grad_clip",
    "early_stopping": "patience",
}
"""What other tools call the templates' parameters, where the spelling alone doesn't tell."""


@check("E318", after=f"{NO_TEMPLATE} E316")
def unusable_method(context: Context) -> Iterator[Finding]:
    templates = [stage.template for stage in context.scope.stages.values() if stage.template]
    slots = {name: slot for template in templates for name, slot in template.slots.items()}
    declared: dict[str, MethodFile] = {}
    for method in context.scope.spec.methods.values():
        if method.slot not in slots:
            message = f"no template of this spec has a slot {method.slot!r}"
            yield Finding(("methods", method.name, "slot"), message, nearest(method.slot, slots))
        elif method.name in slots[method.slot].choices:
            message = (
                f"{method.name!r} is a choice of the slot {method.slot!r} already, one that comes with the template"
            )
            yield Finding(("methods", method.name), message, "give the method another name", key=True)
        for name in method.params:
            problem, hint = _new_parameter_problem(templates, method, name, declared.setdefault(name, method))
            if problem:
                yield Finding(("methods", method.name, "params", name), problem, hint, key=True)


def _new_parameter_problem(
    templates: list[Template], method: MethodFile, name: str, first: MethodFile
) -> tuple[str, str]:
    for template in templates:
        if method.slot in template.slots and (name in template.parameters or name in template.slots):
            message = f"template {template.name!r} has a parameter {name!r} already"
            return message, "leave it out here: a method reads the template's parameters as well"
    if name in (*ALWAYS_READ - {"seed"}, "dataset"):  # E324 speaks of the seed
        return f"{name!r} is something else where a method reads its parameters", "choose another name"
    if not name.isidentifier() or keyword.iskeyword(name):
        return f"{name!r} can't be a name in Python, where the method reads it", "use letters, digits and _"
    if first.params[name] != method.params[name]:
        message = f"method {first.name!r} gives {name!r} another default, and a parameter has one"
        return message, "use one default, or two names"
    return "", ""


NUL = "no program can be given a NUL character"


class Assignment(NamedTuple):
    """A value given to a parameter; `stages` are those that are meant."""

    pointer: Pointer
    name: str
    value: Value
    stages: tuple[StageScope, ...]


def assignments(context: Context) -> Iterator[Assignment]:
    spec, stages = context.scope.spec, tuple(context.scope.stages.values())
    for name, value in spec.params.items():
        yield Assignment(("params", name), name, value, stages)
    for stage in stages:
        for name, value in stage.stage.params.items():
            yield Assignment((*stage.stage.pointer, "params", name), name, value, (stage,))
    for index, override in enumerate(spec.overrides):
        for name, value in override.params.items():
            yield Assignment(("overrides", index, "params", name), name, value, stages)
    for factor in spec.factors.values():
        readers = tuple(stage for stage in stages if factor.name in stage.reads)
        for position, level in enumerate(factor.levels):
            for name, value in level.sets.items():
                yield Assignment(_place(context, factor, position, level, name), name, value, readers)


def given_to(context: Context, stage: StageScope) -> set[str]:
    """The parameters of a stage that have a value somewhere in the spec."""
    return {assignment.name for assignment in assignments(context) if stage in assignment.stages}


def _place(context: Context, factor: Factor, position: int, level: Level, name: str) -> Pointer:
    if factor.listed:
        return (*factor.pointer, position)
    here = (*factor.pointer, level.name)
    return (*here, name) if isinstance(context.written(here), dict) else here


def undeclared(context: Context, method: MethodFile) -> dict[str, Value]:
    """The parameters that a method reads and doesn't declare, and the spec sets all the same: each with a value."""
    try:
        reads = method_reads((context.base / method.file).read_text(encoding="utf-8")) or frozenset()
    except (OSError, ValueError, RecursionError, MemoryError):  # E401 and E403 speak of those
        return {}
    unknown = {name for name in reads if not any(stage.knows(name) for stage in context.scope.stages.values())}
    stated = reversed([*assignments(context)]) if unknown else ()
    return {one.name: one.value for one in stated if one.name in unknown}


@check("E302", after=NO_TEMPLATE)
def unknown_parameter(context: Context) -> Iterator[Finding]:
    stages = context.scope.stages.values()
    methods = context.scope.spec.methods.values()
    of_methods = {name for method in methods for name in (*method.params, *undeclared(context, method))}
    for pointer, name in dict.fromkeys(parameter_places(context)):
        meant = [stage for stage in stages if pointer[:2] == stage.stage.pointer] or [*stages]
        taken = name == "seed" or name in of_methods or pointer[0] == "methods"  # E324, E318 and E403 speak of those
        if not taken and not any(stage.knows(name) for stage in meant):
            yield Finding(pointer, *_no_parameter(name, meant, is_factor=pointer == ("factors", name)), key=True)


def _no_parameter(name: str, stages: list[StageScope], *, is_factor: bool) -> tuple[str, str]:
    known = sorted({name for stage in stages for name in stage.parameters})
    if role_of(name):
        known = sorted({FROM + role for stage in stages if stage.template for role in stage.template.inputs})
    templates = {stage.template.name for stage in stages if stage.template}
    where = f"template {templates.pop()!r} has no" if len(templates) == 1 else "no template of this spec has a"
    hint = nearest(name, known)
    if ALSO_CALLED.get(name) in known:
        hint = f"write {ALSO_CALLED[name]}; allowed: {', '.join(known)}"
    if is_factor:
        hint += "; or let each level set parameters: `level-name: {lr: 0.1}`"
    return f"{where} parameter {name!r}", hint


@check("E305", after=NO_TEMPLATE)
def unknown_data_to_learn_from(context: Context) -> Iterator[Finding]:
    known = context.scope.spec.data
    for pointer, name, value, stages in assignments(context):
        reads_data = any(stage.template and stage.template.data for stage in stages)
        if name == "dataset" and reads_data and known and value not in known:
            yield Finding(pointer, f"there is no data set {value!r}", nearest(str(value), known))


@check("E310", after=NO_TEMPLATE)
def value_that_does_not_fit(context: Context) -> Iterator[Finding]:
    swept = {factor.pointer for factor in context.scope.spec.factors.values() if sweep(context, factor)}
    for pointer, name, value, stages in assignments(context):
        if pointer[:2] in swept:  # E379 speaks of these
            continue
        problems = (_problem(context, stage, name, value) for stage in stages)
        problem, hint = next((found for found in problems if found[0]), ("", ""))
        if problem:
            yield Finding(pointer, f"{name}: {problem}", hint)


def _problem(context: Context, stage: StageScope, name: str, value: Value) -> tuple[str, str]:
    template = stage.template
    if value == CHANGE_ME:  # E361 speaks of it
        return "", ""
    if template is None:
        nul = stage.program is not None and isinstance(value, str) and "\0" in value
        return (NUL, "write another separator; within a list, expc passes it on as \\u0000") if nul else ("", "")
    if name in template.slots:
        methods = context.scope.spec.methods.values()
        elsewhere = {method.name for method in methods if method.slot not in template.slots}  # E318 speaks of those
        allowed = [*template.slots[name].choices, *(method.name for method in methods if method.slot == name)]
        if value in allowed or value in elsewhere:
            return "", ""
        hint = f"{nearest(str(value), allowed)}; a file of your own becomes a choice under `methods`"
        return f"the slot has no choice {value!r}", hint
    if name in template.parameters:
        return template.parameters[name].problem(value) or "", _hint(template.parameters[name], value)
    return "", ""


def _hint(parameter: Parameter, value: Value) -> str:
    if isinstance(value, str) and parameter.choices:
        return nearest(value.lower(), map(str, parameter.choices))
    if isinstance(value, str) and _is_number(value) and parameter.item_type in ("int", "float"):
        return f"write it without quotes: {value}"
    return f"{parameter.name} is: {parameter.description}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@check("E354", after=f"{NO_TEMPLATE} E302 E310")
def parameter_that_must_be_given(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    for stage in context.scope.stages.values():
        for parameter in stage.template.parameters.values() if stage.template else ():
            name = parameter.name
            given = name in {**spec.params, **stage.stage.params}
            varied = any(all(name in level.sets for level in spec.factors[read].levels) for read in stage.reads)
            if stage.template and parameter.required and not (given or varied):
                message = f"template {stage.template.name!r} needs a {name!r}, and nothing gives it one"
                hint = f"add it to params, or make it a factor. {name} is: {parameter.description}"
                yield Finding(context.task_at(stage.stage), message, hint)
