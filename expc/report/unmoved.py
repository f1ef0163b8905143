"""The trials of a rehearsal in, the factors whose levels all measured the same numbers out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from expc.report.experiment import stage_of
from expc.report.repeated import numbers
from expc.runner.outcome import header, outcome_file, planned, stated

Trial = Mapping[str, Any]


def unmoved(plan: Path) -> Iterator[tuple[str, str]]:
    """(stage, factor), of own programs alone: one step of a template says little. What a program does with a value
    that it doesn't understand is its own matter, and `--amp=false` switches on more than one would think."""
    project, stages = plan.parents[2], header(plan)["stages"]
    trials = planned(plan)
    for name, said in stages.items():
        stage = stage_of(name, said)
        own = [trial for trial in trials if trial["stage"] == name and said.get("task") is None]
        found = {trial["id"]: numbers(project, trial, stage) for trial in own}
        if own and all(found.values()) and all(_done(project, trial) for trial in own):
            yield from ((name, factor) for factor in stage.factors if _is_unmoved(own, found, factor))


def _done(project: Path, trial: Trial) -> bool:
    outcome = stated(project / outcome_file(trial["id"]), trial["id"])
    return outcome is not None and outcome["status"] == "done"


def _is_unmoved(trials: Sequence[Trial], found: Mapping[str, object], factor: str) -> bool:
    """Whether all that differ in this factor alone have the same numbers, and some do."""
    groups: dict[object, list[Trial]] = {}
    for trial in trials:
        rest = tuple((name, level) for name, level in trial["condition"].items() if name != factor)
        groups.setdefault((rest, trial["seed"]), []).append(trial)
    several = [group for group in groups.values() if len({trial["condition"].get(factor) for trial in group}) > 1]
    same = (found[trial["id"]] == found[group[0]["id"]] for group in several for trial in group)
    return bool(several) and all(same)
