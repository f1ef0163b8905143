"""Many short trials by `expc run`, beside the work alone: two processes that do nothing else."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.comparison import Comparison, ratio
from benchmarks.short_trials import ours
from benchmarks.work import bare_work, calibrated

SIZE = (400, 5)
PART = 8
"""The work alone, the same again and again, is done for one trial in eight: before each run of ours, and after it."""
TRAINING_REACH, REACH = 1.5, 1.8


class Run(NamedTuple):
    """Seconds from the first trial's start to the last one's outcome, and in all."""

    training: float
    wall: float


def measure(folder: Path, *, rounds: int, size: tuple[int, int] = SIZE) -> list[Comparison]:
    turns = [_turn(folder, size) for _ in range(rounds)]
    mine, alone = zip(*turns, strict=True)
    what, against = f"{size[0] * size[1]:,} trials of 50 ms", "their work alone in two warm processes"
    return [
        ratio(
            f"{what}, first start to last outcome",
            against,
            ours=[one.training for one in mine],
            baseline=alone,
            reach=TRAINING_REACH,
        ),
        ratio(f"{what}, `expc run`", against, ours=[one.wall for one in mine], baseline=alone, reach=REACH),
    ]


def _turn(folder: Path, size: tuple[int, int]) -> tuple[Run, float]:
    """Ours, and seconds of the work alone. A machine's speed changes within minutes: the steps are counted anew."""
    steps, trials = calibrated(folder), size[0] * size[1]
    before = bare_work(folder, trials // PART, steps).wall
    mine = _run(folder / "ours", size, steps)
    after = bare_work(folder, trials // PART, steps).wall
    return mine, (before + after) / 2 * PART


def _run(project: Path, size: tuple[int, int], steps: int) -> Run:
    cost = ours(project, *size, steps)
    return Run(training(project), cost.wall)


def training(project: Path) -> float:
    """Seconds from the first start in a ledger to the last outcome."""
    starts, ends = [], []
    for outcome in project.glob("results/trials/*/outcome.json"):
        with outcome.with_name("attempts.jsonl").open(encoding="utf-8") as ledger:
            starts.append(datetime.fromisoformat(json.loads(ledger.readline())["started"]))
        ends.append(datetime.fromisoformat(json.loads(outcome.read_text(encoding="utf-8"))["finished"]))
    return (max(ends) - min(starts)).total_seconds()
