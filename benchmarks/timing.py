"""A command in, what it cost out; and several measurements, taken in turns."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

BIN = Path(sys.executable).parent
T = TypeVar("T")


class BenchmarkError(Exception):
    """A measured command failed, so there is nothing to compare."""


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, seconds of CPU with all descendants, and MB of the largest process among them.

    No process measures smaller than ours, which started it: so heavy libraries stay out of this one."""

    wall: float
    cpu: float
    peak: float


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command in a folder, its output in `output.log` there. Raises BenchmarkError if it fails."""
    log = folder / "output.log"
    with log.open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=surroundings(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise BenchmarkError(f"{' '.join(command)} ended with exit status {process.returncode}:\n{said}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)


def surroundings(more: Mapping[str, str]) -> dict[str, str]:
    """The same for everybody: this environment's programs first, one thread for each process."""
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", **more}


def in_turns(rounds: int, *measures: Callable[[], T]) -> tuple[list[T], ...]:
    """The first measure, the second, …, the first again: what disturbs the machine meets all of them alike."""
    taken = [[measure() for measure in measures] for _ in range(rounds)]
    return tuple([turn[index] for turn in taken] for index in range(len(measures)))
