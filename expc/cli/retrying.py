"""Names of trials in, their failures taken away out, so that they run again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from expc.cli.project import spec_files
from expc.cli.select import select
from expc.cli.trials import planned_trials
from expc.errors import ExpcError
from expc.runner.outcome import evaluation_file, status
from expc.runner.outcome import stated as found_in
from expc.runner.retry import retry


def retried(wanted: Sequence[str]) -> list[str]:
    """Retry failed trials, and failed evaluations, of the workflow's experiments, all or those that `select` finds; a
    line of words for each, and how to start them."""
    trials = planned_trials()
    lines, again = [], False
    for trial in select(wanted, trials) if wanted else trials.values():
        identity = trial["id"]
        failed = status(identity) == "failed"
        broken = [evaluation[0] for evaluation in trial["evaluate"] if _failed(identity, evaluation[0])]
        if failed:
            _retry(identity)
        if failed or broken:
            _drop(identity, broken)
            levels = " ".join(f"{name}={level}" for name, level in trial["condition"].items())
            fold = f" fold {trial['fold']}" if "fold" in trial else ""
            again = True
            lines.append(f"{identity}  {trial['stage']}  {levels}  seed {trial['seed']}{fold}: runs again")
        elif any(identity.startswith(word) for word in wanted):
            lines.append(f"{identity} has not failed; it stays")
    return [*lines, f"Start them: `expc run {shlex.join(map(str, spec_files()))}`."] if again else lines


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
