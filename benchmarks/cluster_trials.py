"""Some short trials through a real SLURM, packed by `auto`, beside a job array with a process for each."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.comparison import Comparison, ratio
from benchmarks.short_trials import PART, SIZE, check, fresh
from benchmarks.specs import levels, short
from benchmarks.timing import Cost, in_turns, run
from benchmarks.work import TEMPLATE, calibrated

REACH = 0.25
COMMAND = "`expc run --site`"
PARTITION = "main"
SITE = """\
site: 1
name: testbed
partitions:
  main: {time: 1-00:00:00, cpus: 8, memory: 4000MB}
jobs: {most: 24, shortest: 45m, check: 1}
"""
RESOURCES = "resources: {time: 30s, memory: 600MB}\n"
ARRAY = """\
#!/bin/sh
cd $(sed -n ${SLURM_ARRAY_TASK_ID}p trials.txt)
exec "$@"
"""
"""Without a shell's quoting: the folders are ours."""


class NoClusterError(Exception):
    """There is no SLURM to measure on; says what to do."""


def measure(folder: Path, *, rounds: int, size: tuple[int, int] = SIZE) -> list[Comparison]:
    """Raises NoClusterError."""
    check_cluster()
    steps = calibrated(folder)
    mine, quarter = in_turns(
        rounds,
        lambda: ours(folder / "ours", *size, steps).wall,
        lambda: array(folder / "array", size[0] // PART, size[1], steps).wall,
    )
    what = f"{size[0] * size[1]:,} trials of 50 ms, {COMMAND} from start to table"
    baseline = [wall * PART for wall in quarter]
    return [ratio(what, "one `sbatch --array` over `python train.py`", ours=mine, baseline=baseline, reach=REACH)]


def check_cluster() -> None:
    try:
        command = ["sinfo", "--noheader", "--partition", PARTITION, "--format", "%a"]
        found = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        found = None
    if found is None or found.returncode or "up" not in found.stdout:
        raise NoClusterError("no SLURM answers here: `make testbed` brings one up, and says how to get into it")


def ours(project: Path, conditions: int, seeds: int, steps: int) -> Cost:
    """From a folder with nothing but the spec, its template and the site file."""
    fresh(project)
    shutil.copytree(TEMPLATE, project / "template", ignore=shutil.ignore_patterns("__pycache__"))
    (project / "spec.yaml").write_text(short(conditions, seeds, steps) + RESOURCES, encoding="utf-8")
    (project / "site.yaml").write_text(SITE, encoding="utf-8")
    cost = run(["expc", "run", "spec.yaml", "--site", "site.yaml"], project)
    check(project.glob("results/trials/*/metrics.jsonl"), conditions * seeds)
    return cost


def array(project: Path, conditions: int, seeds: int, steps: int) -> Cost:
    """A task for each trial; their folders are made beforehand."""
    fresh(project)
    folders = []
    for rate in levels(conditions):
        for seed in range(seeds):
            trial = project / f"{rate}-{seed}"
            trial.mkdir()
            params = {"params": {"steps": steps, "lr": rate}, "seed": seed}
            (trial / "params.json").write_text(json.dumps(params), encoding="utf-8")
            folders.append(f"{trial.name}\n")
    (project / "trials.txt").write_text("".join(folders), encoding="utf-8")
    (project / "task.sh").write_text(ARRAY, encoding="utf-8")
    asked = [f"--array=1-{len(folders)}", f"--partition={PARTITION}", "--mem=600", "--time=5", "--output=task.log"]
    cost = run(["sbatch", "--wait", *asked, "task.sh", sys.executable, str(TEMPLATE / "train.py")], project)
    check(project.glob("*/metrics.jsonl"), conditions * seeds)
    return cost
