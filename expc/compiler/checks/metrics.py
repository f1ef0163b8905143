"""Metrics: unknown ones, and such that can't be measured as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator

from expc.compiler.checks import Context, Finding, check
from expc.compiler.read import parts
from expc.compiler.scope import StageScope
from expc.errors import nearest
from expc.spec import Pointer, Reference


def references(context: Context) -> Iterator[tuple[Pointer, bool, StageScope, Reference]]:
    """Every metric that a stage reports: where it stands, whether as a key, whose it is."""
    for stage in context.scope.stages.values():
        for index, metric in enumerate(stage.stage.metrics or ()):
            mapped = isinstance(_stated(context, stage.stage.metrics_at), dict)
            where = metric.text if mapped else index
            yield (*stage.stage.metrics_at, where), mapped, stage, metric


def _stated(context: Context, pointer: Pointer) -> object:
    value: object = context.document.value
    for step in pointer:
        value = value[step]  # type: ignore[index]  # the pointer was made from the value
    return value


@check("E301", after="E306")
def unknown_metric(context: Context) -> Iterator[Finding]:
    for pointer, key, stage, metric in references(context):
        yield from _unknown(pointer, key, stage, metric.name)
        if metric.rule and metric.rule.startswith("best-"):
            yield from _unknown(pointer, key, stage, metric.rule.partition(".")[2])


def _unknown(pointer: Pointer, key: bool, stage: StageScope, name: str) -> Iterator[Finding]:
    if stage.template and name not in stage.template.metrics:
        message = f"template {stage.template.name!r} has no metric {name!r}"
        yield Finding(pointer, message, nearest(name, stage.template.metrics), key=key)


@check("E312", after="E301 E306")
def unmeasurable_metric(context: Context) -> Iterator[Finding]:
    for pointer, key, stage, metric in references(context):
        if not (metric.rule and metric.rule.startswith("best-")):
            continue
        split, _, name = metric.rule.removeprefix("best-").partition(".")
        if stage.template and stage.template.evaluate and split == "test":
            message = f"{metric.text}: test data are read once the model is chosen, not at every step"
            yield Finding(pointer, message, f"select on validation: `{metric.name}@best(validation.{name})`", key=key)
        elif name not in stage.goals:
            message = f"{metric.text}: nothing says whether a high or a low {name!r} is best"
            yield Finding(pointer, message, f"add it to metrics: `{split}.{name}: {{goal: minimize}}`", key=key)


@check("E320", after="E306")
def program_without_metrics(context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        if stage.program is not None and not stage.metrics:
            message = f"stage {stage.name!r} runs an own program, and nothing says which metrics it writes"
            yield Finding(stage.stage.pointer, message, "add `metrics: [accuracy]`")


def named(text: str) -> tuple[str, str, str | None]:
    """The split, name and rule of a reference in a table or figure."""
    _, split, name, rule = parts(text)
    return split, name, rule
