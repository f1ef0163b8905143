"""Trials and their outcomes in, what they used of what was asked for out: memory, processors, GPUs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from expc.cli.tally import Line

GIB = 1024


class Used(NamedTuple):
    """Of a stage's finished trials, all of one request. Memory is in MiB; None is not known, or was not asked for."""

    stage: str
    trials: int
    memory: int | None
    peak: int
    cpus: int
    busy: float | None
    """Processors that were busy, in the mean over the time of all trials."""

    def __str__(self) -> str:
        parts = []
        if self.memory:
            parts.append(f"asked for {_size(self.memory)} of memory, used {_size(self.peak)} at most")
        if self.busy is not None:
            parts.append(f"asked for {self.cpus} CPU{'s' if self.cpus > 1 else ''}, kept {self.busy:.1f} busy")
        return f"{self.stage} {'; '.join(parts)}"

    @property
    def comparable(self) -> bool:
        """Whether there is something that could have been asked for differently."""
        return self.memory is not None or (self.busy is not None and self.cpus > 1)


def used(trials: Iterable[Line], outcomes: Mapping[str, Mapping[str, Any]]) -> list[Used]:
    """For each stage and request, in the order of the plan."""
    groups: dict[tuple[str, int, int | None], list[Mapping[str, Any]]] = {}
    for trial in trials:
        outcome = outcomes.get(trial["id"])
        if outcome and outcome.get("seconds") and outcome["status"] != "cancelled":
            groups.setdefault((trial["stage"], trial["cpus"], trial["memory"]), []).append(outcome)
    found = [
        Used(stage, len(mine), memory, max(one.get("peak_memory", 0) for one in mine), cpus, _busy(mine))
        for (stage, cpus, memory), mine in groups.items()
    ]
    return [one for one in found if one.comparable]


def _busy(outcomes: Iterable[Mapping[str, Any]]) -> float | None:
    """Outcomes of old versions don't say."""
    known = [one for one in outcomes if "cpu_seconds" in one]
    seconds = sum(float(one["seconds"]) for one in known)
    return sum(float(one["cpu_seconds"]) for one in known) / seconds if seconds else None


def _size(mebibytes: int) -> str:
    return f"{mebibytes / GIB:.1f} GiB" if mebibytes >= GIB else f"{mebibytes} MiB"
