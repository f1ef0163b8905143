"""An experiment in, how many trials' numbers new tables would lose out: in a clone that has tables, and no trials."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from expc.report.experiment import read_experiment
from expc.runner.outcome import outcome_file


def emptied(name: str) -> int:
    """As many as results.csv has; 0 if any of those, or of the plan's, has left an outcome here."""
    experiment = read_experiment(name)
    counted = _done(experiment.folder / "results.csv")
    return 0 if _any_here(counted) or _any_here(trial["id"] for trial in experiment.planned()) else len(counted)


def _any_here(trials: Iterable[str]) -> bool:
    return any(Path(outcome_file(trial)).exists() for trial in trials)


def _done(results: Path) -> set[str]:
    """The trials that it says are done; of a file that can't be read, none: it is no loss."""
    try:
        with open(results, encoding="utf-8", newline="") as file:
            return {str(row.get("trial")) for row in csv.DictReader(file) if row.get("status") == "done"}
    except (OSError, UnicodeDecodeError, csv.Error):
        return set()
