"""The current folder in, the workflow that was compiled there out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from expc.errors import ExpcError


def workflow() -> dict[str, Any]:
    """What `workflow/experiments.json` says."""
    from expc.compiler.write import stated

    found = stated(Path())
    if not found:
        raise ExpcError("there is no workflow here; run `expc compile SPEC` in the project's folder")
    return found
