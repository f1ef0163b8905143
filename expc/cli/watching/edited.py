"""Compiled experiments in, those out whose specs now say something else: what is shown of them is of the old ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from expc.errors import ExpcError, SpecError

NAMED = 3
"""Files that are named; more say nothing more."""


def edited(workflow: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    """By the experiment's name: what has changed, and what to do. `workflow` is experiments.json.

    Only where a file that decides something is newer than the workflow, the spec is compiled again, to compare: mostly
    none is, and large files, whose hashes are remembered, are read once after a change."""
    specs = {name: workflow["experiments"][name].get("spec") for name in names}
    found = {name: _changed(workflow, name, spec) for name, spec in specs.items() if spec}
    return {name: what for name, what in found.items() if what}


def _changed(workflow: Mapping[str, Any], name: str, spec: str) -> str:
    if not Path(spec).is_file():
        return f"{spec}, of which {name} was compiled, isn't there any more; this is of the last compilation"
    try:
        files = _newer(workflow, spec)
        if not files or _compiles_to_the_same(workflow, name, spec):
            return ""
    except SpecError as error:
        return f"{spec} has errors since it was compiled ({len(error.diagnostics)}): `expc check {spec}`"
    except ExpcError as error:
        return f"{spec} can't be compiled any more: {error}"
    return f"{_what(spec, files)}; `expc plan {spec}` says how, `expc run {spec}` goes by it"


def _newer(workflow: Mapping[str, Any], spec: str) -> list[str]:
    from expc.compiler.reading.named import newer
    from expc.compiler.writing.write import EXPERIMENTS, WORKFLOW

    return newer(spec, workflow, (WORKFLOW / EXPERIMENTS).stat().st_mtime_ns)


def _what(spec: str, files: Sequence[str]) -> str:
    """Which file has changed, if only one can have."""
    others = [file for file in files if Path(file) != Path(spec)]
    if len(files) == 1:
        return f"{files[0]} has changed since {spec if others else 'it'} was compiled"
    others = [file for file in others if not Path(file).is_dir()]
    some = f" ({', '.join(others[:NAMED])}{', …' if len(others) > NAMED else ''})" if others else ""
    return f"{spec}, or what it names{some}, has changed since it was compiled"


def _compiles_to_the_same(workflow: Mapping[str, Any], name: str, spec: str) -> bool:
    from expc.compiler.build import build
    from expc.compiler.writing.outside import outside
    from expc.compiler.writing.write import experiment
    from expc.runner.outcome import header, plan_file

    before = workflow["experiments"][name]
    (one,), _ = build([spec], Path(), looking=True)
    if header(plan_file(name, before["plan"])).get("outside"):
        one = outside(one)
    return one.name == name and _same(experiment(one), before)


def _same(now: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """How trials are packed into jobs changes nothing that is shown."""
    keys = now.keys() - {"trials_per_job"}
    return bool(json.loads(json.dumps({key: now[key] for key in keys})) == {key: before.get(key) for key in keys})
