"""Metrics at a step that no condition reaches."""

from __future__ import annotations

from collections.abc import Iterator

from expc.compiler.checks.formulas import FORMULAS
from expc.compiler.checks.metrics import references
from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning.scope import StageScope
from expc.compiler.meaning.settings import settings


@check("E312", after=f"{NO_TEMPLATE} E302 E303 E304 E308 E309 E310 E311 E315 E318 E322 {FORMULAS} E327 E328 E329 E330")
def step_that_is_never_reached(context: Context) -> Iterator[Finding]:
    most: dict[str, int] = {}
    for pointer, key, stage, metric in references(context):
        if metric.rule is None or not metric.rule.startswith("step-"):
            continue
        step = int(metric.rule.removeprefix("step-"))
        if stage.template and stage.template.fits_once and step != 1:
            message = f"{metric.text}: template {stage.template.name!r} measures each model once, at step 1"
            yield Finding(pointer, message, f"write `{metric.text.partition('@')[0]}`", key=key)
        if not _counts_epochs(stage):
            continue
        epochs = most[stage.name] = most.get(stage.name) or _most_epochs(context, stage)
        if not 1 <= step <= epochs:
            message = f"{metric.text}: step {step} is never reached: epochs is {epochs}"
            hint = "name a step that some condition reaches, or train for longer"
            if step < 1:
                message, hint = f"{metric.text}: steps are epochs, and the first is 1", "write @step(1)"
            yield Finding(pointer, message, hint, key=key)


def _counts_epochs(stage: StageScope) -> bool:
    return stage.template is not None and stage.template.steps == "epoch" and "epochs" in stage.template.parameters


def _most_epochs(context: Context, stage: StageScope) -> int:
    """The largest number of epochs that any condition of a stage has."""
    found = settings(context.scope, stage, context.conditions, {})
    return max(int(str(setting.params["epochs"])) for setting in found)
