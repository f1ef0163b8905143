"""A command in; it returns once the command succeeds, and says what was waited for if it never does."""

import subprocess
import time
from pathlib import Path

from lab import Unusable

PATIENCE = 300.0  # seconds for what takes one on a machine of its own


def until(what: str, command: list[str], *, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0:
                return
        except subprocess.TimeoutExpired:
            continue
        time.sleep(0.1)
    last = "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else "it has no log"
    raise Unusable(f"waited {PATIENCE:.0f} s in vain until {what}; {log} ends with:\n{last}")
