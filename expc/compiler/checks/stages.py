"""How stages fit together, and which keys go with which kind of task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning.scope import StageScope, sources
from expc.errors import nearest
from expc.spec import Stage


@check("E315", after="E307")
def broken_chain(context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        yield from _unknown_inputs(context, stage)
        yield from _nothing_to_take(context, stage)
    for circle in _circles(context.scope.spec.stages):
        first = context.scope.spec.stages[circle[0]]
        name = next(name for name, source in first.takes.items() if source.rpartition(".")[0] == circle[-1])
        path = " ← ".join([*circle[:1], *reversed(circle)])
        message = f"stages take from each other in a circle: {path}"
        hint = "let one of them start without the others"
        if len(circle) == 1:
            message, hint = f"stage {circle[0]!r} takes from itself", "name a stage that runs before it"
        yield Finding((*first.pointer, "from", name), message, hint)


def _unknown_inputs(context: Context, stage: StageScope) -> Iterator[Finding]:
    if stage.template is None:
        return
    for name in (*stage.stage.takes, *stage.stage.inputs):
        if name not in stage.template.inputs:
            message = f"template {stage.template.name!r} has no input {name!r}"
            hint = nearest(name, stage.template.inputs)
            if name in context.scope.stages:
                role = next(iter(stage.template.inputs), "init")
                hint = f"the name of an input stands before the colon: write `from: {{{role}: {name}.checkpoint}}`"
            yield Finding((*stage.stage.pointer, "from", name), message, hint, key=True)


def _nothing_to_take(context: Context, stage: StageScope) -> Iterator[Finding]:
    for name, source in stage.stage.takes.items():
        above = context.scope.stages[source.rpartition(".")[0]]
        if not above.has_steps:
            message = f"stage {above.name!r} trains nothing, so that there is no checkpoint to be taken"
            yield Finding((*stage.stage.pointer, "from", name), message, "name a stage that trains")
        elif above.stage.keep == "none":
            message = f"stage {above.name!r} keeps no checkpoint that could be taken"
            hint = f"write `keep: {{checkpoint: best}}` in stage {above.name!r}"
            yield Finding((*stage.stage.pointer, "from", name), message, hint)


def _circles(stages: Mapping[str, Stage]) -> Iterator[list[str]]:
    """Each stage of a circle takes from the one before it, the first from the last; the one written first is first."""
    order = list(stages)
    met: set[frozenset[str]] = set()
    for start in stages:
        circle = _circle_through(stages, start)
        if circle and frozenset(circle) not in met:
            met.add(frozenset(circle))
            first = min(circle, key=order.index)
            place = circle.index(first)
            yield [*circle[place:], *circle[:place]]


def _circle_through(stages: Mapping[str, Stage], start: str) -> list[str]:
    """A shortest way from a stage, over those that take from it, back to itself; empty if there is none."""
    ways = [[start]]
    seen: set[str] = set()
    for way in ways:  # grows while it is read
        for name in [name for name, stage in stages.items() if way[-1] in sources(stage)]:
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


@check("E316", after=f"{NO_TEMPLATE} E315")
def keys_at_odds(context: Context) -> Iterator[Finding]:
    spec, stages = context.scope.spec, list(context.scope.stages.values())
    if spec.data and not any(stage.template and stage.template.data for stage in stages):
        message = "`data` is for templates that read data, and no stage has one"
        yield Finding(("data",), message, "an own program opens its files itself: name them under `code.include`", True)
    if spec.methods and not any(stage.template and stage.template.slots for stage in stages):
        message = "`methods` fill a template's slots, and no stage has a template with slots"
        yield Finding(
            ("methods",), message, "an own program's variants are files of its own: choose by a parameter", True
        )
    for stage in stages:
        if stage.stage.evaluate and not (stage.template and stage.template.evaluate and stage.template.data):
            message = f"stage {stage.name!r} has no template that evaluates its models on data"
            hint = "an own program writes the rows of further data sets itself, with their name under `on`"
            if stage.template:
                hint = "make `dataset` a factor: each of its trials reads one data set"
            yield Finding(stage.stage.evaluate_at[:-1], message, hint, True)
    yield from _overruled_everywhere(context)


def _overruled_everywhere(context: Context) -> Iterator[Finding]:
    """What stands at the top for all stages, and every stage says otherwise: nothing is accepted and ignored."""
    stages = context.scope.spec.stages.values()
    users = {
        "task": stages,
        "metrics": stages,
        "keep": stages,
        "evaluate": [stage for stage in stages if not _taken(context, stage)],
        "seeds": [stage for stage in stages if not stage.takes],
    }
    for key, using in users.items():
        stated = context.written(("stages",)) is not None and context.written((key,)) is not None
        if stated and all(context.written((*stage.pointer, key)) is not None for stage in using):
            message = f"no stage uses this `{key}`: every stage that could has its own"
            yield Finding((key,), message, f"remove it here, or the `{key}` of a stage", key=True)


def _taken(context: Context, stage: Stage) -> bool:
    return any(stage.name in sources(other) for other in context.scope.spec.stages.values())


@check("E317", after=NO_TEMPLATE)
def no_data(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    for stage in context.scope.stages.values():
        if not (stage.template and stage.template.data):
            continue
        given = "dataset" in {**spec.params, **stage.stage.params}
        varied = any(all("dataset" in level.sets for level in spec.factors[name].levels) for name in stage.reads)
        if not spec.data:
            message = f"template {stage.template.name!r} needs data, and the spec names none"
            hint = f"add `data: {{digits: {{source: sklearn}}}}`; sources: {', '.join(stage.template.data.sources)}"
            if "sklearn" not in stage.template.data.sources:
                hint = f"add `data`, with one of the sources {', '.join(stage.template.data.sources)}"
            yield Finding(context.task_at(stage.stage), message, hint)
        elif not (given or varied or len(spec.data) == 1):
            message = f"stage {stage.name!r} does not say which data set it learns from"
            hint = f"write `dataset: {next(iter(spec.data))}` under params, or make `dataset` a factor"
            yield Finding(stage.stage.pointer or ("data",), f"{message}: {', '.join(spec.data)}?", hint, key=True)
