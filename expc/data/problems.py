"""All that is wrong with a file or folder in, one error that names the first few out."""

from __future__ import annotations

from collections.abc import Sequence

from expc.errors import ExpcError

SHOWN = 5


def broken(problems: Sequence[str]) -> ExpcError:
    more = [f"and {len(problems) - SHOWN} more like these"] if len(problems) > SHOWN else []
    return ExpcError("\n".join([*problems[:SHOWN], *more]))
