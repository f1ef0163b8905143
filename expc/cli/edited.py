"""Compiled experiments in, those out whose specs now say something else: what is shown of them is of the old ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from expc.errors import ExpcError, SpecError


def edited(workflow: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    """A line for each, with what to do. `workflow` is experiments.json.

    Only a spec that was written later than the workflow is compiled again, to compare: mostly none is."""
    for name in names:
        spec = workflow["experiments"][name].get("spec")
        if spec and _is_later(spec) and (what := _changed(workflow, name, spec)):
            yield what


def _is_later(spec: str) -> bool:
    """Whether it, a file that it imports, or the record of accepted results was written after the workflow."""
    from expc.accepted import FILE
    from expc.compiler.imports import with_imports
    from expc.compiler.load import read
    from expc.compiler.write import EXPERIMENTS, WORKFLOW

    if not Path(spec).is_file():
        return True
    try:
        document = with_imports(read(spec), Path())
    except SpecError:
        return True
    files = {Path(spec), *(Path(part.path) for part in document.parts.values())}
    files |= {FILE} if FILE.exists() else set()  # what was accepted counts for the trials of a new compilation
    return max(file.stat().st_mtime_ns for file in files) > (WORKFLOW / EXPERIMENTS).stat().st_mtime_ns


def _changed(workflow: Mapping[str, Any], name: str, spec: str) -> str:
    from expc.compiler.build import build
    from expc.compiler.write import experiment

    if not Path(spec).is_file():
        return f"{spec}, of which {name} was compiled, isn't there any more; this is of the last compilation"
    try:
        (one,), _ = build([spec], Path())
    except SpecError as error:
        return f"{spec} has errors since it was compiled ({len(error.diagnostics)}): `expc check {spec}`"
    except ExpcError as error:
        return f"{spec} can't be compiled any more: {error}"
    if one.name == name and _same(experiment(one), workflow["experiments"][name]):
        return ""
    what = f"{spec}, or what it names, has changed since it was compiled"
    return f"{what}; `expc plan {spec}` says how, `expc run {spec}` goes by it"


def _same(now: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """How trials are packed into jobs changes nothing that is shown."""
    keys = now.keys() - {"trials_per_job"}
    return bool(json.loads(json.dumps({key: now[key] for key in keys})) == {key: before.get(key) for key in keys})
