"""`expc status`: the workflow and what its trials left in, how far it is out, whether something runs or not."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import rich_click as click

from expc.cli.project import chosen, spec_files, workflow
from expc.cli.words import count, duration

if TYPE_CHECKING:
    from expc.cli.tally import Line, Row, State
    from expc.cli.watching.failures import Failure
    from expc.cli.watching.overview import Block
    from expc.cli.watching.standing import Standing
    from expc.cli.watching.unmade import Unmade
    from expc.cli.watching.used import Used
    from expc.jobs.seen import Seen

CAUSES = 8
"""Causes of failures that are told one by one."""

READING = 3.0
"""Seconds, at most, for finding the best of very many."""

STATES: tuple[State, ...] = ("done", "running", "failed", "cancelled", "waiting")


@click.command()
@click.argument("specs", nargs=-1, metavar="[SPEC...]")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def status(specs: tuple[str, ...], form: str) -> None:
    """Show how far compiled experiments are: done, running, failed and why, time spent and left; and of a project that
    runs on a cluster its jobs, where they run and why they wait.

    It changes nothing, and may be asked while something runs, here or from another terminal."""
    from expc.cli.watching.edited import edited
    from expc.jobs.seen import seen

    plans, jobs = chosen(specs), seen()
    found = [_read(plan, jobs) for plan in plans.values()]
    changed = edited(workflow(), list(plans))
    if form == "json":
        rows = [one.as_json() | {"edited": changed.get(name)} for name, one in zip(plans, found, strict=True)]
        click.echo(json.dumps(rows, indent=1))
    else:
        _show(found)
        for line in changed.values():
            click.echo(click.style(line, fg="yellow"))


@dataclass(frozen=True)
class Status:
    """An experiment as it stands. Times are in seconds."""

    name: str
    standing: Standing
    rows: tuple[Row, ...]
    failures: tuple[Failure, ...]
    spent: float
    """By the trials, one after the other."""
    left: float | None
    """By what is open, if as many run at once as do now, or else one; None if it can't be known."""
    best: str
    used: tuple[Used, ...] = ()
    """What finished trials used of what they had asked for."""
    seen: Seen | None = None
    """What SLURM says; None if the project has nothing to do with it."""
    unmade: tuple[Unmade, ...] = ()
    """Code, data and inputs that trials wait for."""

    @property
    def counts(self) -> Mapping[str, int]:
        return Counter[str](self.standing.states.values())

    def as_json(self) -> dict[str, Any]:
        from expc.cli.watching.queued import as_json

        rows = [
            {**row.place._asdict(), **{state: row.counts[state] for state in STATES}, "left_seconds": row.left}
            for row in self.rows
        ]
        return {
            "name": self.name,
            "trials": len(self.standing.states),
            **{state: self.counts[state] for state in STATES},
            "interrupted": list(self.standing.interrupted),
            "elsewhere": dict(self.standing.elsewhere),
            "broken": dict(self.standing.broken),
            "spent_seconds": round(self.spent, 3),
            "left_seconds": self.left,
            "best": self.best or None,
            "used": [one._asdict() for one in self.used],
            "jobs": as_json(self.seen, self.name) if self.seen else [],
            "slurm": (self.seen.silent or "answers") if self.seen else None,
            "rows": rows,
            "failures": [failure.as_json() for failure in self.failures],
            "unmade": [one.as_json() for one in self.unmade],
            "hints": list(_hints(self)),
        }


def _read(plan: str, seen: Seen | None) -> Status:
    from expc.cli.tally import tally
    from expc.cli.watching.failures import failures_of
    from expc.cli.watching.standing import standing
    from expc.cli.watching.unmade import unmade
    from expc.cli.watching.used import used
    from expc.runner.outcome import header, planned

    top, lines = header(plan), list(planned(plan))
    trials = list({line["id"]: line for line in lines}.values())
    found = standing(trials, seen)
    now = time.time()
    usual = _usual(trials, found)
    going = sum(now - moment for moment in found.begun.values())
    shares = {stage: seconds / max(1, len(found.begun)) for stage, seconds in usual.items()}
    return Status(
        name=top["name"],
        standing=found,
        rows=tuple(tally(top["name"], top, lines, found.states).rows(shares)),
        failures=tuple(one for trial in trials for one in failures_of(trial, found.outcomes.get(trial["id"]))),
        spent=sum(float(outcome.get("seconds", 0.0)) for outcome in found.outcomes.values()) + going,
        left=_left(trials, found, shares),
        best=_best(top["name"], lines, found),
        used=tuple(used(trials, found.outcomes)),
        seen=seen,
        unmade=tuple(unmade(workflow(), (trial for trial in trials if found.states[trial["id"]] == "waiting"))),
    )


def _usual(trials: list[Line], found: Standing) -> dict[str, float]:
    """How long a trial of a stage takes: the mean of those that are done."""
    took: dict[str, list[float]] = {}
    for trial in trials:
        outcome = found.outcomes.get(trial["id"])
        if outcome and outcome["status"] == "done":
            took.setdefault(trial["stage"], []).append(float(outcome.get("seconds", 0.0)))
    return {stage: fmean(seconds) for stage, seconds in took.items()}


