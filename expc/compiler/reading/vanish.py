"""The experiments of `workflow/`, and those to be written, in; those that would vanish or be replaced out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from expc.compiler.reading.load import read
from expc.errors import ExpcError

Experiments = Mapping[str, Mapping[str, Any]]
"""By their names, as `experiments.json` has them."""


class VanishError(ExpcError):
    """The workflow also runs experiments whose specs weren't named this time."""


def check_vanishing(before: Experiments, after: Experiments, project: Path) -> None:
    gone = sorted(set(before) - set(after))
    if gone:
        specs = " ".join(before[name]["spec"] for name in gone)
        raise VanishError(
            f"E407 workflow/ also runs {', '.join(gone)}, which would vanish from it.\n"
            f"    Name the specs together (… {specs}), or drop the others with --only; no result is deleted."
        )
    for name, spec, other in _replaced(before, after, project):
        raise VanishError(
            f"E407 {spec} has the name {name!r}, as {other} has: its tables in results/{name} would be replaced.\n"
            "    Change `name` in one of them, or let the other go with --only; no trial is deleted."
        )


def _replaced(before: Experiments, after: Experiments, project: Path) -> Iterator[tuple[str, str, str]]:
    """The name, its spec now, and the other one that is still there under this name. A renamed file isn't."""
    for name in sorted(set(before) & set(after)):
        spec, other = after[name]["spec"], before[name].get("spec", "")
        elsewhere = os.path.realpath(project / spec) != os.path.realpath(project / other)
        if other and elsewhere and _is_called(project / other, name):
            yield name, spec, other


def _is_called(spec: Path, name: str) -> bool:
    try:
        return bool(read(str(spec)).value.get("name") == name)
    except ExpcError:  # it is gone, or no spec any more
        return False
