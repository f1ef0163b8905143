"""`expc --help` and `expc check`, beside `snakemake --version`: what the imports cost, as CPU time."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.comparison import Comparison, ratio
from benchmarks.timing import Cost, in_turns, run

EXAMPLE = Path(__file__).parent.parent / "examples" / "digits-optimizers" / "spec.yaml"
REACH = {"--help": 0.35, "check": 0.6}


def measure(folder: Path, *, rounds: int) -> list[Comparison]:
    shutil.copy(EXAMPLE, folder / "spec.yaml")

    def show() -> Cost:
        return run(["expc", "--help"], folder)

    def check() -> Cost:
        return run(["expc", "check", "spec.yaml"], folder)

    def baseline() -> Cost:
        return run(["snakemake", "--version"], folder)

    in_turns(1, show, check, baseline)  # the first start of each reads its files from disk
    shown, checked, others = ([cost.cpu for cost in costs] for costs in in_turns(rounds, show, check, baseline))
    against = "`snakemake --version`, CPU time"
    return [
        ratio("`expc --help`, CPU time", against, ours=shown, baseline=others, reach=REACH["--help"]),
        ratio("`expc check` of an example, CPU time", against, ours=checked, baseline=others, reach=REACH["check"]),
    ]
