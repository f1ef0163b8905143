"""The environment in, whether output has colours out: https://no-color.org, and FORCE_COLOR for pipes."""

from __future__ import annotations

import os
from collections.abc import Mapping


def colours(environment: Mapping[str, str] = os.environ) -> bool | None:
    """True: always; False: never; None: on a terminal. An empty variable counts as none."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return False if environment.get("TERM") == "dumb" else None
