"""Names of trials in, their failures taken away out, so that they run again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from expc.cli.project import workflow
from expc.errors import ExpcError, nearest
from expc.runner.outcome import evaluation_file, plan_file, planned, status
from expc.runner.outcome import stated as found_in
from expc.runner.retry import retry


def retried(wanted: Sequence[str]) -> list[str]:
    """Retry failed trials, and failed evaluations, of the workflow's experiments; a line of words for each."""
    trials: dict[str, dict[str, Any]] = {}
    for name, experiment in workflow()["experiments"].items():
        trials |= {trial["id"]: trial for trial in planned(plan_file(name, experiment["plan"]))}
    for word in wanted:
        if not any(identity.startswith(word) for identity in trials):
            raise ExpcError(f"no trial of the workflow is called {word!r}; {nearest(word, list(trials)[:8])}")
    lines = []
    for identity, trial in trials.items():
        if wanted and not any(identity.startswith(word) for word in wanted):
            continue
        failed = status(identity) == "failed"
        broken = [evaluation[0] for evaluation in trial["evaluate"] if _failed(identity, evaluation[0])]
        if failed:
            _retry(identity)
        if failed or broken:
            _drop(identity, broken)
            levels = " ".join(f"{name}={level}" for name, level in trial["condition"].items())
            fold = f" fold {trial['fold']}" if "fold" in trial else ""
            lines.append(f"{identity}  {trial['stage']}  {levels}  seed {trial['seed']}{fold}: runs again")
        elif wanted:
            lines.append(f"{identity} has not failed; it stays")
    return lines


def _retry(trial: str) -> None:
    try:
        retry(trial)
    except BlockingIOError as error:
        raise ExpcError(str(error)) from error


def _drop(trial: str, evaluations: Sequence[str]) -> None:
    """Take failed evaluations away; the trained model stays."""
    for evaluation in evaluations:
        Path(evaluation_file(trial, evaluation)).unlink(missing_ok=True)


def _failed(trial: str, evaluation: str) -> bool:
    found = found_in(evaluation_file(trial, evaluation), evaluation)
    return found is not None and found["status"] == "failed"
