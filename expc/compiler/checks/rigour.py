"""Designs that compile and are weak: what a careful reviewer would ask about."""

from __future__ import annotations

from collections.abc import Iterator

from expc.compiler.checks.metrics import references
from expc.compiler.checks.programs import EVERYTHING, mentioned, says
from expc.compiler.checks.rule import Context, Finding, check
from expc.compiler.meaning.derive import derived, feeding
from expc.compiler.meaning.given import role_of
from expc.compiler.meaning.scope import StageScope
from expc.compiler.programs.program import OwnProgram
from expc.compiler.programs.revision import CURRENT, PATCH, REF

READERS = (b"params.json", b"EXPC_TRIAL_DIR")
"""What stands in a program that reads its parameters from the file."""


@check("R001")
def no_baseline(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    varied = [factor for factor in spec.factors.values() if len(factor.levels) > 1]
    if varied and spec.baseline is None:
        first = varied[0]
        hint = f"say what the others are compared with: `baseline: {{{first.name}: {first.levels[0].name}}}`"
        yield Finding(
            ("factors",), "the experiment compares conditions, and none of them is the baseline", hint, key=True
        )


@check("R010")
def factor_that_nothing_reads(context: Context) -> Iterator[Finding]:
    for name in unread(context):
        message = f"factor {name!r} changes nothing: no chosen program reads what its levels set"
        hint = "remove the factor, or choose a method that reads it"
        commands = [stage.program.command for stage in context.scope.stages.values() if stage.program]
        if commands:
            hint = f"hand it over, as in `command: {commands[0]} {{args}}` or by {{{name}}}; or remove the factor"
        yield Finding(context.scope.spec.factors[name].pointer, message, hint, key=True)


def unread(context: Context) -> list[str]:
    """The factors of which no program reads what they set."""
    spec = context.scope.spec
    read: dict[str, set[str]] = {name: set() for name in spec.factors}
    for stage in context.scope.stages.values():
        named = _read(context, stage) if stage.template else handed_over(context, stage)
        if named is not None:
            named = feeding(derived(spec, stage).values(), named)
        for name in stage.reads:
            sets = {parameter for level in spec.factors[name].levels for parameter in level.sets}
            read[name] |= {one for one in sets if named is None or one in named or (role_of(one) and stage.knows(one))}
    return [name for name, parameters in read.items() if not parameters]


def _read(context: Context, stage: StageScope) -> set[str]:
    """The parameters that any condition of a template's stage reads, those that choose a program among them."""
    assert stage.template is not None
    reads = {cell.reads for cell in context.plan.cells if cell.stage == stage.name}  # few, of many cells
    return {*stage.template.slots, "dataset"}.union(*reads)


def handed_over(context: Context, stage: StageScope) -> set[str] | None:
    """The parameters that an own program gets; None if it gets, or can get, all of them."""
    named = mentioned(stage)
    if named is not None or stage.program is None or stage.program.configurations:
        return named
    if any(f"{{{word}}}" in stage.program.command for word in EVERYTHING):
        return None
    code = context.programs.get((stage.name, CURRENT))
    if not isinstance(code, OwnProgram) or not code.files:
        return None
    return None if says(code, READERS) else {REF, PATCH}


def hears_of_its_seed(context: Context, stage: StageScope) -> bool:
    """Whether an own program gets its seed, or can: in its command, in a file written for it, in params.json."""
    assert stage.program is not None
    files = stage.program.configurations.values()
    said = [stage.program.command]
    for file in files:
        said += ["{seed}"] * (file.seed is not None) if file.sets is None else file.sets.values()
    if any(f"{{{word}}}" in line for line in said for word in (*EVERYTHING, "seed")) or "seed" in said[1:]:
        return True
    code = context.programs.get((stage.name, CURRENT))
    return not isinstance(code, OwnProgram) or not code.files or says(code, READERS)


@check("R013")
def compared_metric_without_a_goal(context: Context) -> Iterator[Finding]:
    if len(context.conditions) < 2:
        return
    for pointer, key, stage, metric in references(context):
        if metric.name not in stage.goals:
            message = f"conditions are compared by {metric.text!r}, and nothing says whether high or low is better"
            hint = f"write `metrics: {{{metric.text}: {{goal: maximize}}}}`, or minimize"
            yield Finding(pointer, message, hint, key=key)
