"""Designs that compile and are weak: what a careful reviewer would ask about."""

from __future__ import annotations

from collections.abc import Iterator

from expc.compiler.checks import Context, Finding, check
from expc.compiler.checks.metrics import references
from expc.compiler.checks.programs import mentioned
from expc.compiler.scope import StageScope
from expc.compiler.settings import Setting, design, settings
from expc.plan import canonical


@check("R001")
def no_baseline(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    varied = [factor for factor in spec.factors.values() if len(factor.levels) > 1]
    if varied and spec.baseline is None:
        first = varied[0]
        hint = f"say what the others are compared with: `baseline: {{{first.name}: {first.levels[0].name}}}`"
        yield Finding(("factors",), "the experiment compares conditions, and none of them is the baseline", hint, key=True)


@check("R010")
def factor_that_nothing_reads(context: Context) -> Iterator[Finding]:
    for name in _unread(context):
        message = f"factor {name!r} changes nothing: no chosen program reads what its levels set"
        hint = "remove the factor, or choose a method that reads it"
        yield Finding(("factors", name), message, hint, key=True)


def _unread(context: Context) -> list[str]:
    spec = context.scope.spec
    read: dict[str, set[str]] = {}
    for stage in context.scope.stages.values():
        named = mentioned(stage)
        for name in stage.reads:
            wanted = _read(context, stage) if stage.template else named
            sets = {parameter for level in spec.factors[name].levels for parameter in level.sets}
            read.setdefault(name, set()).update(sets if wanted is None else sets & wanted)
    return [name for name in spec.factors if not read.get(name)]


def _read(context: Context, stage: StageScope) -> set[str]:
    """The parameters that any condition of a template's stage reads, those that choose a program among them."""
    assert stage.template is not None
    found = {name for setting in _settings(context, stage) for name in setting.read}
    return {*found, *stage.template.slots, "dataset"}


def _settings(context: Context, stage: StageScope) -> list[Setting]:
    return list(settings(context.scope, stage, design(context.scope.spec), context.methods))


@check("R008")
def conditions_that_are_equal(context: Context) -> Iterator[Finding]:
    unread = set(_unread(context))
    met: dict[str, dict[tuple[int, ...], object]] = {}
    for stage in context.scope.stages.values():
        keys = met.setdefault(stage.name, {})
        same: dict[object, tuple[int, ...]] = {}
        reported: set[tuple[str, ...]] = set()
        for setting in _settings(context, stage):
            above = [_above(context, stage, name, setting.condition, met) for name in stage.above]
            key = (canonical(setting.read), setting.chosen, *above)
            keys[setting.condition] = key
            first = same.setdefault(key, setting.condition)
            differing = tuple(
                name
                for name, one, other in zip(stage.factors, first, setting.condition, strict=True)
                if one != other and name not in unread
            )
            if differing and differing not in reported:
                reported.add(differing)
                yield _equal(context, stage, first, setting.condition, differing[0])


def _above(
    context: Context, stage: StageScope, above: str, condition: tuple[int, ...], met: dict[str, dict[tuple[int, ...], object]]
) -> object:
    places = [stage.factors.index(name) for name in context.scope.stages[above].factors]
    return met[above][tuple(condition[place] for place in places)]


def _equal(context: Context, stage: StageScope, one: tuple[int, ...], other: tuple[int, ...], factor: str) -> Finding:
    def words(condition: tuple[int, ...]) -> str:
        factors = context.scope.spec.factors
        return ", ".join(
            f"{name}={factors[name].levels[index].name}" for name, index in zip(stage.factors, condition, strict=True)
        )

    message = f"two conditions are the same: ({words(one)}) and ({words(other)})"
    hint = f"leave one out with `exclude`, or change what {factor!r} sets; equal trials run once"
    return Finding(("factors", factor), message, hint, key=True)


@check("R013")
def compared_metric_without_a_goal(context: Context) -> Iterator[Finding]:
    if len(design(context.scope.spec)) < 2:
        return
    for pointer, key, stage, metric in references(context):
        if metric.name not in stage.goals:
            message = f"conditions are compared by {metric.text!r}, and nothing says whether high or low is better"
            yield Finding(pointer, message, f"write `metrics: {{{metric.text}: {{goal: maximize}}}}`", key=key)
