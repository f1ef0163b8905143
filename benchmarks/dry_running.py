"""`snakemake -n` on a compiled plan, beside a Snakefile written by hand for the same trials."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from benchmarks.baselines.bare_loop import parameters
from benchmarks.comparison import Comparison, ratio
from benchmarks.specs import grid
from benchmarks.timing import Cost, in_turns, run

SIZE = (50, 40, 5)
REACH = 0.3
PACKINGS = {"in one job": "{}", "by a hundred": "{trials_per_job: 100}"}
BY_HAND = Path(__file__).parent / "baselines" / "Snakefile"


def measure(folder: Path, *, rounds: int, size: tuple[int, int, int] = SIZE) -> list[Comparison]:
    by_hand = _by_hand(folder / "by-hand", size)
    compiled = {packing: _compiled(folder / packing, size, resources) for packing, resources in PACKINGS.items()}

    def dry_run(project: Path) -> Cost:
        return run(["snakemake", "-n", "--cores", "2", "--scheduler", "greedy"], project)

    *mine, others = in_turns(
        rounds, *(lambda project=project: dry_run(project) for project in compiled.values()), lambda: dry_run(by_hand)
    )
    trials = size[0] * size[1] * size[2]
    return [
        ratio(
            f"`snakemake -n`, {trials:,} trials {packing}",
            "a Snakefile by hand, one wildcard rule over the same trials",
            ours=[cost.wall for cost in costs],
            baseline=[cost.wall for cost in others],
            reach=REACH,
        )
        for packing, costs in zip(compiled, mine, strict=True)
    ]


def _compiled(project: Path, size: tuple[int, int, int], resources: str) -> Path:
    project.mkdir()
    (project / "spec.yaml").write_text(grid("grid", *size, resources=resources), encoding="utf-8")
    run(["expc", "compile", "spec.yaml"], project)
    return project


def _by_hand(project: Path, size: tuple[int, int, int]) -> Path:
    project.mkdir()
    shutil.copy(BY_HAND, project / "Snakefile")
    with (project / "trials.tsv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter="\t")
        rows.writerow(["trial", "lr", "weight_decay", "seed"])
        for number, (params, seed) in enumerate(parameters(*size)):
            rows.writerow([number, params["lr"], params["weight_decay"], seed])
    return project
