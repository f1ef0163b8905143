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
    found = [path for batch in mine for path in (Path(f"{batch.stem}.log"), *_listed(folders[batch]))]
    written = [(moment, path) for path in found if path.suffix == ".log" and (moment := _written(path))]
    return [path for _, path in sorted(written)]


def _folders() -> dict[Batch, Path]:
    return {batch: folder for folder in _listed(LOGS / "rule_batch") if (batch := batch_of(folder.name))}


def _listed(folder: Path) -> Iterator[Path]:
    try:
        yield from folder.iterdir()
    except OSError:
        return


def _written(path: Path) -> float | None:
    """When it was written last; None if it is empty, or gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime if found.st_size else None
