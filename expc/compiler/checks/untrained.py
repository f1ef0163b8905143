"""What a spec asks of a template whose trials have no steps, or one: checkpoints, curves, choices by validation."""

from __future__ import annotations

from collections.abc import Iterator

from expc.compiler.checks.metrics import computed, measures, named, references
from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.reading.reported import parts

STAGES = f"{NO_TEMPLATE} E307 E315"


@check("E316", after=STAGES)
def checkpoints_that_nobody_makes(context: Context) -> Iterator[Finding]:
    stages = context.scope.stages.values()
    for stage in stages:
        own = (*stage.stage.pointer, "keep")
        alone = not any(other.has_steps for other in stages)
        place = own if context.written(own) is not None else ("keep",) if alone else None
        if not stage.has_steps and place and context.written(place) is not None:
            message = f"stage {stage.name!r} trains nothing, so that there is no checkpoint to keep"
            yield Finding(place, message, "leave `keep` out", key=True)
    for view in (*context.scope.spec.tables, *context.scope.spec.figures):
        stage = context.scope.stages[view.stage] if view.stage else context.scope.last
        if view.select and not stage.has_steps:
            message = f"stage {stage.name!r} has no validation data on which a level could be selected"
            yield Finding(
                (*view.pointer, "select"), message, "show these factors, average over them, or fix them", True
            )


@check("E312", after=STAGES)
def steps_that_are_not_there(context: Context) -> Iterator[Finding]:
    for pointer, key, stage, metric in references(context):
        _, split, name, rule = parts(metric.text)
        if not stage.has_steps and not computed(metric) and (rule or split != "test") and measures(stage, name):
            message = f"{metric.text}: stage {stage.name!r} measures once, and has no steps"
            yield Finding(pointer, message, f"write `{name}`", key=key)
    for view in context.scope.spec.figures:
        stage = context.scope.stages[view.stage] if view.stage else context.scope.last
        if not stage.has_steps and measures(stage, named(view.y)[1]):
            message = f"{view.y}: stage {stage.name!r} goes through no steps, so that there is no curve"
            yield Finding((*view.pointer, "y"), message, "show it in a table")


@check("E371", after=f"{STAGES} E301 E341")
def curves_of_one_point(context: Context) -> Iterator[Finding]:
    for view in context.scope.spec.figures:
        stage = context.scope.stages[view.stage] if view.stage else context.scope.last
        if stage.template and stage.template.fits_once:
            message = f"template {stage.template.name!r} measures each model once: a curve of it is a single point"
            split, name = named(view.y)
            ref = name if split == "test" else f"{split}.{name}"
            hint = f"show it in a table: name `{ref}` under `metrics`, and leave the figure out"
            yield Finding(view.pointer, message, hint, key=True)
