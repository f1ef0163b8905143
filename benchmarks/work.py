"""Milliseconds in, the optimizer steps that take as long out; and the work of many trials, done and nothing else."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import run

CORES = 2
SECONDS = 0.05
"""The work of a trial."""
MEASURES, TRIALS, STEPS = 5, 80, 100
"""How it is found out how many steps that is."""
TEMPLATE = Path(__file__).parent / "template"
BARE_WORK = Path(__file__).parent / "baselines" / "bare_work.py"


@dataclass(frozen=True)
class Work:
    """What the work of some trials took, on the clock and in seconds of CPU."""

    wall: float
    cpu: float


def bare_work(folder: Path, trials: int, steps: int) -> Work:
    """The work of so many trials, done by two warm processes side by side that do nothing else."""
    run([sys.executable, str(BARE_WORK), str(trials), str(steps), str(CORES)], folder, {"PYTHONPATH": str(TEMPLATE)})
    return Work(**json.loads((folder / "output.log").read_text(encoding="utf-8").splitlines()[-1]))


def calibrated(folder: Path) -> int:
    """The optimizer steps that take SECONDS of CPU while both cores are busy with the same.

    By the quickest of some measures: whatever else the machine does makes a step slower, and too few of them would be
    done in the turns that it doesn't disturb."""
    step = min(bare_work(folder, TRIALS, STEPS).cpu for _ in range(MEASURES)) / TRIALS / STEPS
    return max(1, round(SECONDS / step))
