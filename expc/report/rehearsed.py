"""What the trials of a rehearsal left in, for each condition whether it works and what was seen of it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from expc.report.experiment import PREDICTIONS
from expc.report.measured import read_curves
from expc.runner.outcome import evaluation_file, folder, header, outcome_file, planned, stated

State = Literal["ok", "running", "broken", "not tried"]
Names = set[tuple[str, str]]
"""Metrics, by split and name."""


@dataclass(frozen=True)
class Seen:
    """One condition of one stage. A program of one's own may have been `running` when its time was up."""

    stage: str
    condition: Mapping[str, str]
    state: State
    words: str
    log: Path
    kind: str = ""
    """Of what broke: the outcome's, or `evaluation`, or `metrics`."""


def rehearsed(plan: Path, limit: int) -> list[Seen]:
    """What was seen of each condition, in the plan's order. `plan` is in the scratch project; `limit` is in seconds."""
    scratch, stages = plan.parents[2], header(plan)["stages"]
    return [_seen(trial, stages[trial["stage"]], scratch, limit) for trial in planned(plan)]


def _seen(trial: Mapping[str, Any], stage: Mapping[str, Any], scratch: Path, limit: int) -> Seen:
    state, words = _judged(trial, stage, scratch, limit)
    kind = words.partition(":")[0] if state == "broken" else ""
    return Seen(trial["stage"], trial["condition"], state, words, scratch / folder(trial["id"]) / "log.txt", kind)


def _judged(trial: Mapping[str, Any], stage: Mapping[str, Any], scratch: Path, limit: int) -> tuple[State, str]:
    outcome = stated(scratch / outcome_file(trial["id"]), trial["id"])
    if outcome is None:
        return "not tried", "it could not be started"
    if outcome["status"] == "cancelled":
        return "not tried", outcome["cause"]["detail"]
    names = _measured(scratch / folder(trial["id"]) / "metrics.jsonl")
    cause = outcome["cause"]
    if cause and cause["kind"] == "time" and trial["time"] == limit:
        return "running", f"still running after {limit} s, and stopped: {_so_far(names, scratch, trial)}"
    if cause:
        return "broken", f"{cause['kind']}: {cause['detail']}"
    made = [stated(scratch / evaluation_file(trial["id"], identity), identity) for identity, *_ in trial["evaluate"]]
    return _evaluated(names, made, stage) or ("ok", f"{outcome['seconds']:.1f} s")


def _evaluated(
    names: Names, made: Sequence[Mapping[str, Any] | None], stage: Mapping[str, Any]
) -> tuple[State, str] | None:
    """What is wrong with the evaluations of a trial that ended well, or with what it measured."""
    for evaluation in made:
        if evaluation is None or evaluation["status"] == "failed":
            detail = evaluation["cause"]["detail"] if evaluation else "it was not made; snakemake.log says more"
            return "broken", f"evaluation: {detail}"
        names = names | {("test", name) for name in evaluation["metrics"]}
    absent = [
        asked["ref"]
        for asked in stage["metrics"]
        if (asked["split"], asked["name"]) not in names and not asked["rule"].startswith(PREDICTIONS)
    ]
    if not absent:
        return None
    return "broken", f"metrics: the spec asks for {', '.join(absent)}, and it measured {_listed(names)}"


def _so_far(names: Names, scratch: Path, trial: Mapping[str, Any]) -> str:
    measured = f"it has measured {_listed(names)}" if names else "it has measured nothing yet"
    checkpoints = scratch / folder(trial["id"]) / "checkpoints"
    saved = checkpoints.is_dir() and any(checkpoints.iterdir())
    return f"{measured}, and saved {'a checkpoint' if saved else 'no checkpoint'}"


def _measured(path: Path) -> Names:
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return {(curve.split, curve.name) for curve in read_curves(text)}


def _listed(names: Names) -> str:
    return ", ".join(name if split == "test" else f"{split}.{name}" for split, name in sorted(names)) or "nothing"
