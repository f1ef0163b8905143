"""Some short trials by `expc run`, beside a process for each (xargs) and Hydra's multirun."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks.comparison import Comparison, ratio
from benchmarks.specs import levels, short
from benchmarks.timing import BenchmarkError, Cost, in_turns, run
from benchmarks.work import CORES, TEMPLATE, calibrated

SIZE = (40, 5)
PART = 4
"""A process for each is started for one trial in four: it is the same again and again, for minutes."""
XARGS_REACH, HYDRA_REACH = 0.12, 0.8
SWEEP = Path(__file__).parent / "baselines" / "sweep.py"


def measure(folder: Path, *, rounds: int, size: tuple[int, int] = SIZE) -> list[Comparison]:
    steps = calibrated(folder)
    mine, quarter, hydra = in_turns(
        rounds,
        lambda: ours(folder / "ours", *size, steps),
        lambda: xargs(folder / "xargs", size[0] // PART, size[1], steps).wall,
        lambda: multirun(folder / "hydra", *size, steps),
    )
    what = f"{size[0] * size[1]:,} trials of 50 ms, `expc run` from start to table"
    walls = [cost.wall for cost in mine]
    return [
        ratio(
            what,
            "`xargs -P2` over `python train.py`",
            ours=walls,
            baseline=[wall * PART for wall in quarter],
            reach=XARGS_REACH,
        ),
        ratio(
            what,
            "Hydra's multirun, joblib launcher, 2 jobs",
            ours=walls,
            baseline=[cost.wall for cost in hydra],
            reach=HYDRA_REACH,
        ),
    ]


def ours(project: Path, conditions: int, seeds: int, steps: int) -> Cost:
    """From a folder with nothing but the spec and its template."""
    fresh(project)
    shutil.copytree(TEMPLATE, project / "template", ignore=shutil.ignore_patterns("__pycache__"))
    (project / "spec.yaml").write_text(short(conditions, seeds, steps), encoding="utf-8")
    cost = run(["expc", "run", "spec.yaml", "--cores", str(CORES)], project)
    check(project.glob("results/trials/*/metrics.jsonl"), conditions * seeds)
    return cost


def xargs(project: Path, conditions: int, seeds: int, steps: int) -> Cost:
    """A process for each trial; their folders are made beforehand."""
    fresh(project)
    lines = []
    for rate in levels(conditions):
        for seed in range(seeds):
            trial = project / f"{rate}-{seed}"
            trial.mkdir()
            params = {"params": {"steps": steps, "lr": rate}, "seed": seed}
            (trial / "params.json").write_text(json.dumps(params), encoding="utf-8")
            lines.append(f"{trial}\n")
    (project / "trials.txt").write_text("".join(lines), encoding="utf-8")
    program = [sys.executable, str(TEMPLATE / "train.py")]
    cost = run(["xargs", "-P", str(CORES), "-n", "1", "-a", "trials.txt", *program], project)
    check(project.glob("*/metrics.jsonl"), conditions * seeds)
    return cost


def multirun(project: Path, conditions: int, seeds: int, steps: int) -> Cost:
    """Two of loky's processes, each of which imports torch once."""
    fresh(project)
    rates = ",".join(map(str, levels(conditions)))
    launcher = ["hydra/launcher=joblib", f"hydra.launcher.n_jobs={CORES}", "hydra.sweep.dir=trials"]
    sweep = [f"lr={rates}", f"seed=range({seeds})", f"steps={steps}"]
    cost = run([sys.executable, str(SWEEP), "-m", *launcher, *sweep], project, {"PYTHONPATH": str(TEMPLATE)})
    check(project.glob("trials/*/metrics.jsonl"), conditions * seeds)
    return cost


def fresh(project: Path) -> None:
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir()


def check(metrics: Iterable[Path], trials: int) -> None:
    found = len(list(metrics))
    if found != trials:
        raise BenchmarkError(f"{found} of {trials} trials have a result")
