"""Trial folders in, how far a run is out: how many trials are done, running, failed, and how long it will take."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from expc.cli.tally import Line, State, Tally, tally
from expc.cli.watching.best import Best
from expc.cli.watching.failures import Failure, failures_of
from expc.cli.watching.queued import brief
from expc.cli.words import count, duration
from expc.jobs.poll import Poll
from expc.jobs.seen import Seen
from expc.runner.outcome import (
    APART,
    TRIALS,
    header,
    missing_evaluations,
    outcome_file,
    planned,
    stated,
    survey,
    unread,
)
from expc.working import last_row, lock_of, locked, unended


class Progress:
    """What is known of the trials of some plans; each trial is looked at until it has an outcome."""

    def __init__(self, plans: Sequence[str]) -> None:
        lines = {plan: list(planned(plan)) for plan in plans}
        self.trials: dict[str, Line] = {trial["id"]: trial for some in lines.values() for trial in some}
        steps = survey(list(self.trials.values()))
        self.left: dict[str, str] = {
            identity: step for identity, (step, _) in zip(self.trials, steps, strict=True) if step
        }
        self.states: dict[str, State] = {
            identity: "waiting" if step else found for identity, (step, found) in zip(self.trials, steps, strict=True)
        }
        self.counts = Counter(self.states.values())
        self.total = len(self.trials)
        self.started = time.monotonic()
        self.fresh: dict[str, list[float]] = {}
        """How long those took that ended since, by stage."""
        self.before = {identity: _stamp(identity) for identity in self.left}
        self.inodes: dict[str, int | None] = {}
        self.tallies: list[Tally] = []
        self.bests: list[Best] = []
        self.failed: Failure | None = None
        self.lines = lines
        self.poll = Poll()
        self.seen: Seen | None = None
        """What SLURM said last, where there is one."""

    def in_detail(self) -> Progress:
        """From now on also stages, levels and the best: what a display shows and a line doesn't."""
        for plan, lines in self.lines.items():
            top = header(plan)
            self.tallies.append(tally(top["name"], top, lines, self.states))
            self.bests.append(Best(top["name"], lines))
        for identity, state in self.states.items():
            if state == "done":
                self._tell(identity)
        return self

    def look(self) -> None:
        held = locked() or frozenset()
        self.seen = self.poll.look()
        for identity in self._touched():
            if found := self.ended(identity):
                self._move(identity, found)
                del self.left[identity]
            else:
                here = bool(held) and self._inode(identity) in held
                self._move(identity, "running" if here or self._afar(identity) else "waiting")

    def _afar(self, identity: str) -> bool:
        """Whether it runs on a node of a cluster. If SLURM doesn't answer, what ran there is taken to run on."""
        if self.seen is None:
            return False
        if self.seen.silent:
            return self.states[identity] == "running"
        job = self.seen.by_trial.get(identity)
        return job is not None and job.runs and unended(last_row(identity))

    def ended(self, identity: str) -> State | None:
        """How a trial has ended since the start, its evaluations included."""
        trained = self.left[identity] not in APART
        if trained and _stamp(identity) == self.before[identity]:
            return None
        trial, outcome = self.trials[identity], stated(outcome_file(identity), identity)
        if outcome is None or (outcome["status"] == "done" and missing_evaluations(trial)) or unread(trial):
            return None
        self.fresh.setdefault(self.left[identity], []).append(float(outcome.get("seconds", 0.0)) if trained else 0.0)
        self.failed = next(failures_of(trial, outcome), self.failed)
        state: State = outcome["status"]
        return state

    def line(self) -> str:
        parts = [f"{self.counts['done']}/{self.total} done", f"{self.counts['running']} running"]
        parts.append(f"{self.counts['failed']} failed")
        if self.seen and (self.seen.open or self.seen.silent):
            parts.append(brief(self.seen))
        if cancelled := self.counts["cancelled"]:
            parts.append(f"{cancelled} cancelled")
        if (seconds := self.seconds_left()) is not None:
            parts.append(f"about {duration(seconds)} left")
        return " · ".join(parts)

    def begun(self) -> bool:
        """Whether a trial runs now, or has ended since the start."""
        self.look()
        return bool(self.counts["running"] or self.fresh)

    @property
    def all_failed(self) -> bool:
        """Whether there is no result, of those trials that have ended."""
        return bool(self.counts["failed"]) and not self.counts["done"]

    def summary(self) -> str:
        done, failed = self.counts["done"], self.counts["failed"]
        missing = f", {len(self.left)} not finished" if self.left else ""
        cancelled = self.counts["cancelled"]
        stopped = f", {cancelled} cancelled" if cancelled else ""
        took = duration(time.monotonic() - self.started)
        if self.all_failed:
            none = f"NONE OF {count(self.total, 'trial').upper()} IS DONE: {failed} failed{stopped}{missing}, in {took}"
            then = self.failed.then if self.failed else "expc retry"
            what = "lets them run again" if then == "expc retry" else "reads what they printed again"
            return (
                f"{none}. `expc logs --failed` shows why; once that is mended, `expc try` shows whether it works, and"
                f" `{then}` {what}"
            )
        hint = "; `expc logs --failed` shows why, `expc retry` lets failed trials run again" if failed else ""
        return f"{done} of {count(self.total, 'trial')} done, {failed} failed{stopped}{missing}, in {took}{hint}"

    def seconds_left(self) -> float | None:
        """At the speed so far; None if nothing has ended yet, or nothing is left."""
        shares = self.shares()
        return sum(shares[step] for step in self.left.values()) if self.left and shares else None

    def shares(self) -> Mapping[str, float]:
        """How many seconds of the time that is left an open trial takes, by stage. A stage of which none has ended
        yet counts as the others do; empty if none of any has."""
        ended = sum(map(len, self.fresh.values()))
        if not ended:
            return {}
        spent = sum(map(sum, self.fresh.values()))
        elapsed = time.monotonic() - self.started
        usual = elapsed / ended
        steps = {*self.left.values(), *(trial["stage"] for trial in self.trials.values())} if self.left else set()
        return {
            step: elapsed * sum(took) / len(took) / spent
            if spent and (took := self.fresh.get(step)) and step not in APART
            else usual
            for step in steps
        }

    def _touched(self) -> Iterator[str]:
        """Those left that have a folder: of thousands, most have not begun, and one listing tells which."""
        try:
            there = set(os.listdir(TRIALS))  # noqa: PTH208  (a path for each of 100,000 takes a second)
        except OSError:
            return iter(())
        return iter([identity for identity in self.left if identity in there])

    def _move(self, identity: str, after: State) -> None:
        before = self.states[identity]
        if before == after:
            return
        self.states[identity] = after
        self.counts[before] -= 1
        self.counts[after] += 1
        for one in self.tallies:
            one.move(identity, before, after)
        if after == "done":
            self._tell(identity)

    def _tell(self, identity: str) -> None:
        for best in self.bests:
            best.ended(identity)

    def _inode(self, identity: str) -> int | None:
        if self.inodes.get(identity) is None:
            self.inodes[identity] = lock_of(identity)
        return self.inodes[identity]


def _stamp(identity: str) -> int | None:
    try:
        return os.stat(outcome_file(identity)).st_mtime_ns  # noqa: PTH116  (thousands of times)
    except OSError:
        return None
