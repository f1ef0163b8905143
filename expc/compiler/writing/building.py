"""A folder of sources and a build command in, the same folder with what the command makes of them out, or why not."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from expc.compiler.digest import file_hash
from expc.errors import ExpcError

TAIL = 12
"""Lines of the log that a message shows."""


class BuildError(ExpcError):
    """A build that failed; the message ends in the end of its log."""


def build(command: Sequence[str], folder: Path, log: Path) -> None:
    """Run the command in the folder; no shell is between. All that it prints goes to the log."""
    shown = shlex.join(command)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        try:
            done = subprocess.run(
                list(command), cwd=folder, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, check=False
            )
        except OSError as error:
            raise BuildError(f"the build `{shown}` can't be started: {error.strerror}: {error.filename}") from error
    if done.returncode == 0:
        return
    how = f"status {done.returncode}" if done.returncode > 0 else f"signal {-done.returncode}"
    raise BuildError(f"the build `{shown}` ended with {how}; the end of {log}:\n{_tail(log)}")


def check_protected(folder: Path, protected: Mapping[str, str]) -> None:
    """Raises BuildError for a protected file that isn't what was compiled any more."""
    for name, expected in protected.items():
        path = folder / name
        if not path.is_file() or file_hash(path) != expected:
            raise BuildError(f"the build has changed {name}, which is protected; build something that leaves it alone")


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-TAIL:]) or "    (it printed nothing)"