def _left(trials: list[Line], found: Standing, shares: Mapping[str, float]) -> float | None:
    """What runs has some of it behind it."""
    open_ = [trial for trial in trials if found.states[trial["id"]] in ("running", "waiting")]
    if not open_ or any(trial["stage"] not in shares for trial in open_):
        return None
    running, now = max(1, len(found.begun)), time.time()
    behind = (
        min((now - found.begun[trial["id"]]) / running, shares[trial["stage"]])
        for trial in open_
        if trial["id"] in found.begun
    )
    return sum(shares[trial["stage"]] for trial in open_) - sum(behind)


def _best(name: str, lines: list[Line], found: Standing) -> str:
    from expc.cli.watching.best import Best

    best = Best(name, lines)
    for identity, state in found.states.items():
        if state == "done":
            best.ended(identity)
    best.read(READING)
    return str(best.leading() or "")


def _show(found: list[Status]) -> None:
    import sys

    from rich.console import Console

    from expc.cli.watching.overview import Overview, fitted

    terminal = sys.stdout.isatty()
    console = Console(width=None if terminal else 160, highlight=False)
    for number, one in enumerate(found):
        if number:
            console.print()
        console.print(fitted(Overview([_block(one)], _head(one)), console))
        for thing in one.unmade:
            click.echo(f"{thing.heading}\n{thing.said}")
        for hint in _hints(one):
            click.echo(hint)


def _hints(one: Status) -> Iterator[str]:
    """What the logs of failures tell an author to do, once."""
    from expc.cli.watching.advice import advice
    from expc.cli.watching.failures import grouped
    from expc.runner.outcome import folder

    firsts = [failed[0] for failed in list(grouped(one.failures).values())[:CAUSES]]
    found = (advice(f.kind, f.detail, Path(folder(f.trial["id"]), "log.txt"), spec_files(), f.network) for f in firsts)
    yield from dict.fromkeys(hint for hint in found if hint)


def _head(one: Status) -> str:
    counts = one.counts
    parts = [f"{counts['done']}/{len(one.standing.states)} done", f"{counts['running']} running"]
    parts += [f"{counts[state]} {state}" for state in ("failed", "cancelled", "waiting") if counts[state]]
    parts += [f"{duration(one.spent)} of trials spent"] if one.spent else []
    if one.left is not None:
        once = f"with {counts['running']} at once" if counts["running"] else "one after the other"
        parts.append(f"about {duration(one.left)} left {once}")
    return f"{one.name}  {' · '.join(parts)}"


def _block(one: Status) -> Block:
    from expc.cli.watching.overview import Block

    return Block(one.name, one.rows, one.best, tuple(_notes(one)), tuple(_facts(one)))


def _facts(one: Status) -> Iterator[str]:
    from expc.cli.watching.queued import led, told

    yield from map(str, one.used)
    if one.seen:
        yield from led(one.seen, one.standing.states)
        yield from told(one.seen, one.name, one.standing.states)


def _damaged(broken: Mapping[str, str]) -> Iterator[str]:
    from expc.runner.outcome import outcome_file

    for identity, why in list(broken.items())[:CAUSES]:
        yield f"{outcome_file(identity)} doesn't count: put it right, or its trial runs again"
        yield f"  it is {why}"
    if len(broken) > CAUSES:
        yield f"{count(len(broken) - CAUSES, 'more outcome')} that doesn't count: `expc status --format json` has all"


def _notes(one: Status) -> Iterator[str]:
    from expc.cli.watching.failures import MEND, SHORT, grouped
    from expc.cli.watching.queued import ends, stuck_jobs

    if one.seen and one.seen.silent:
        yield f"SLURM doesn't answer: {one.seen.silent}. What runs on its nodes can't be told; nothing is given up"
    if one.seen:
        yield from stuck_jobs(one.seen, one.name)
    if one.standing.interrupted:
        after = ends(one.seen, one.standing.interrupted) if one.seen else ""
        yield f"{count(len(one.standing.interrupted), 'trial')} interrupted{after}; the next run goes on with them"
    yield from _damaged(one.standing.broken)
    for host, number in Counter(one.standing.elsewhere.values()).items():
        may = "it may" if number == 1 else "they may"
        yield f"{count(number, 'trial')} begun on {host}, where {may} still run: it can't be seen from here"
    if "running" not in one.standing.states.values() and not Path("/proc/locks").exists():
        yield "this system doesn't tell what runs"
    groups = grouped(one.failures)
    for reason, failed in list(groups.items())[:CAUSES]:
        first = failed[0]
        yield f"{len(failed)} failed: {reason}"
        more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
        yield f"  {first.what}{more}"
        yield f"  `expc logs {first.trial['id'][:SHORT]}`; {first.mend or MEND['code']}, then `{first.then}`"
    if len(groups) > CAUSES:
        yield f"failures of {count(len(groups) - CAUSES, 'other cause')}: `expc status --format json` has them all"
