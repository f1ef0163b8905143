"""Names of rows in (all of them, if none is named), a table of ratios and reaches out.

A run of all rows writes RESULTS.md beside this file. It exits with 1 if something is not reached."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import cluster_trials, compiling, dry_running, gpu_trials, many_trials, short_trials, starting
from benchmarks.comparison import Comparison, table
from benchmarks.machine import machine

ROWS: dict[str, Callable[..., list[Comparison]]] = {
    "compile": compiling.measure,
    "start": starting.measure,
    "dry-run": dry_running.measure,
    "short": short_trials.measure,
    "many": many_trials.measure,
    "slurm": cluster_trials.measure,
    "gpu": gpu_trials.measure,
}
# Rows that can't be measured everywhere, and the words by which to know them in the results.
ELSEWHERE = {"slurm": cluster_trials.COMMAND, "gpu": gpu_trials.WHAT}
RESULTS = Path(__file__).parent / "RESULTS.md"
PAGE = """\
# What expc costs

Made by `make bench`; don't edit. Medians of {rounds} runs, ours and the baseline in turns, on one machine:
{machine}
Trust the ratios, not the seconds. In parentheses stand the smallest and the largest ratio of a turn.

{table}

- **compile**: an empty project each time; the parameters are those that an MLP for image classification reads. Memory
  is that of the largest process.
- **start**: seconds of CPU, of a second start: everything has been read from disk before.
- **dry-run**: nothing has run yet, and `-n` prints what it would do. By hand: parameters from a TSV, one output for
  each trial, an aggregate.
- **short** and **many**: the work is a fixed number of optimizer steps with one thread, set beforehand so that it takes
  50 ms of CPU in a warm process while another does the same on the second core, by the quickest of five measures.
  `expc run` compiles, generates the code, trains, collects and makes a table, in an empty project each time; the
  baselines only train. torch comes from the disk's cache in all of them. Hydra's own process does not import it.
  Those of xargs are a quarter of the trials, taken four times.
- **many**: the steps are set anew before each turn. What it is compared with is the work alone: two processes that have
  imported torch and are warm do the steps of an eighth of the trials, before each run of ours and after it; their mean
  is taken eight times. First start and last outcome come from the ledgers and outcomes of the trials.
- **slurm**: on the testbed, a one-machine cluster of three nodes that claim eight CPUs each, all on the same two cores,
  and so only where there is one: `python -m benchmarks slurm` inside of it (`make testbed`). Elsewhere the row that was
  measured last stands. `trials_per_job: auto` packs the trials, whose `time` is 30 s. The array's are a quarter of the
  trials, taken four times.
- **gpu**: only where there is one: `python -m benchmarks gpu`. Idle is what the driver does not call busy, asked once a
  second while each trial runs.
"""


def main() -> int:
    asked = _arguments()
    about, found, missing = machine(), [], []
    for name in asked.rows or ROWS:
        print(f"{name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="expc-bench-") as folder:
            try:
                found += ROWS[name](Path(folder), rounds=asked.rounds)
            except (cluster_trials.NoClusterError, gpu_trials.NoGpuError) as problem:
                missing.append(ELSEWHERE[name])
                print(f"  skipped: {problem}", file=sys.stderr)
    print(f"{about}\n\n{table(found)}")
    if not asked.rows:
        rows = "\n".join([table(found), *_last_time(missing)])
        RESULTS.write_text(PAGE.format(rounds=asked.rounds, machine=about, table=rows), encoding="utf-8")
    return int(not all(one.reached for one in found))


def _last_time(missing: list[str]) -> list[str]:
    """The rows that need what isn't here, as they were measured where it was."""
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    return [line for line in lines if line.startswith("|") and any(what in line for what in missing)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"some of: {', '.join(ROWS)}")
    parser.add_argument("--rounds", type=int, default=3, help="turns, of which the median is taken (default: 3)")
    asked = parser.parse_args()
    unknown = [name for name in asked.rows if name not in ROWS]
    if unknown:
        parser.error(f"no row is called {unknown[0]!r}; there are {', '.join(ROWS)}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
