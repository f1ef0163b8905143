"""Some trials on one GPU, two of them at once, beside the same one at a time."""

from __future__ import annotations

import json
import os
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.comparison import Comparison, ratio
from benchmarks.many_trials import training
from benchmarks.short_trials import check, fresh
from benchmarks.specs import levels
from benchmarks.timing import in_turns, run
from benchmarks.work import CORES
from expc.runner.gpus import visible

SIZE = (6, 2)
REACH, IDLE_REACH = 0.8, 1.0
WHAT = "trials on one GPU, two at once"
ONE = "one at a time"


class NoGpuError(Exception):
    """There is no GPU to measure on."""


class Use(NamedTuple):
    """Seconds from the first start to the last outcome, and the share of them in which the GPU did nothing, in %."""

    wall: float
    idle: float


def measure(folder: Path, *, rounds: int, size: tuple[int, int] = SIZE, epochs: int = 30) -> list[Comparison]:
    """Raises NoGpuError."""
    check_gpu()
    two, one = in_turns(
        rounds,
        lambda: use(folder / "two", *size, epochs, at_once=2),
        lambda: use(folder / "one", *size, epochs, at_once=1),
    )
    what = f"{size[0] * size[1]} {WHAT}, first start to last outcome"
    faster = ratio(what, ONE, ours=[use.wall for use in two], baseline=[use.wall for use in one], reach=REACH)
    return [faster, idle(f"{size[0] * size[1]} {WHAT}: time in which the GPU is idle", two, one)]


def check_gpu() -> None:
    if not visible(os.environ):
        raise NoGpuError("no GPU is here")


def idle(what: str, two: list[Use], one: list[Use]) -> Comparison:
    each = [mine.idle / other.idle for mine, other in zip(two, one, strict=True)]
    mine, other = (median(use.idle for use in uses) for uses in (two, one))
    return Comparison(
        what, ONE, f"{mine:.0f} %", f"{other:.0f} %", mine / other, (min(each), max(each)), "×", IDLE_REACH
    )


def use(project: Path, rates: int, seeds: int, epochs: int, *, at_once: int) -> Use:
    fresh(project)
    (project / "spec.yaml").write_text(spec(rates, seeds, epochs, at_once), encoding="utf-8")
    run(["expc", "run", "spec.yaml", "--cores", str(CORES)], project)
    check(project.glob("results/trials/*/outcome.json"), rates * seeds)
    return Use(training(project), idle_share(project))


def spec(rates: int, seeds: int, epochs: int, at_once: int) -> str:
    """A small network, which alone keeps no GPU busy."""
    return f"""\
expc: 1
name: shared
question: Which learning rate is best?
task: image-classification
data: {{digits: {{source: sklearn}}}}
factors:
  lr: {json.dumps(levels(rates))}
params: {{model: cnn, epochs: {epochs}}}
seeds: {seeds}
metrics: [accuracy]
baseline: {{lr: {levels(1)[0]}}}
resources: {{gpus: 1, trials_at_once: {at_once}}}
tables: {{main: {{rows: lr, metric: accuracy}}}}
"""


def idle_share(project: Path) -> float:
    """By what the driver said once a second while each trial ran, in %."""
    outcomes = [json.loads(path.read_text("utf-8")) for path in project.glob("results/trials/*/outcome.json")]
    seconds = sum(outcome["seconds"] for outcome in outcomes)
    return 100 * (1 - sum(outcome["gpu_busy"] * outcome["seconds"] for outcome in outcomes) / seconds)
