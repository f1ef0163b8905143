"""Tables and figures: each factor of theirs must be shown, averaged, fixed or selected, and once only."""

from __future__ import annotations

from collections.abc import Iterator

from expc.compiler.checks.metrics import hinted, likely, measures, named
from expc.compiler.checks.names import no_factor
from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning.design import MOST_TRIALS, determined, matcher, most
from expc.compiler.meaning.scope import StageScope
from expc.compiler.meaning.views import levels
from expc.errors import nearest
from expc.spec import Figure, Pointer, Table, View

ON = "on"
STAGES = f"{NO_TEMPLATE} E307 E315"
"""After these, nobody knows with what a stage varies."""


def _views(context: Context) -> Iterator[tuple[View, StageScope]]:
    for view in (*context.scope.spec.tables, *context.scope.spec.figures):
        yield view, context.scope.stages[view.stage] if view.stage else context.scope.last


def _places(context: Context, view: View) -> Iterator[tuple[str, str, Pointer]]:
    """Each factor that a view names: the key under which it does, the factor, and where it is written."""
    for key, names in _named(view).items():
        listed = isinstance(context.written((*view.pointer, key)), list)
        for index, name in enumerate(names):
            here = (*view.pointer, key)
            yield key, name, (*here, name) if key == "at" else (*here, index) if listed else here


def _named(view: View) -> dict[str, tuple[str, ...]]:
    match view:
        case Table():
            axes = {"rows": view.rows or (), "columns": view.columns}
        case Figure():
            axes = {key: (name,) for key, name in (("color", view.color), ("facet", view.facet)) if name}
        case _:
            axes = {}
    return {**axes, "average": view.average, "at": tuple(view.at), "select": view.select}


def _known(view: View, stage: StageScope) -> list[str]:
    """What a view of a stage can name: the curves of a template are of the trial's own data alone."""
    measured_on = stage.template is None or (stage.template.evaluate is not None and isinstance(view, Table))
    return [*stage.factors, *([ON] if measured_on else [])]


@check("E303", after=STAGES)
def unknown_factor_in_a_view(context: Context) -> Iterator[Finding]:
    factors = context.scope.spec.factors
    for view, stage in _views(context):
        known = _known(view, stage)
        for key, name, pointer in _places(context, view):
            if name == ON and key == "select":
                message = "`on` can't be selected: a level is chosen on validation data, which are the trial's own"
                yield Finding(pointer, message, "show it in rows or columns, average over it, or fix it with `at`")
            elif name in known or (key == "at" and name not in factors and name != ON):  # unknown_factor speaks of it
                continue
            elif name in factors:
                yield Finding(pointer, _does_not_vary(stage, name), _varies_with(stage), key=key == "at")
            elif name == ON:
                message = f"stage {stage.name!r} draws curves of the data that it learns from, and of no other"
                yield Finding(pointer, message, "leave `on` out", key=key == "at")
            else:
                yield Finding(pointer, no_factor(name), nearest(name, known))


def _does_not_vary(stage: StageScope, name: str) -> str:
    return f"stage {stage.name!r} does not vary with factor {name!r}"


def _varies_with(stage: StageScope) -> str:
    varies = ", ".join(stage.factors) or "none"
    return f"it varies with: {varies}; leave the others out here, or let the stage read them (`reads`)"


@check("E305", after=STAGES)
def unknown_data_measured_on(context: Context) -> Iterator[Finding]:
    for view, stage in _views(context):
        if stage.template is None:
            continue
        known = _measured_on(context, stage)
        for name in view.at.get(ON, ()):
            if ON in _known(view, stage) and name not in known:
                message = f"stage {stage.name!r} is not measured on {name!r}"
                hint = f"{nearest(str(name), known)}; further data sets stand under `evaluate`"
                yield Finding((*view.pointer, "at", ON), message, hint)


def _measured_on(context: Context, stage: StageScope) -> list[str]:
    """The data sets that a stage can learn from, and the further ones that it is measured on."""
    spec = context.scope.spec
    values = [spec.params.get("dataset"), stage.stage.params.get("dataset")]
    values += [level.sets.get("dataset") for name in stage.reads for level in spec.factors[name].levels]
    values += [override.params.get("dataset") for override in spec.overrides]
    own = [name for name in spec.data if name in values] or list(spec.data)[:1]
    return list(dict.fromkeys([*own, *stage.stage.evaluate]))


@check("E314", after=STAGES)
def factor_named_twice(context: Context) -> Iterator[Finding]:
    for view, _ in _views(context):
        first: dict[str, str] = {}
        for key, name, pointer in _places(context, view):
            other = first.setdefault(name, key)
            if other != key:
                message = f"factor {name!r} stands under {other} already"
                yield Finding(pointer, message, f"name it once: under {other} or under {key}", key=key == "at")


