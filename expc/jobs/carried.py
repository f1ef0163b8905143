"""Batches in, the trials that each of them carries out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from expc.jobs.queue import Batch
from expc.runner.granted import resources
from expc.runner.outcome import Damaged, header, parsed, plan_file

Trial: TypeAlias = Mapping[str, Any]


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
        lines = Path(plan).read_text(encoding="utf-8").splitlines()
        top = header(plan)
        for batch in batches:
            yield batch, _class(top, [parsed(line, plan) for line in lines[batch.first : batch.last + 1]])
    except (OSError, Damaged):
        return


def _class(top: Trial, trials: list[Trial]) -> tuple[str, ...]:
    """A range's trials of one resource class: what lies between is of other batches."""
    wanted = resources(top, trials[0]) if trials else None
    return tuple(dict.fromkeys(trial["id"] for trial in trials if resources(top, trial) == wanted))
