"""`expc compile` of many trials, beside a bare loop that makes, hashes and writes the same parameters."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from benchmarks.comparison import Comparison, ratio, size
from benchmarks.specs import grid
from benchmarks.timing import Cost, in_turns, run

SIZES = ((200, 100, 5), (400, 250, 1))
REACH, MEMORY_REACH = 4.0, 400.0
BARE_LOOP = Path(__file__).parent / "baselines" / "bare_loop.py"


def measure(folder: Path, *, rounds: int, sizes: tuple[tuple[int, int, int], ...] = SIZES) -> list[Comparison]:
    return [comparison for one in sizes for comparison in _measure(folder, rounds, *one)]


def _measure(folder: Path, rounds: int, rates: int, decays: int, seeds: int) -> list[Comparison]:
    def ours() -> Cost:
        shutil.rmtree(folder / "workflow", ignore_errors=True)
        return run(["expc", "compile", "spec.yaml"], folder)

    def baseline() -> Cost:
        return run([sys.executable, str(BARE_LOOP), "bare.jsonl", str(rates), str(decays), str(seeds)], folder)

    (folder / "spec.yaml").write_text(grid("grid", rates, decays, seeds), encoding="utf-8")
    mine, others = in_turns(rounds, ours, baseline)
    conditions = rates * decays
    what = (
        f"`expc compile`, {conditions * seeds:,} trials ({conditions:,} conditions × {seeds} seed{'s' * (seeds > 1)})"
    )
    return [
        ratio(
            what,
            "a bare loop that hashes and writes the same parameters",
            ours=[cost.wall for cost in mine],
            baseline=[cost.wall for cost in others],
            reach=REACH,
        ),
        size(f"{what}: peak memory", peaks=[cost.peak for cost in mine], reach=MEMORY_REACH),
    ]
