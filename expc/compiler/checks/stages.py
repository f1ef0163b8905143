"""How stages fit together, and which keys go with which kind of task."""

from __future__ import annotations

from collections.abc import Iterator

from expc.compiler.checks import Context, Finding, check
from expc.compiler.scope import StageScope, sources
from expc.errors import nearest


@check("E315", after="E306 E307")
def broken_chain(context: Context) -> Iterator[Finding]:
    stages = context.scope.stages
    for stage in stages.values():
        yield from _inputs(stage)
        for name, source in stage.stage.takes.items():
            above = stages[source.rpartition(".")[0]]
            pointer = (*stage.stage.pointer, "from", name)
            if above.stage.keep == "none":
                message = f"stage {above.name!r} keeps no checkpoint"
                yield Finding(pointer, message, f"write `keep: {{checkpoint: best}}` in stage {above.name!r}")
    for names in _circles(context):
        first = stages[names[0]]
        message = f"stages take from each other in a circle: {' → '.join([*names, names[0]])}"
        yield Finding((*first.stage.pointer, "from"), message, "let one of them start without the others", key=True)


def _inputs(stage: StageScope) -> Iterator[Finding]:
    if stage.template is None:
        return
    for name in stage.stage.takes:
        if name not in stage.template.inputs:
            message = f"template {stage.template.name!r} has no input {name!r}"
            yield Finding((*stage.stage.pointer, "from", name), message, nearest(name, stage.template.inputs), key=True)


def _circles(context: Context) -> Iterator[list[str]]:
    """Each circle once, from the stage that is written first."""
    stages = context.scope.spec.stages
    seen: set[str] = set()
    for start in stages:
        path = [start]
        while path:
            following = [name for name in sources(stages[path[-1]]) if name in stages]
            if start in following:
                if not seen & set(path):
                    yield path
                seen |= set(path)
                break
            fresh = [name for name in following if name not in path]
            if not fresh:
                break
            path = [*path, fresh[0]]


@check("E316", after="E306")
def keys_at_odds(context: Context) -> Iterator[Finding]:
    spec, stages = context.scope.spec, list(context.scope.stages.values())
    with_data = [stage for stage in stages if stage.template and stage.template.data]
    slots = {slot for stage in stages if stage.template for slot in stage.template.slots}
    if spec.data and not with_data:
        message = "`data` is for templates that read data, and no stage has one"
        yield Finding(("data",), message, "an own program opens its files itself: name them under `code.include`", True)
    if spec.methods and not slots:
        yield Finding(("methods",), "`methods` fill a template's slots, and no stage has a template with slots", "", True)
    for stage in stages:
        if stage.stage.evaluate and not (stage.template and stage.template.evaluate and stage.template.data):
            message = f"stage {stage.name!r} has no template that evaluates its models on data"
            hint = "an own program writes the rows of further data sets itself, with their name under `on`"
            yield Finding(stage.stage.evaluate_at[:-1], message, hint, True)


@check("E317", after="E302 E303 E306")
def no_data(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    for stage in context.scope.stages.values():
        if not (stage.template and stage.template.data):
            continue
        given = "dataset" in {**spec.params, **stage.stage.params}
        varied = any(all("dataset" in level.sets for level in spec.factors[name].levels) for name in stage.reads)
        if not spec.data:
            message = f"template {stage.template.name!r} needs data, and the spec has none"
            hint = f"add `data`, with one of the sources {', '.join(stage.template.data.sources)}"
            yield Finding(stage.stage.pointer, message, hint)
        elif not (given or varied or len(spec.data) == 1):
            message = f"stage {stage.name!r} does not say which data set it learns from"
            hint = f"set `dataset` in params or as a factor; there are: {', '.join(spec.data)}"
            yield Finding(stage.stage.pointer or ("data",), message, hint, key=True)
