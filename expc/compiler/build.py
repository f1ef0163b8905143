"""Paths of specs in, their plans and the files of `workflow/` out: the stages of the compiler, in order."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from expc.compiler.check import check
from expc.compiler.digest import Digests
from expc.compiler.expand import expand
from expc.compiler.gather import gather
from expc.compiler.write import Compiled, compiled
from expc.errors import Diagnostic, ExpcError


def build(paths: Sequence[str], project: Path) -> tuple[list[Compiled], list[Diagnostic]]:
    """Compile specs for a project; returns them with their weaknesses. Raises SpecError; writes nothing but a cache."""
    digests = Digests(project)
    experiments, findings = [], []
    for path in paths:
        scope, weak = check(path)
        materials = gather(scope, Path(path), project, digests)
        plan = expand(scope, materials)
        experiments.append(compiled(scope, os.path.relpath(path, project), plan, materials))
        findings += weak
    digests.save()
    _check_names(experiments)
    return experiments, findings


def _check_names(experiments: Iterable[Compiled]) -> None:
    met: dict[str, str] = {}
    for one in experiments:
        other = met.setdefault(one.name, one.spec_path)
        if other != one.spec_path:
            message = f"{other} and {one.spec_path} are both named {one.name!r}; results/{one.name} can't hold both."
            raise ExpcError(f"{message}\n    Change `name` in one of them.")
