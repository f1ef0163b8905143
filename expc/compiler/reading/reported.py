"""Metrics, tables and figures as they are written in, the same as values out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from expc.compiler.reading.frozen import names, partial
from expc.compiler.reading.grammar import parse_reference
from expc.spec import Figure, Reference, Table

PREDICTIONS = "predictions-"
"""Begins the rule of a metric that is computed from predictions."""


def metrics(stated: Any) -> tuple[Reference, ...] | None:
    """None where nothing is said of them."""
    if stated is None:
        return None
    entries = stated if isinstance(stated, Mapping) else dict.fromkeys(stated)
    return tuple(_reference(text, entry or {}) for text, entry in entries.items())


def _reference(text: str, entry: Mapping[str, Any]) -> Reference:
    span = entry.get("range")
    text, split, name, rule = parts(text)
    if "from" in entry:
        rule = f"{PREDICTIONS}{entry['compute']}"
    return Reference(
        *(text, split, name, rule),
        goal=entry.get("goal"),
        range=(span[0], span[1]) if span else None,
        kind=entry.get("kind"),
    )


def parts(text: str) -> tuple[str, str, str, str | None]:
    """A reference as written, its split, its name and its rule as plans write it."""
    parsed = parse_reference(text)
    match parsed.rule:
        case "best":
            rule: str | None = f"best-{parsed.argument}"
        case "step":
            rule = f"step-{parsed.argument}"
        case other:
            rule = other
    return text, parsed.split or "test", parsed.name, rule


def tables(document: Mapping[str, Any]) -> tuple[Table, ...]:
    """Without `tables` there is one, `main`, with a row for each condition."""
    stated = document.get("tables", {"main": {}})
    return tuple(
        Table(
            **_view(("tables", name), entry),
            rows=names(entry["rows"]) if "rows" in entry else None,
            columns=names(entry.get("columns", [])),
            metrics=names(entry["metric"]) if "metric" in entry else None,
        )
        for name, entry in stated.items()
    )


def figures(document: Mapping[str, Any]) -> tuple[Figure, ...]:
    return tuple(_figure(name, entry) for name, entry in document.get("figures", {}).items())


def _figure(name: str, entry: Mapping[str, Any]) -> Figure:
    return Figure(
        **_view(("figures", name), entry),
        x=entry["x"],
        y=entry["y"],
        color=entry.get("color"),
        facet=entry.get("facet"),
    )


def _view(pointer: tuple[str, str], entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": pointer[1],
        "pointer": pointer,
        "stage": entry.get("stage"),
        "average": names(entry.get("average", [])),
        "at": partial(entry.get("at", {})),
        "select": names(entry.get("select", [])),
    }