@check("E313", after=STAGES)
def factor_left_open(context: Context) -> Iterator[Finding]:
    for view, stage in _views(context):
        mentioned = {name for _, name, _ in _places(context, view)}
        rows_by_default = isinstance(view, Table) and view.rows is None
        if rows_by_default or not mentioned <= {
            *_known(view, stage),
            ON,
        }:  # a misspelt one may be the one that is missing
            continue
        for name in stage.factors:
            if name not in mentioned and not _one_level(context, view, name):
                shown = "in rows or columns" if isinstance(view, Table) else "by color or facet"
                kind = "table" if isinstance(view, Table) else "figure"
                message = f"{kind} {view.name!r} says nothing of factor {name!r}"
                fixed = f"`at: {{{name}: {_usual(context, name)}}}`"
                hint = f"show it {shown}, or write `average: {name}`, {fixed} or `select: {name}`"
                yield Finding(view.pointer, message, hint, key=True)


def _one_level(context: Context, view: View, name: str) -> bool:
    """Whether the factors that a view names leave this one a single level, so that nothing need be said of it."""
    spec = context.scope.spec
    if len(spec.factors[name].levels) == 1:
        return True
    if most(spec, spec.factors) > MOST_TRIALS:
        return False
    order = tuple(spec.factors)
    by = [order.index(factor) for _, factor, _ in _places(context, view) if factor in order]
    fits = matcher(spec.factors, order, {factor: wanted for factor, wanted in view.at.items() if factor in order})
    return determined(filter(fits, context.conditions), order.index(name), by)


def _usual(context: Context, name: str) -> str:
    """The level of the baseline, or else the first."""
    spec = context.scope.spec
    return levels(context.scope, spec.baseline or {}).get(name, spec.factors[name].levels[0].name)


@check("E301", after=STAGES)
def unknown_metric_in_a_view(context: Context) -> Iterator[Finding]:
    for view, stage in _views(context):
        if isinstance(view, Table):
            yield from _unknown_metrics(context, view, stage)
        elif isinstance(view, Figure) and stage.template:
            _, name = named(view.y)
            if not measures(stage, name):
                message = f"template {stage.template.name!r} has no metric {name!r}"
                yield Finding((*view.pointer, "y"), message, hinted(name, stage.template.metrics))


def _unknown_metrics(context: Context, table: Table, stage: StageScope) -> Iterator[Finding]:
    known = [metric.text for metric in stage.metrics]
    if not all(measures(stage, metric.name) for metric in stage.metrics):
        return  # a misspelt one may be the one that is missing
    listed = isinstance(context.written((*table.pointer, "metric")), list)
    for index, text in enumerate(table.metrics or ()):
        if text not in known:
            message = f"stage {stage.name!r} does not report the metric {text!r}"
            hint = _metric_hint(context, stage, text, known)
            yield Finding((*table.pointer, "metric", index) if listed else (*table.pointer, "metric"), message, hint)


def _metric_hint(context: Context, stage: StageScope, text: str, known: list[str]) -> str:
    meant = likely(text, {metric.name for metric in stage.metrics})
    if meant in known:
        return f"write {meant}; allowed: {', '.join(known)}"
    if not measures(stage, named(text)[1]):
        return nearest(text, known)
    gone = context.document.replaced.get(stage.stage.metrics_at)
    if gone and text in gone.value:
        _, line, _ = context.document.located(stage.stage.metrics_at, key=True)
        why = f"{gone.path} has it, and a list isn't merged: the one in line {line} replaces it"
        return f"add what is still wanted of {', '.join(gone.value)} to `metrics`; {why}"
    return f"add it to `metrics`, which has {', '.join(known)}"


@check("E312", after=STAGES)
def figure_without_steps(context: Context) -> Iterator[Finding]:
    for view, stage in _views(context):
        if isinstance(view, Figure) and stage.template and stage.template.evaluate:
            split, name = named(view.y)
            if split == "test" and measures(stage, name):
                message = f"{view.y}: test data are read once the model is chosen, so there is no curve over steps"
                yield Finding((*view.pointer, "y"), message, f"write `y: validation.{name}`")


@check("E323", after=STAGES)
def selection_without_a_goal(context: Context) -> Iterator[Finding]:
    for view, stage in _views(context):
        texts = tuple(metric.text for metric in stage.metrics)
        if isinstance(view, Figure):
            texts = (view.y,)
        elif isinstance(view, Table) and view.metrics:
            texts = view.metrics
        for name in dict.fromkeys(named(text)[1] for text in texts if view.select):
            if name not in stage.goals and measures(stage, name):
                message = f"nothing says whether a high or a low {name!r} is best, so that none can be selected by it"
                yield Finding((*view.pointer, "select"), message, f"write `metrics: {{{name}: {{goal: maximize}}}}`")
