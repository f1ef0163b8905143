"""The row of the benchmarks that needs a cluster: ours, packed by `auto`, and its baseline are measured in one run.

Here it is small, and its figures say nothing; `benchmarks/RESULTS.md` has those of `make bench` inside a testbed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SMALL = """
import json, sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.cluster_trials import measure

(row,) = measure(Path(sys.argv[1]), rounds=1, size=(4, 5))
print("row", json.dumps(asdict(row)))
"""


def test_the_row_of_slurm_is_measured_with_its_baseline_in_one_run(without_accounting: Any, tmp_path: Path) -> None:
    said = without_accounting.run(tmp_path, sys.executable, "-c", SMALL, str(tmp_path))
    row = json.loads(next(line for line in said.splitlines() if line.startswith("row ")).removeprefix("row "))
    assert row["what"] == "20 trials of 50 ms, `expc run --site` from start to table"
    assert row["against"] == "one `sbatch --array` over `python train.py`"
    assert row["value"] > 0
    without_accounting.mend()
