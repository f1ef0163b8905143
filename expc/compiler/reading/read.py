"""A valid document in, the spec as a value out: durations in seconds, sizes in MiB, defaults filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from expc.compiler.reading.frozen import freeze, partial, values
from expc.compiler.reading.reported import figures, tables
from expc.compiler.reading.stage import limits, repetitions, stages
from expc.spec import (
    ABLATION,
    FULL,
    Budget,
    Factor,
    Input,
    Level,
    MethodFile,
    Override,
    Partial,
    Source,
    Spec,
    level_name,
)


def read(document: Mapping[str, Any]) -> Spec:
    """The document's value must fit the schema; names in it are not looked up here."""
    return Spec(
        name=document["name"],
        question=document.get("question", ""),
        data={name: _source(name, entry) for name, entry in document.get("data", {}).items()},
        inputs={name: Input(name, entry) for name, entry in document.get("inputs", {}).items()},
        factors=_factors(document),
        zips=tuple(map(tuple, document.get("zip", []))),
        exclude=tuple(map(partial, document.get("exclude", []))),
        include=tuple(map(partial, document.get("include", []))),
        design=document.get("design", "crossed"),
        order=document.get("order", "seeds-first"),
        params=values(document.get("params")),
        derive=document.get("derive", {}),
        overrides=tuple(map(_override, document.get("overrides", []))),
        stages=stages(document),
        seeds=repetitions(document.get("seeds", 1)),
        baseline=_baseline(document),
        methods={name: _method(name, entry) for name, entry in document.get("methods", {}).items()},
        ignore=document.get("ignore", {}),
        on_failure=document.get("on_failure", "report"),
        budget=Budget(**document.get("budget", {})),
        tables=tables(document),
        figures=figures(document),
    )


def _source(name: str, entry: Mapping[str, Any]) -> Source:
    return Source(name, entry["source"], entry)


def _factors(document: Mapping[str, Any]) -> dict[str, Factor]:
    factors = {name: _factor(name, levels) for name, levels in document.get("factors", {}).items()}
    return {**factors, ABLATION: _ablation(document[ABLATION])} if ABLATION in document else factors


def _factor(name: str, levels: list[Any] | Mapping[str, Any]) -> Factor:
    listed = isinstance(levels, list)
    if isinstance(levels, list):
        found = tuple(Level(level_name(value), {name: freeze(value)}) for value in levels)
    else:
        found = tuple(_level(name, level, value) for level, value in levels.items())
    return Factor(name, found, listed, ("factors", name))


def _level(factor: str, name: str, value: Any) -> Level:
    return Level(name, values(value) if isinstance(value, Mapping) else {factor: freeze(value)})


def _ablation(removals: Mapping[str, Any]) -> Factor:
    """A removal that is called `full` is an error, which the checks report."""
    removed = (Level(name, values(params)) for name, params in removals.items() if name != FULL)
    return Factor(ABLATION, (Level(FULL, {}), *removed), listed=False, pointer=(ABLATION,))


def _baseline(document: Mapping[str, Any]) -> Partial | None:
    """As written; of an ablation, what removes nothing is the baseline unless it is said otherwise."""
    stated = partial(document["baseline"]) if "baseline" in document else {}
    full = {ABLATION: (FULL,)} if ABLATION in document else {}
    return {**full, **stated} or None


def _override(entry: Mapping[str, Any]) -> Override:
    return Override(partial(entry["when"]), values(entry.get("params")), limits(entry.get("resources", {})))


def _method(name: str, entry: Mapping[str, Any]) -> MethodFile:
    return MethodFile(name, entry["slot"], entry["file"], values(entry.get("params")))
