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
    gpu: float | None = None
    """The part of the time that GPUs were busy."""
    gpu_memory: int | None = None

    def __str__(self) -> str:
        asked = [_size(self.memory)] if self.memory else []
        found = [f"{_size(self.peak)} at most"] if self.memory else []
        if self.busy is not None:
            asked.append(f"{self.cpus} CPU{'s' if self.cpus > 1 else ''}")
            found.append(f"{self.busy:.1f} CPUs")
        if self.gpu is not None:
            most = f" ({_size(self.gpu_memory)} at most)" if self.gpu_memory else ""
            found.append(f"its GPUs {self.gpu:.0%} of the time{most}")
        said = f"asked for {' and '.join(asked)}; " if asked else ""
        return f"{self.stage} {said}used {', '.join(found)}"

    @property
    def comparable(self) -> bool:
        """Whether there is something that could have been asked for differently."""
        return self.memory is not None or self.gpu is not None or (self.busy is not None and self.cpus > 1)


def used(trials: Iterable[Line], outcomes: Mapping[str, Mapping[str, Any]]) -> list[Used]:
    """For each stage and request, in the order of the plan."""
    groups: dict[tuple[str, int, int | None], list[Mapping[str, Any]]] = {}
    for trial in trials:
        outcome = outcomes.get(trial["id"])
        if outcome and outcome.get("seconds") and outcome["status"] != "cancelled":
            groups.setdefault((trial["stage"], trial["cpus"], trial["memory"]), []).append(outcome)
    found = [
        Used(stage, len(mine), memory, max(one.get("peak_memory", 0) for one in mine), cpus, _busy(mine), *_gpus(mine))
        for (stage, cpus, memory), mine in groups.items()
    ]
    return [one for one in found if one.comparable]


def _busy(outcomes: Iterable[Mapping[str, Any]]) -> float | None:
    """Outcomes of old versions don't say."""
    known = [one for one in outcomes if "cpu_seconds" in one]
    seconds = sum(float(one["seconds"]) for one in known)
    return sum(float(one["cpu_seconds"]) for one in known) / seconds if seconds else None


def _gpus(outcomes: Iterable[Mapping[str, Any]]) -> tuple[float | None, int | None]:
    known = [one for one in outcomes if "gpu_busy" in one]
    seconds = sum(float(one["seconds"]) for one in known)
    if not seconds:
        return None, None
    busy = sum(float(one["gpu_busy"]) * float(one["seconds"]) for one in known) / seconds
    return round(busy, 3), max(int(one.get("gpu_memory", 0)) for one in known)


def _size(mebibytes: int) -> str:
    return f"{mebibytes / GIB:.1f} GiB" if mebibytes >= GIB else f"{mebibytes} MiB"
