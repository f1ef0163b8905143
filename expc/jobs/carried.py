"""Batches in, the trials that each of them carries out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from expc.jobs.queue import Batch
from expc.runner.outcome import Damaged, header, parsed, plan_file
from expc.runner.together import of_one_class


def carried(batches: Iterable[Batch]) -> dict[Batch, tuple[str, ...]]:
    """The ids of each batch's trials, whether they are still to be done or not.

    A batch may be of an older plan than the current one: then its plan says which trials it is for. A plan that is gone
    says nothing."""
    plans: dict[str, list[Batch]] = {}
    for batch in batches:
        plans.setdefault(plan_file(batch.experiment, batch.plan), []).append(batch)
    return {batch: trials for plan, mine in plans.items() for batch, trials in _of_plan(plan, mine)}


def _of_plan(plan: str, batches: list[Batch]) -> Iterator[tuple[Batch, tuple[str, ...]]]:
    try:
        lines = Path(plan).read_bytes().split(b"\n")
        top = header(plan)
        for batch in batches:
            some = enumerate(lines[batch.first : batch.last + 1], batch.first + 1)
            trials = [parsed(line, plan, number) for number, line in some]
            yield batch, tuple(trial["id"] for trial in of_one_class(top, trials))
    except (OSError, Damaged):
        return
