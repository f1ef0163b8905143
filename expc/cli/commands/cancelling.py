"""`expc cancel`: experiments or trials in; their jobs, and the trials that run, ended, and no others."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import rich_click as click

from expc.cli.project import chosen, named_experiment, workflow
from expc.cli.words import count
from expc.errors import ExpcError

if TYPE_CHECKING:
    from expc.cli.tally import Line, State
    from expc.jobs.end import Ends, Wanted
    from expc.jobs.queue import Job

WAIT, LOOK = 30.0, 1.0
"""Seconds that trials have to checkpoint, before their jobs are ended; and between two looks at them."""

SHOWN = 12


@click.command()
@click.argument("words", nargs=-1, metavar="[EXPERIMENT|TRIAL...]")
@click.option("-y", "--yes", is_flag=True, help="Don't ask.")
def cancel(words: tuple[str, ...], yes: bool) -> int:
    """Stop what runs and take out of the queue what waits: of all experiments, or of those named, or of some trials.

    EXPERIMENT is a spec or a name; TRIAL an id or its beginning, or what trials have: `expc cancel encoder=cnn`. Trials
    that run checkpoint, and the next `expc run` or `snakemake` goes on with them. No other project's jobs are touched,
    and finished trials stay."""
    found = _found(words)
    if not found.anything:
        click.echo(f"Nothing of {found.what} runs or waits to be run.")
        return 0
    for line in _preview(found):
        click.echo(line)
    if not yes and not _agreed():
        return 1
    return _carry_out(found)


@dataclass(frozen=True)
class Found:
    """What would be stopped. `running` are trials that run, `mains` the processes of Snakemake that go as well."""

    what: str
    wanted: Wanted
    ends: Ends
    running: tuple[str, ...]
    mains: tuple[int, ...]
    silent: str

    @property
    def anything(self) -> bool:
        return bool(self.ends.waiting or self.ends.running or self.ends.shared or self.running or self.mains)


def _found(words: Sequence[str]) -> Found:
    from expc.cli.watching.standing import standing
    from expc.jobs.end import Ends, Wanted, ends
    from expc.jobs.mains import mains
    from expc.jobs.seen import seen
    from expc.runner.outcome import planned

    plans = {name: {trial["id"]: trial for trial in planned(plan)} for name, plan in chosen(()).items()}
    trials = {identity: trial for some in plans.values() for identity, trial in some.items()}
    jobs = seen()
    states = standing(list(trials.values()), jobs).states
    left = {identity for identity, state in states.items() if state in ("running", "waiting")}
    names, chosen_trials = _meant(words, plans, trials)
    wanted = Wanted(chosen_trials & left, names, left, everything=names == set(plans) or left <= chosen_trials)
    return Found(
        what=" and ".join([*sorted(names), *([" ".join(words)] if chosen_trials and not names else [])]) or "this",
        wanted=wanted,
        ends=ends(jobs, wanted) if jobs else Ends(),
        running=_running(wanted, states),
        mains=tuple(mains()) if wanted.everything else (),
        silent=jobs.silent if jobs else "",
    )


def _running(wanted: Wanted, states: Mapping[str, State]) -> tuple[str, ...]:
    return tuple(identity for identity in wanted.trials if states[identity] == "running")


def _meant(
    words: Sequence[str], plans: Mapping[str, Mapping[str, Line]], trials: Mapping[str, Line]
) -> tuple[set[str], set[str]]:
    """The experiments that are meant as a whole, and all trials. One that another experiment wants, too, goes on."""
    from expc.cli.select import select

    experiments = workflow()["experiments"]
    found = {word: named_experiment(word, experiments) for word in words}
    names = {name for name in found.values() if name} if words else set(plans)
    others = {identity for name, some in plans.items() if name not in names for identity in some}
    selected = {trial["id"] for trial in select([word for word in words if not found[word]], trials)}
    return names, selected | {identity for name in names for identity in plans[name] if identity not in others}


def _preview(found: Found) -> list[str]:
    ends, lines = found.ends, [f"Stop {found.what}: {count(len(found.wanted.trials), 'trial')} not finished."]
    if ends.running:
        where = f"that {_run(ends.running)}, on {_nodes(ends.running)}"
        lines.append(f"  {count(len(ends.running), 'job')} {where}: {_ids(ends.running)}")
    if ends.waiting:
        lines.append(f"  {count(len(ends.waiting), 'job')} in the queue: {_ids(ends.waiting)}")
    if ends.shared:
        lines.append(f"  of {count(len(ends.shared), 'job')} some trials, the others go on: {_ids(ends.shared)}")
    if found.running:
        alone = len(found.running) == 1
        then = "it checkpoints, and goes on next time" if alone else "they checkpoint, and go on next time"
        lines.append(f"  {count(len(found.running), 'trial')} that {_run(found.running)}: {then}")
    if found.mains:
        lines.append(f"  Snakemake on this machine, process {', '.join(map(str, found.mains))}")
    if found.silent:
        lines.append(f"  SLURM doesn't answer ({found.silent}): jobs in its queue stay there until you ask again")
    return lines


def _run(some: Sequence[object]) -> str:
    return "runs" if len(some) == 1 else "run"


def _ids(jobs: Sequence[Job]) -> str:
    return " ".join(job.id for job in jobs[:SHOWN]) + (" …" if len(jobs) > SHOWN else "")


def _nodes(jobs: Sequence[Job]) -> str:
    return ", ".join(dict.fromkeys(job.node for job in jobs if job.node)) or "a node"


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise ExpcError("nothing was stopped: say `--yes`, there is nobody to ask")
    return click.confirm("Go on?", default=False)


def _carry_out(found: Found) -> int:
    """The order matters: who would submit again, or begin again, must know first."""
    from expc.jobs.ask import Silent
    from expc.jobs.controller import controllers
    from expc.jobs.end import remove
    from expc.jobs.mains import mains
    from expc.runner.stops import ask

    ask(found.wanted.trials, time.time())
    _tell(found.mains, signal.SIGTERM)  # Snakemake then submits nothing more, and waits for what runs
    try:
        remove(controllers(found.ends.running))  # first: it would submit again
        remove(found.ends.waiting)
        open_ = _waited_for(found)
        remove(open_)
    except Silent as why:
        _tell(found.mains, signal.SIGINT)
        raise ExpcError(f"SLURM doesn't answer: {why}. Trials stop by themselves; ask again for the jobs") from why
    _tell(found.mains, signal.SIGINT)  # what it still waits for is its own pause between two looks
    click.echo("Stopped. What was under way goes on with the next `expc run` or `snakemake`.")
    time.sleep(LOOK if found.mains else 0)
    if ending := [main for main in found.mains if main in mains()]:
        which = ", ".join(map(str, ending))
        click.echo(f"Snakemake (process {which}) submits nothing more, and ends when it looks at its jobs next.")
    return 0


def _tell(processes: Sequence[int], number: signal.Signals) -> None:
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            continue


def _waited_for(found: Found) -> list[Job]:
    """Until no trial runs any more that should not, or time is up; the jobs that still run."""
    from expc.jobs.seen import seen
    from expc.working import lock_of, locked

    end = time.monotonic() + WAIT
    while True:
        now = seen() if found.ends.running else None
        known = now.by_id if now else {}
        jobs = [job for job in found.ends.running if (now and now.silent) or (job.id in known and known[job.id].runs)]
        held = locked() or frozenset()
        here = [trial for trial in found.running if lock_of(trial) in held]
        if (not jobs and not here) or time.monotonic() > end:
            return jobs
        time.sleep(LOOK)
