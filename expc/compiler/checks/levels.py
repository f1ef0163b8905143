"""Factors and overrides: levels that collide, forget or repeat something, and overrides that reach nothing."""

from __future__ import annotations

from collections.abc import Iterator

from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning.scope import StageScope
from expc.spec import ABLATION


@check("E308")
def two_factors_set_one_parameter(context: Context) -> Iterator[Finding]:
    setters: dict[str, str] = {}
    for factor in context.scope.spec.factors.values():
        for name in {name: None for level in factor.levels for name in level.sets}:
            other = setters.setdefault(name, factor.name)
            if other != factor.name:
                message = f"factors {other!r} and {factor.name!r} both set the parameter {name!r}"
                hint = f"let one of them set it; what belongs together can be one factor, whose levels set {name} too"
                if factor.pointer == (ABLATION,):
                    hint = f"take it out of the ablation, and give {other!r} a level that sets {name} as this one does"
                yield Finding(factor.pointer, message, hint, key=True)


@check("E309", after=NO_TEMPLATE)
def level_without_its_own_parameter(context: Context) -> Iterator[Finding]:
    for factor in context.scope.spec.factors.values():
        if factor.pointer == (ABLATION,):
            continue
        readers = [stage for stage in context.scope.stages.values() if factor.name in stage.reads and stage.template]
        own = any(factor.name in level.sets for level in factor.levels)
        if not own and not any(stage.knows(factor.name) for stage in readers):
            continue
        for level in factor.levels:
            if factor.name not in level.sets:
                message = f"level {level.name!r} does not set {factor.name!r}, the parameter of the factor's name"
                hint = f"add {_own_value(readers, factor.name)} to the level, or rename the factor"
                yield Finding((*factor.pointer, level.name), message, hint, key=True)


def _own_value(stages: list[StageScope], name: str) -> str:
    """The text that a level lacks; where the choices are known, with the first of them."""
    for stage in stages:
        if stage.template and name in stage.template.slots:
            first, *others = stage.template.slots[name].choices
            return f"`{name}: {first}`" + (f" (or {', '.join(others)})" if others else "")
    return f"`{name}: …`"


@check("E325")
def two_levels_of_one_name(context: Context) -> Iterator[Finding]:
    """Values that differ can look alike, such as 1 and "1"; tables, `at` and `exclude` know levels by their names."""
    for factor in context.scope.spec.factors.values():
        met: set[str] = set()
        for position, level in enumerate(factor.levels):
            if level.name in met:
                message = f"two levels of factor {factor.name!r} are called {level.name}"
                hint = f"name them yourself, in a mapping: `{factor.name}: {{one-name: …, another-name: …}}`"
                yield Finding((*factor.pointer, position), message, hint)
            met.add(level.name)


@check("E326", after=f"{NO_TEMPLATE} E302 E303 E307 E315")
def override_that_reaches_nothing(context: Context) -> Iterator[Finding]:
    stages = context.scope.stages.values()
    for index, override in enumerate(context.scope.spec.overrides):
        matching = [stage for stage in stages if set(override.when) <= set(stage.factors)]
        if not matching:
            message = f"no stage varies with {' and '.join(override.when)}, so that this override changes nothing"
            hint = "a stage varies with the factors that set its parameters, or that it names under `reads`"
            yield Finding(("overrides", index, "when"), message, hint, key=True)
            continue
        for name in override.params:
            if not any(stage.knows(name) for stage in matching):
                names = ", ".join(stage.name for stage in matching)
                message = (
                    f"the parameter {name!r} is none of stage {names}, the only one to vary with what `when` names"
                )
                yield Finding(("overrides", index, "params", name), message, "name other factors, or params", key=True)
