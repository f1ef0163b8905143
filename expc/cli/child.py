"""Snakemake's options in, a process that runs it out: it ends with us, or sooner, if it is asked to."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
STOPPING = 45.0
"""Seconds in which an interrupted Snakemake must have ended; its trials have ten."""
TICK = 0.05


def begin(options: Sequence[str], log: IO[bytes], folder: Path = Path()) -> subprocess.Popen[bytes]:
    """In a group of its own: what a terminal sends to ours is ours to hand on."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "snakemake", *options],  # -P: a user's queue.py is not the library's
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        process_group=0,
        preexec_fn=_die_with_parent,  # noqa: PLW1509  (this process has no other thread)
    )


def stop(snakemake: int, patience: float = STOPPING) -> None:
    """Interrupt the process, our child, and its whole group, as a terminal does it, until it has ended: Snakemake by
    itself would let all trials end first, and only the runner can stop them. Who is impatient interrupts again. If it
    hangs after that, it is killed; a runner that is left then stops by itself."""
    last = time.monotonic() + patience
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(snakemake, signal.SIGINT)
            while not _ended(snakemake):
                if time.monotonic() > last:
                    os.kill(snakemake, signal.SIGKILL)
                time.sleep(TICK)
            return


def _ended(process: int) -> bool:
    """Asked past subprocess, whose own lock stays taken for ever where an interrupt met a wait in the wrong moment."""
    try:
        return os.waitpid(process, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True


def _die_with_parent() -> None:
    """Let the kernel end Snakemake if this process is killed; the runner then sees it gone, and stops its trials."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
