"""A thing that `expc doctor` examines in, what it found out: the shape of a finding, and how to ask a command."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Result:
    """A `note` is what not everybody needs."""

    state: Literal["ok", "note", "problem"]
    what: str
    advice: str = ""


def said(*command: str, seconds: float = 20) -> str:
    """What a command prints; nothing if it fails, or isn't there."""
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""
