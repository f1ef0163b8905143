"""Paths of specs in, their plans out, ready to be written as one workflow."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from expc.compiler.check import check
from expc.compiler.digest import Digests
from expc.compiler.reading.site import Site
from expc.compiler.writing.write import Compiled, compiled
from expc.errors import Diagnostic, ExpcError


def build(
    paths: Sequence[str], project: Path, site: Site | None = None, *, looking: bool = False
) -> tuple[list[Compiled], list[Diagnostic]]:
    """Compile specs for a project; returns them with their weaknesses. Raises SpecError; writes nothing but a cache,
    which who is only looking does not begin."""
    digests = Digests(project)
    experiments: list[Compiled] = []
    findings: list[Diagnostic] = []
    for path in _distinct(paths):
        checked = check(path, project, digests, site)
        experiments.append(compiled(checked, os.path.relpath(path, project)))
        findings += checked.findings
    digests.save(begin=not looking)
    _check_names(experiments)
    return experiments, findings


def _distinct(paths: Iterable[str]) -> list[str]:
    """Each file once, under the path by which it was named first."""
    met: dict[str, str] = {}
    for path in paths:
        met.setdefault(os.path.realpath(path), path)
    return list(met.values())


def _check_names(experiments: Iterable[Compiled]) -> None:
    met: dict[str, str] = {}
    for one in experiments:
        other = met.setdefault(one.name, one.spec_path)
        if other != one.spec_path:
            message = f"{other} and {one.spec_path} are both named {one.name!r}; results/{one.name} can't hold both."
            raise ExpcError(f"{message}\n    Change `name` in one of them.")
