"""The kernel's list of locks and the trials' ledgers in, who is working on a trial out.

Looking is better than trying a lock: a runner that met ours would take the trial for another's."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from expc.runner.outcome import TRIALS, without_faults

HERE = os.uname().nodename

# The runner isn't typed, for old Pythons' sake: here is what it gives.
_sound: Callable[[Mapping[str, Any]], Mapping[str, Any]] = without_faults


def locked() -> frozenset[int] | None:
    """The inodes of all files locked on this machine; None where the kernel doesn't tell."""
    try:
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return frozenset(
        int(line.split()[5].rpartition(":")[2]) for line in lines if " FLOCK " in line and "->" not in line
    )


def lock_of(trial: str) -> int | None:
    """The inode of a trial's lock, which stays the same for ever; None if nobody has worked on it yet."""
    try:
        return os.stat(f"{TRIALS}/{trial}/lock").st_ino  # noqa: PTH116  (thousands of times)
    except OSError:
        return None


def last_row(trial: str) -> Mapping[str, Any] | None:
    """Of the trial's ledger; None if it has none, or its end is torn."""
    try:
        row = json.loads(Path(TRIALS, trial, "attempts.jsonl").read_bytes().rstrip(b"\n").rpartition(b"\n")[2])
    except (OSError, ValueError, RecursionError):
        return None
    return _sound(row) if isinstance(row, dict) else None


def rows(trial: str) -> list[Mapping[str, Any]]:
    """Of the trial's ledger, those that are whole."""
    try:
        lines = Path(TRIALS, trial, "attempts.jsonl").read_bytes().split(b"\n")
    except OSError:
        return []
    found = []
    for line in lines:
        with contextlib.suppress(ValueError, RecursionError):
            found.append(json.loads(line))
    return [_sound(row) for row in found if isinstance(row, dict)]


def unended(row: Mapping[str, Any] | None) -> bool:
    """Whether a ledger's last row is the start of an attempt: it runs, or was killed together with its runner."""
    return row is not None and "started" in row


def elsewhere(row: Mapping[str, Any] | None) -> str | None:
    """The other machine on which an attempt was started; whether it still runs can't be seen from here."""
    host = (row or {}).get("host")
    return str(host) if host not in (None, HERE) else None
