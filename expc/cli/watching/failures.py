"""Trials in, what failed of them out: why, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from expc.cli.tally import Line
from expc.runner.outcome import LOG, evaluation_file, folder, outcome_file, stated

MEND = {
    "code": "read its log, mend the program or the spec",
    "time": "give it more `resources: {time: …}`; a retry goes on from its checkpoint",
    "memory": "give it more `resources: {memory: …}`; a retry goes on from its checkpoint",
    "signal": "somebody or the system killed it again and again: look at the machine's memory",
    "metrics": "its results are missing or malformed: read its log, and `results:` in the spec",
    "start": "the program can't be started: look at the command, and whether it is installed",
    "upstream": "mend what it takes from",
}
"""What to do about each kind of cause that an outcome states."""

CRASHES = re.compile(r"SIG(SEGV|ABRT|BUS|FPE|ILL)")
CRASHED = "the program itself crashed: read its log, mend the program"

NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?", re.IGNORECASE)
"""In which reasons may differ and be the same: `it occupied 486 MiB`."""

SHORT = 12
"""Digits of an id that are shown, as in the runner's log."""


class Failure(NamedTuple):
    trial: Line
    on: str
    """The data set of an evaluation that failed; empty if the trial itself did."""
    kind: str
    detail: str
    network: str = ""
    """What it had of it, `none`, `open` or `host`; empty where the outcome doesn't say."""

    @property
    def reason(self) -> str:
        """In one line, whatever the program printed."""
        return " ".join(f"{self.kind}: {self.detail}".split())

    @property
    def mend(self) -> str:
        """What to do about it; empty of a kind that nobody knows."""
        return CRASHED if self.kind == "signal" and CRASHES.search(self.detail) else MEND.get(self.kind, "")

    @property
    def then(self) -> str:
        """By which command it counts that it was mended: a pattern is looked for in what was printed before."""
        printed = self.kind == "metrics" and any(rule == LOG for *_, rule in self.trial["evaluate"])
        return "expc run" if printed else "expc retry"

    @property
    def what(self) -> str:
        return f"{named(self.trial)}{f', evaluated on {self.on}' if self.on else ''}"

    def as_json(self) -> dict[str, Any]:
        where = {
            key: self.trial[key] for key in ("id", "stage", "condition", "seed", "seeds", "fold") if key in self.trial
        }
        said = {"on": self.on or None, "kind": self.kind, "detail": self.detail}
        return {**where, **said, "do": self.mend, "log": f"{folder(self.trial['id'])}/log.txt"}


def named(trial: Line) -> str:
    """A trial as people tell it from others: `9f31c2d4a5b6 train encoder=cnn seed 0`."""
    levels = [f"{factor}={level}" for factor, level in trial["condition"].items()]
    above = [f"{stage} {seed}" for stage, seed in trial["seeds"].items()]
    fold = f" fold {trial['fold']}" if "fold" in trial else ""
    within = f" of {', '.join(above)}" if above else ""
    return " ".join([trial["id"][:SHORT], trial["stage"], *levels, f"seed {trial['seed']}{within}{fold}"])


def failures(trials: Iterable[Line]) -> Iterator[Failure]:
    """Of the trials that ended, which must have an outcome each, and of their evaluations."""
    for trial in trials:
        yield from failures_of(trial, stated(outcome_file(trial["id"]), trial["id"]))


def failures_of(trial: Line, outcome: Mapping[str, Any] | None) -> Iterator[Failure]:
    if outcome is None:
        return
    if outcome["status"] == "failed":
        yield _failure(trial, "", outcome)
    for evaluation, on, *_ in trial["evaluate"] if outcome["status"] == "done" else ():
        found = stated(evaluation_file(trial["id"], evaluation), evaluation)
        if found and found["status"] == "failed":
            yield _failure(trial, on, found)


def grouped(found: Iterable[Failure]) -> dict[str, list[Failure]]:
    """By the reason of the first; many trials often fail of one cause, be it with other numbers."""
    groups: dict[str, list[Failure]] = {}
    for one in found:
        groups.setdefault(NUMBER.sub("#", one.reason), []).append(one)
    return {alike[0].reason: alike for alike in groups.values()}


def _failure(trial: Line, on: str, found: Mapping[str, Any]) -> Failure:
    cause = found.get("cause") or {}
    said = str(cause.get("kind", "code")), str(cause.get("detail", "no cause is known"))
    return Failure(trial, on, *said, network=str(found.get("network", "")))
