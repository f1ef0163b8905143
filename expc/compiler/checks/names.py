"""Names that nothing answers to: templates, stages, factors, levels, data sets, codes; and names that are taken."""

from __future__ import annotations

from collections.abc import Iterator

from expc.compiler.checks import Context, Finding, check
from expc.compiler.template import template_names
from expc.errors import nearest
from expc.spec import Partial, Pointer

RESERVED_FACTORS = ("on", "seed", "stage", "fold")
RESERVED_PARAMETERS = ("seed",)


@check("E306")
def unknown_template(context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        task = stage.stage.task
        if isinstance(task, str) and stage.template is None:
            own = (*stage.stage.pointer, "task")
            pointer = own if stage.stage.pointer and _has(context, own) else ("task",)
            yield Finding(pointer, f"there is no template {task!r}", nearest(task, template_names()))


def _has(context: Context, pointer: Pointer) -> bool:
    value: object = context.document.value
    for step in pointer:
        if not isinstance(value, dict) or step not in value:
            return False
        value = value[step]
    return True


@check("E307")
def unknown_stage(context: Context) -> Iterator[Finding]:
    known = context.scope.spec.stages
    for stage in known.values():
        for name, source in stage.takes.items():
            above = source.rpartition(".")[0]
            if above not in known:
                yield Finding((*stage.pointer, "from", name), f"there is no stage {above!r}", nearest(above, known))
    for view in (*context.scope.spec.tables, *context.scope.spec.figures):
        if view.stage is not None and view.stage not in known:
            yield Finding((*view.pointer, "stage"), f"there is no stage {view.stage!r}", nearest(view.stage, known))


def partials(context: Context) -> Iterator[tuple[Pointer, Partial, bool]]:
    """Every partial condition of the spec: where it stands, what it says, and whether `on` may stand in it."""
    spec = context.scope.spec
    for index, partial in enumerate(spec.exclude):
        yield ("exclude", index), partial, False
    for index, override in enumerate(spec.overrides):
        yield ("overrides", index, "when"), override.when, False
    if spec.baseline is not None:
        yield ("baseline",), spec.baseline, False
    for view in (*spec.tables, *spec.figures):
        yield (*view.pointer, "at"), view.at, True


@check("E303")
def unknown_factor(context: Context) -> Iterator[Finding]:
    factors = context.scope.spec.factors
    for pointer, partial, on in partials(context):
        for name in partial:
            if name not in factors and not (on and name == "on"):
                yield Finding((*pointer, name), f"there is no factor {name!r}", nearest(name, factors), key=True)
    for stage in context.scope.spec.stages.values():
        for index, name in enumerate(stage.reads or ()):
            if name not in factors:
                pointer = (*stage.pointer, "reads", index)
                yield Finding(pointer, f"there is no factor {name!r}", nearest(name, factors))


@check("E304", after="E303")
def unknown_level(context: Context) -> Iterator[Finding]:
    for pointer, partial, _ in partials(context):
        for name, levels in partial.items():
            if name == "on":
                continue
            factor = context.scope.spec.factors[name]
            for index, level in enumerate(levels):
                if factor.index(level) is None:
                    listed = _is_list(context, (*pointer, name))
                    where = (*pointer, name, index) if listed else (*pointer, name)
                    hint = nearest(str(level), [level.name for level in factor.levels])
                    yield Finding(where, f"factor {name!r} has no level {level!r}", hint)


def _is_list(context: Context, pointer: Pointer) -> bool:
    value: object = context.document.value
    for step in pointer:
        value = value[step]  # type: ignore[index]  # the pointer was made from the value
    return isinstance(value, list)


@check("E305")
def unknown_data(context: Context) -> Iterator[Finding]:
    known = context.scope.spec.data
    for stage in context.scope.stages.values():
        for index, name in enumerate(stage.stage.evaluate):
            if name not in known and stage.program is None:
                yield Finding((*stage.stage.evaluate_at, index), f"there is no data set {name!r}", nearest(name, known))
    for view in (*context.scope.spec.tables, *context.scope.spec.figures):
        for name in view.at.get("on", ()):
            if name not in known:
                yield Finding((*view.pointer, "at", "on"), f"there is no data set {name!r}", nearest(str(name), known))


@check("E321")
def unknown_code(context: Context) -> Iterator[Finding]:
    from expc.compiler.checks import RULES

    known = sorted(rule.code for rule in RULES if rule.code.startswith("R"))
    for code in context.scope.spec.ignore:
        if code not in known:
            yield Finding(("ignore", code), f"there is no check {code}", nearest(code, known), key=True)


@check("E324")
def reserved_name(context: Context) -> Iterator[Finding]:
    for name in context.scope.spec.factors:
        if name in RESERVED_FACTORS:
            message = f"a factor can't be called {name!r}: results have a column of that name"
            yield Finding(("factors", name), message, "choose another name", key=True)
    for pointer, name in parameter_places(context):
        if name in RESERVED_PARAMETERS:
            message = f"{name!r} is no parameter: every trial gets its seed from `seeds`"
            yield Finding(pointer, message, "write `seeds: 5`, or `seeds: [3, 4]`", key=True)


def parameter_places(context: Context) -> Iterator[tuple[Pointer, str]]:
    """Where the spec names a parameter as a key."""
    spec = context.scope.spec
    for name in spec.params:
        yield ("params", name), name
    for stage in spec.stages.values():
        for name in stage.params:
            yield (*stage.pointer, "params", name), name
    for factor in spec.factors.values():
        for level in factor.levels:
            for name in level.sets:
                if not factor.listed and name != factor.name:
                    yield ("factors", factor.name, level.name, name), name
    for index, override in enumerate(spec.overrides):
        for name in override.params:
            yield ("overrides", index, "params", name), name
