"""Tables and figures as they are written in, as the report reads them out: every default filled in."""

from __future__ import annotations

from typing import Any

from expc.compiler.meaning.scope import Scope, StageScope
from expc.compiler.reading.reported import parts
from expc.spec import Figure, Partial, Table, View, level_name


def tables(scope: Scope) -> dict[str, dict[str, Any]]:
    return {table.name: _table(scope, table) for table in scope.spec.tables}


def figures(scope: Scope) -> dict[str, dict[str, Any]]:
    return {figure.name: _figure(scope, figure) for figure in scope.spec.figures}


def baseline(scope: Scope) -> dict[str, str]:
    return levels(scope, scope.spec.baseline or {})


def levels(scope: Scope, partial: Partial) -> dict[str, str]:
    """A partial condition with one level for each factor, by its name."""
    named = {}
    for name, (level, *_) in partial.items():
        factor = scope.spec.factors.get(name)
        index = factor.index(level) if factor else None
        named[name] = factor.levels[index].name if factor and index is not None else level_name(level)
    return named


def _stage(scope: Scope, view: View) -> StageScope:
    return scope.stages[view.stage] if view.stage else scope.last


def _shared(scope: Scope, view: View) -> dict[str, Any]:
    return {
        "stage": _stage(scope, view).name,
        "average": list(view.average),
        "at": levels(scope, view.at),
        "select": list(view.select),
    }


def _table(scope: Scope, table: Table) -> dict[str, Any]:
    stage = _stage(scope, table)
    named = {*table.columns, *table.average, *table.at, *table.select}
    rows = table.rows if table.rows is not None else tuple(name for name in stage.factors if name not in named)
    return {
        **_shared(scope, table),
        "rows": list(rows),
        "columns": list(table.columns),
        "metrics": list(table.metrics or (metric.text for metric in stage.metrics)),
    }


def _figure(scope: Scope, figure: Figure) -> dict[str, Any]:
    _, split, name, _ = parts(figure.y)
    template = _stage(scope, figure).template  # which knows what its steps are, whatever the spec calls them
    return {
        **_shared(scope, figure),
        "x": "step",
        "label": (template and template.steps) or figure.x,
        "y": {"split": split, "name": name},
        "color": figure.color,
        "facet": figure.facet,
    }
