"""A trial in, the logs of the jobs that were to run it out: what there is of one that never began."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from expc.jobs.ask import LOGS
from expc.jobs.carried import carried
from expc.jobs.queue import Batch, batch_of


def kept(trial: str) -> list[Path]:
    """The runner's logs and SLURM's own, of all batches that carry the trial, the oldest first. Snakemake removes
    SLURM's log of a job that ended well."""
    folders = _folders()
    mine = [batch for batch, trials in carried(folders).items() if trial in trials]
    found = [path for batch in mine for path in (Path(f"{batch.stem}.log"), *folders[batch].glob("*.log"))]
    return sorted((path for path in found if _size(path)), key=lambda path: path.stat().st_mtime)


def _folders() -> dict[Batch, Path]:
    return {batch: folder for folder in _listed() if (batch := batch_of(folder.name))}


def _listed() -> Iterator[Path]:
    try:
        yield from (LOGS / "rule_batch").iterdir()
    except OSError:
        return


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
