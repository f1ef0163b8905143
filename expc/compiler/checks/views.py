"""Tables and figures: each factor of theirs must be shown, averaged, fixed or selected, and once only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from expc.compiler.checks import Context, Finding, check
from expc.compiler.checks.metrics import named
from expc.compiler.scope import StageScope
from expc.errors import nearest
from expc.spec import Figure, Pointer, Table, View

BEFORE = "E303 E306 E307"


def _views(context: Context) -> Iterator[tuple[View, StageScope]]:
    for view in (*context.scope.spec.tables, *context.scope.spec.figures):
        yield view, context.scope.stages[view.stage] if view.stage else context.scope.last


def shown(view: View) -> dict[str, tuple[str, ...]]:
    """The factors that a view names, by the key under which it does."""
    match view:
        case Table():
            axes = {"rows": view.rows or (), "columns": view.columns}
        case Figure():
            axes = {key: (name,) for key, name in (("color", view.color), ("facet", view.facet)) if name}
        case _:
            axes = {}
    return {**axes, "average": view.average, "at": tuple(view.at), "select": view.select}


@check("E303", after="E306 E307")
def unknown_factor_in_a_view(context: Context) -> Iterator[Finding]:
    for view, stage in _views(context):
        evaluated = stage.template is not None and stage.template.evaluate is not None
        known = [*stage.factors, *(["on"] if evaluated else [])]
        for key, names in shown(view).items():
            for index, name in enumerate(names):
                if name not in known and (key != "at" or name in context.scope.spec.factors):
                    where = _where(context, view, key, index, name)
                    yield Finding(where, f"stage {stage.name!r} does not vary with {name!r}", nearest(name, known))


def _where(context: Context, view: View, key: str, index: int, name: str) -> Pointer:
    entry = context.document.value[view.pointer[0]][view.pointer[1]]
    if key == "at":
        return (*view.pointer, key, name)
    return (*view.pointer, key, index) if isinstance(entry[key], list) else (*view.pointer, key)


@check("E314", after=BEFORE)
def factor_named_twice(context: Context) -> Iterator[Finding]:
    for view, _ in _views(context):
        counts = Counter(name for names in shown(view).values() for name in names)
        for name, count in counts.items():
            if count > 1:
                keys = " and ".join(key for key, names in shown(view).items() if name in names)
                message = f"factor {name!r} stands under {keys}"
                yield Finding(view.pointer, message, "name it once", key=True)


@check("E313", after=f"{BEFORE} E314")
def factor_left_open(context: Context) -> Iterator[Finding]:
    for view, stage in _views(context):
        if isinstance(view, Table) and view.rows is None:
            continue
        named_factors = {name for names in shown(view).values() for name in names}
        factors = context.scope.spec.factors
        for name in stage.factors:
            if name not in named_factors and len(factors[name].levels) > 1:
                message = f"{view.pointer[0][:-1]} {view.name!r} says nothing of factor {name!r}"
                first = factors[name].levels[0].name
                hint = f"show it, or write `average: {name}`, `at: {{{name}: {first}}}` or, in a table, `select: {name}`"
                yield Finding(view.pointer, message, hint, key=True)


@check("E301", after=BEFORE)
def unknown_metric_in_a_view(context: Context) -> Iterator[Finding]:
    for view, stage in _views(context):
        if isinstance(view, Table):
            known = [metric.text for metric in stage.metrics]
            for index, text in enumerate(view.metrics or ()):
                if text not in known:
                    entry = context.document.value["tables"][view.name]["metric"]
                    pointer = (*view.pointer, "metric", index) if isinstance(entry, list) else (*view.pointer, "metric")
                    message = f"stage {stage.name!r} does not report the metric {text!r}"
                    yield Finding(pointer, message, nearest(text, known) + "; add it to `metrics`")
        if isinstance(view, Figure) and stage.template:
            split, name, _ = named(view.y)
            if name not in stage.template.metrics:
                message = f"template {stage.template.name!r} has no metric {name!r}"
                yield Finding((*view.pointer, "y"), message, nearest(name, stage.template.metrics))


@check("E312", after=f"{BEFORE} E301")
def figure_without_steps(context: Context) -> Iterator[Finding]:
    for view, stage in _views(context):
        if isinstance(view, Figure) and stage.template and stage.template.evaluate:
            split, name, _ = named(view.y)
            if split == "test":
                message = f"{view.y}: test data are read once the model is chosen, so there is no curve over steps"
                yield Finding((*view.pointer, "y"), message, f"write `y: validation.{name}`")


@check("E323", after=f"{BEFORE} E301 E303 E314")
def selection_without_a_goal(context: Context) -> Iterator[Finding]:
    for view, stage in _views(context):
        if not isinstance(view, Table) or not view.select:
            continue
        for text in view.metrics or tuple(metric.text for metric in stage.metrics):
            _, name, _ = named(text)
            if name not in stage.goals:
                message = f"nothing says whether a high or a low {name!r} is best, so none can be selected by it"
                yield Finding((*view.pointer, "select"), message, f"add to metrics `{text}: {{goal: maximize}}`")
