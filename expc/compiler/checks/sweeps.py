"""Factors in, those whose levels are written as another tool's sweeps are, out, with the list that is meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from expc.compiler.checks.rule import Context, Finding, check
from expc.spec import Factor, level_name

LISTS = ("values", "grid", "grid_search", "choices", "choice", "options", "list", "levels", "in")
"""What stands over a list of values elsewhere: in W&B, Ray, Hydra's sweepers, GitHub's matrix."""

SPANS = (("min", "max"), ("low", "high"), ("lower", "upper"), ("start", "stop"))
"""What bounds a search elsewhere."""

BOUNDS = {bound for span in SPANS for bound in span}
OF_A_SPAN = BOUNDS | {"distribution", "mu", "sigma", "q", "step", "num", "log", "type"}


@check("E379")
def levels_as_a_sweep(context: Context) -> list[Finding]:
    found = []
    for factor in context.scope.spec.factors.values():
        meant = sweep(context, factor)
        if meant:
            found.append(Finding(factor.pointer, *meant, key=True))
    return found


def sweep(context: Context, factor: Factor) -> tuple[str, str] | None:
    """What is wrong and what to write, if the levels' names are words of a sweep; a list may be one level's value where
    the parameter is a list."""
    levels = context.written(factor.pointer)
    if not isinstance(levels, Mapping) or factor.pointer[0] != "factors":
        return None
    if len(levels) == 1 and not _takes_lists(context, factor.name):
        ((word, values),) = levels.items()
        if str(word) in LISTS and isinstance(values, list):
            message = (
                f"factor {factor.name!r} has one level, which is called {word} and is the list {level_name(values)}"
            )
            return message, f"write `{factor.name}: {level_name(values)}`"
    if set(levels) <= OF_A_SPAN and ("distribution" in levels or any(set(span) <= set(levels) for span in SPANS)):
        message = f"the levels of factor {factor.name!r} are called {', '.join(map(str, levels))}: between bounds, expc"
        hint = f"write the values to try, such as `{factor.name}: {_values(levels)}`; if levels are meant, rename them"
        return f"{message} searches nothing", hint
    return None


def _values(levels: Mapping[str, Any]) -> str:
    ends = next((span for span in SPANS if set(span) <= set(levels)), ())
    return level_name([levels[end] for end in ends] if ends else [0.001, 0.01])


def _takes_lists(context: Context, name: str) -> bool:
    templates = (stage.template for stage in context.scope.stages.values() if stage.template)
    declared = (template.parameters.get(name) for template in templates)
    return any(parameter is not None and parameter.type.startswith("list") for parameter in declared)
