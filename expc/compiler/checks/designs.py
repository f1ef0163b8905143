"""Designs that hold nothing, or too much."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from expc.compiler.checks import NO_TEMPLATE, Context, Finding, check
from expc.compiler.checks.metrics import references
from expc.compiler.scope import Scope, StageScope, sources
from expc.compiler.settings import design, matcher, settings

MOST_TRIALS = 1_000_000


@check("E322", after="E307 E315")
def too_many_trials(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    conditions = prod(len(factor.levels) for factor in spec.factors.values())
    trials = _trials(context.scope)
    if max(conditions, trials) > MOST_TRIALS:
        counted = f"{trials:,} trials" if trials >= conditions else f"{conditions:,} conditions"
        pointer = ("factors",) if spec.factors else ("seeds",) if context.written(("seeds",)) else ("stages",)
        message = f"{counted}, `exclude` not counted, are more than expc plans for ({MOST_TRIALS:,})"
        yield Finding(
            pointer, message, "cross fewer levels or seeds, or split the experiment into several specs", key=True
        )


def _trials(scope: Scope) -> int:
    """Of all stages: one in each condition of a stage, for every combination of its seeds and those above it."""
    repeated: dict[str, dict[str, int]] = {}
    count = 0
    for name, stage in scope.stages.items():
        axes = {axis: n for above in sources(stage.stage) for axis, n in repeated[above].items()}
        if stage.stage.seeds is not None:
            axes[name] = len(stage.stage.seeds)
        repeated[name] = axes or {"": len(scope.spec.seeds)}
        count += prod(len(scope.spec.factors[factor].levels) for factor in stage.factors) * prod(
            repeated[name].values()
        )
    return count


@check("E311", after="E303 E304 E322")
def empty_design(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    left = design(spec)
    if not left:
        message = "`exclude` leaves no condition: everything that the factors cross is left out"
        yield Finding(("exclude",), message, "leave out less", key=True)
    elif spec.baseline is not None and not any(map(matcher(spec.factors, tuple(spec.factors), spec.baseline), left)):
        message = "no condition is the baseline: `exclude` leaves it out"
        yield Finding(("baseline",), message, "name another baseline, or leave out less", key=True)


@check("E312", after=f"{NO_TEMPLATE} E302 E303 E304 E308 E309 E310 E311 E315 E318 E322")
def step_that_is_never_reached(context: Context) -> Iterator[Finding]:
    most: dict[str, int] = {}
    for pointer, key, stage, metric in references(context):
        if metric.rule is None or not metric.rule.startswith("step-") or not _counts_epochs(stage):
            continue
        step = int(metric.rule.removeprefix("step-"))
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
    conditions = design(context.scope.spec)
    return max(int(str(setting.params["epochs"])) for setting in settings(context.scope, stage, conditions, {}))
