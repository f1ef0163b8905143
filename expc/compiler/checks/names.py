"""Names that nothing answers to: templates, stages, factors, levels, data sets, codes; and names that are taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from expc.compiler.checks.rule import RULES, Context, Finding, check
from expc.compiler.checks.sweeps import sweep
from expc.compiler.templates.template import FILE, template_names
from expc.errors import nearest
from expc.runner.outcome import EVALUATE, READ
from expc.spec import Factor, Partial, Pointer, Value, level_name, same

PLACEHOLDERS = ("args", "args:hydra", "seed", "checkpoint_dir", "trial_dir")
"""What a command can name beside parameters."""

STEPS = {EVALUATE: "measures trained models", READ: "looks for patterns in what trials have printed"}
IN_RESULTS = ("code", "data", "images", "inputs", "trials")
"""Folders of `results/` that don't belong to one experiment."""


@check("E306")
def unknown_template(context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        task = stage.stage.task
        if not isinstance(task, str) or stage.template is not None or stage.name in context.broken:
            continue
        if " " in task.strip():
            message = f"there is no template {task!r}"
            hint = f'a program of your own is written `task: {{command: "{task.strip()} {{args}}"}}`'
        elif "/" in task:
            message = f"there is no template in {task!r}: a template is a folder that holds a {FILE}"
            hint = (
                f"paths are relative to the spec's folder; templates that come with expc: {', '.join(template_names())}"
            )
        else:
            message = f"there is no template {task!r}"
            hint = f"{nearest(task, template_names())}; one of your own is a path with a slash, such as ./my-template"
        yield Finding(context.task_at(stage.stage), message, hint)


@check("E404")
def broken_template(context: Context) -> Iterator[Finding]:
    for name, why in context.broken.items():
        stage = context.scope.spec.stages[name]
        hint = "mend the template; those that come with expc show what a template.yaml says"
        yield Finding(context.task_at(stage), f"template {stage.task!r} can't be used: {why}", hint)
    first: dict[str, Path] = {}
    for stage_scope in context.scope.stages.values():
        if template := stage_scope.template:
            other = first.setdefault(template.name, template.folder)
            if other.resolve() != template.folder.resolve():
                message = f"two templates of this spec are called {template.name!r}: {other} and {template.folder}"
                hint = "change `name` in the template.yaml of one of them"
                yield Finding(context.task_at(stage_scope.stage), message, hint)


@check("E307")
def unknown_stage(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    for stage in spec.stages.values():
        for name, source in stage.takes.items():
            above = source.rpartition(".")[0]
            if above not in spec.stages:
                others = [other for other in spec.stages if other != stage.name]
                yield Finding((*stage.pointer, "from", name), f"there is no stage {above!r}", nearest(above, others))
    for view in (*spec.tables, *spec.figures):
        if view.stage is not None and view.stage not in spec.stages:
            hint = nearest(view.stage, spec.stages)
            if not context.written(("stages",)):
                hint = "an experiment without `stages` has one, `train`: leave the key out"
            yield Finding((*view.pointer, "stage"), f"there is no stage {view.stage!r}", hint)


def partials(context: Context) -> Iterator[tuple[Pointer, Partial]]:
    """Every partial condition of the spec, and where it stands."""
    spec = context.scope.spec
    for index, partial in enumerate(spec.exclude):
        yield ("exclude", index), partial
    for index, override in enumerate(spec.overrides):
        yield ("overrides", index, "when"), override.when
    for index, partial in enumerate(spec.include):
        yield ("include", index), partial
    if spec.baseline is not None:
        yield ("baseline",), spec.baseline
    for view in (*spec.tables, *spec.figures):
        yield (*view.pointer, "at"), {name: levels for name, levels in view.at.items() if name != "on"}


@check("E303")
def unknown_factor(context: Context) -> Iterator[Finding]:
    factors = context.scope.spec.factors
    for pointer, partial in partials(context):
        for name in partial:
            if name not in factors:
                yield Finding((*pointer, name), no_factor(name), nearest(name, factors), key=True)
    lists = [((*stage.pointer, "reads"), stage.reads or ()) for stage in context.scope.spec.stages.values()]
    lists += [(("zip", number), group) for number, group in enumerate(context.scope.spec.zips)]
    for pointer, names in lists:
        for index, name in enumerate(names):
            if name not in factors:
                yield Finding((*pointer, index), no_factor(name), nearest(name, factors))


def no_factor(name: str) -> str:
    return f"there is no factor {name!r}"


@check("E304")
def unknown_level(context: Context) -> Iterator[Finding]:
    for pointer, partial in partials(context):
        for name, wanted in partial.items():
            factor = context.scope.spec.factors.get(name)
            if factor is not None and not sweep(context, factor):  # E379 speaks of it
                yield from _unknown_levels(context, (*pointer, name), factor, wanted)


def _unknown_levels(context: Context, pointer: Pointer, factor: Factor, wanted: tuple[Value, ...]) -> Iterator[Finding]:
    if all(factor.index(level) is None for level in wanted) and factor.index(wanted) is not None:
        shown = level_name(wanted)
        message = f"this means {len(wanted)} levels of factor {factor.name!r}, of which there is none"
        yield Finding(pointer, message, f"for the one level that is a list write [{shown}]")
        return
    listed = isinstance(context.written(pointer), list)
    for index, level in enumerate(wanted):
        if factor.index(level) is None:
            hint = _levels_hint(factor, level)
            if pointer[0] == "include":
                hint += "; a new one stands under `factors`, and `exclude` keeps it from what it isn't crossed with"
            where = (*pointer, index) if listed else pointer
            yield Finding(where, f"factor {factor.name!r} has no level {level_name(level)}", hint)


def _levels_hint(factor: Factor, wanted: Value) -> str:
    names = [level.name for level in factor.levels]
    for level in factor.levels:
        if factor.name in level.sets and same(level.sets[factor.name], wanted):
            return f"levels go by their names, and that which sets {level_name(wanted)} is called {level.name}"
    return nearest(wanted, names) if isinstance(wanted, str) else f"allowed: {', '.join(names[:20])}"


@check("E305")
def unknown_data(context: Context) -> Iterator[Finding]:
    known = context.scope.spec.data
    for stage in context.scope.stages.values():
        for index, name in enumerate(stage.stage.evaluate):
            if name not in known and stage.template is not None:
                yield Finding((*stage.stage.evaluate_at, index), f"there is no data set {name!r}", nearest(name, known))


@check("E321")
def unknown_code(context: Context) -> Iterator[Finding]:
    known = sorted(rule.code for rule in RULES if rule.code.startswith("R"))
    for code in context.scope.spec.ignore:
        if code not in known:
            yield Finding(("ignore", code), f"no check has the code {code}", f"allowed: {', '.join(known)}", key=True)


@check("E324")
def reserved_name(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    if spec.name in IN_RESULTS:
        message = f"an experiment can't be called {spec.name!r}: results/{spec.name} is shared by all of a project"
        yield Finding(("name",), message, f"choose another name, such as {spec.name}-1")
    if "on" in spec.factors:
        message = "a factor can't be called 'on': in tables, that is the data set measured on"
        yield Finding(("factors", "on"), message, "choose another name", key=True)
    for name in (step for step in STEPS if step in spec.stages):
        message = f"a stage can't be called {name!r}: that is the step which {STEPS[name]}"
        yield Finding(("stages", name), message, "choose another name", key=True)
    programs = [stage.program for stage in context.scope.stages.values() if stage.program is not None]
    own, resuming = bool(programs), any(program.resume for program in programs)
    for pointer, name in dict.fromkeys(parameter_places(context)):
        if name == "seed":
            message = "'seed' is no parameter: every trial gets its seed from `seeds`"
            yield Finding(pointer, message, "write `seeds: 5`, or `seeds: [3, 4]`, at the top of the file", key=True)
        elif own and (name in PLACEHOLDERS or (name == "checkpoint" and resuming)):
            message = f"a parameter can't be called {name!r}: in a command, {{{name}}} is something else"
            yield Finding(pointer, message, "choose another name", key=True)


def parameter_places(context: Context) -> Iterator[tuple[Pointer, str]]:
    """Where the spec names a parameter as a key. A factor names one in its levels, or by its own name."""
    spec = context.scope.spec
    places: list[tuple[Pointer, Iterable[str]]] = [(("params",), spec.params)]
    places += [((*stage.pointer, "params"), stage.params) for stage in spec.stages.values()]
    places += [(("derive",), spec.derive)]
    places += [((*stage.pointer, "derive"), stage.derive) for stage in spec.stages.values()]
    places += [(("methods", method.name, "params"), method.params) for method in spec.methods.values()]
    places += [(("overrides", index, "params"), override.params) for index, override in enumerate(spec.overrides)]
    for factor in spec.factors.values():
        for level in factor.levels:
            here = (*factor.pointer, level.name)
            if isinstance(context.written(here), dict):
                places.append((here, level.sets))
            elif level.sets:
                yield factor.pointer, factor.name
    for pointer, names in places:
        for name in names:
            yield (*pointer, name), name
