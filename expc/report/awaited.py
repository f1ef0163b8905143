"""A plan whose jobs have ended in, nothing out: once everything that they left can be seen here.

On a shared file system another node's file appears late: directories are cached, for a minute mostly."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from expc.errors import ExpcError
from expc.runner.outcome import APART, plan_file, planned, survey

PATIENCE = 90.0
RECENT = 600.0
"""Seconds for which a marker is news: afterwards whatever is missing was taken away."""


class UnseenError(ExpcError):
    """What another node wrote can't be seen here."""


def await_outcomes(name: str, digest: str, patience: float = PATIENCE) -> None:
    """Wait for the trials of a plan of whose steps batches have ended just now. UnseenError if they stay unseen."""
    trials = planned(plan_file(name, digest))
    end = time.monotonic() + patience
    while missing := _missing(name, digest, trials):
        if time.monotonic() > end:
            raise UnseenError(
                f"{len(missing)} of {len(trials)} outcomes that other nodes wrote can't be seen on this one after "
                f"{patience:g} s, such as results/trials/{missing[0]}/outcome.json.\n"
                "    If it is there by now, start again: nothing runs twice. Else the nodes don't share this folder."
            )
        time.sleep(min(1.0, patience))


def _missing(name: str, digest: str, trials: Sequence[dict[str, Any]]) -> list[str]:
    left = [trial for trial, (step, _) in zip(trials, survey(list(trials)), strict=True) if step]
    recent = _recent(Path("results", name, "batches", digest)) if left else []
    return [trial["id"] for trial in left if any(step in (trial["stage"], *APART) for step in recent)]


def _recent(folder: Path) -> list[str]:
    """The steps of the batches that have ended just now."""
    now = time.time()
    found = [path for path in folder.glob("*.done") if now - path.stat().st_mtime < RECENT]
    return [path.name.rsplit("-", 2)[0] for path in found]
