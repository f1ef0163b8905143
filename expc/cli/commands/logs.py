"""`expc logs`: a trial in, what it and its evaluations printed out; and what it goes on to print."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from expc.cli.project import chosen, spec_files, workflow
from expc.errors import ExpcError

if TYPE_CHECKING:
    from expc.cli.tally import Line
    from expc.cli.watching.standing import Standing
    from expc.cli.watching.unmade import Unmade
    from expc.jobs.seen import Seen

CANDIDATES = 20
PAUSE, AFAR = 0.2, 1.0
"""Seconds between two looks at a log that is followed: on this machine, and through a shared file system."""

BLOCK = 1 << 16

AFRESH, GOING_ON = "log", "log_so_far"
"""What a ledger says of where the log of an attempt begins."""


@click.command()
@click.argument("words", nargs=-1, metavar="[TRIAL...]")
@click.option("-f", "--follow", is_flag=True, help="Go on until the trial has ended; wait for its start.")
@click.option("-n", "--lines", type=click.IntRange(min=1), help="The last lines only.")
@click.option("--failed", is_flag=True, help="Of trials that failed, of all of them if no TRIAL is named.")
@click.option("--path", "only_path", is_flag=True, help="Print where the logs lie, and nothing of them.")
def logs(words: tuple[str, ...], follow: bool, lines: int | None, failed: bool, only_path: bool) -> int:
    """Print what a trial printed, its attempts and evaluations one after the other. Of one that never began on a
    cluster, what its job printed.

    TRIAL is an id or its beginning, or what the trial has: `expc logs encoder=cnn seed=0`."""
    from expc.cli.watching.standing import standing
    from expc.jobs.seen import seen

    trials, jobs = _trials(), seen()
    found = standing(list(trials.values()), jobs)
    things = _unmade(trials, found) if failed and not words else []
    meant = _meant(words, trials, found, failed=failed, else_=bool(things))
    for thing in things:
        click.echo(thing.log if only_path else f"{click.style(f'==> {thing.heading}', bold=True)}\n{thing.said}")
    if only_path:
        for trial in meant:
            click.echo(_log(trial))
    elif failed and not follow:
        for trial in meant:
            _print(trial, lines, headed=True)
    elif len(meant) > 1:
        raise ExpcError(_ambiguous(words, meant, found))
    elif follow:
        _follow(meant[0], lines)
    else:
        _print(meant[0], lines, jobs)
    return 0


def _trials() -> dict[str, Line]:
    """All of the workflow."""
    from expc.runner.outcome import planned

    return {trial["id"]: trial for plan in chosen(()).values() for trial in planned(plan)}


def _unmade(trials: dict[str, Line], found: Standing) -> list[Unmade]:
    from expc.cli.watching.unmade import unmade

    return unmade(workflow(), [trial for identity, trial in trials.items() if found.states[identity] == "waiting"])


def _meant(words: Sequence[str], trials: dict[str, Line], found: Standing, *, failed: bool, else_: bool) -> list[Line]:
    """`else_` says whether there is something to tell though no trial has failed."""
    from expc.cli.select import select
    from expc.cli.watching.failures import failures_of

    if not words and not failed:
        running = [trial for identity, trial in trials.items() if found.states[identity] == "running"]
        if len(running) != 1:
            raise ExpcError(_which(running, trials, found))
        return running
    some = select(words, trials) if words else list(trials.values())
    if failed:
        some = [trial for trial in some if any(failures_of(trial, found.outcomes.get(trial["id"])))]
        if not some and not else_:
            raise ExpcError("no trial of these has failed" if words else "no trial has failed")
    return some


def _which(running: Sequence[Line], trials: dict[str, Line], found: Standing) -> str:
    if running:
        return _ambiguous((), running, found)
    return f"name a trial: none of {len(trials)} runs now. By id, or by what it has: `expc logs encoder=cnn seed=0`"


def _ambiguous(words: Sequence[str], meant: Sequence[Line], found: Standing) -> str:
    from expc.cli.watching.failures import named

    what = f"{' '.join(words)} means {len(meant)} trials" if words else f"{len(meant)} trials run"
    rows = [f"    {named(trial)}: {found.states[trial['id']]}" for trial in meant[:CANDIDATES]]
    more = [f"    and {len(meant) - CANDIDATES} more"] if len(meant) > CANDIDATES else []
    return "\n".join([f"{what}; say which one, by its id or more of what it has:", *rows, *more])


def _log(trial: Line) -> Path:
    from expc.runner.outcome import folder

    return Path(folder(trial["id"]), "log.txt")


def _print(trial: Line, lines: int | None, jobs: Seen | None = None, *, headed: bool = False) -> None:
    from expc.cli.watching.advice import advice
    from expc.cli.watching.failures import failures, named
    from expc.cli.watching.queued import place, unstarted

    if headed:
        found = list(failures([trial]))
        click.echo(click.style(f"==> {named(trial)}: {'; '.join(one.reason for one in found)}", bold=True))
        hints = dict.fromkeys(advice(one.kind, one.detail, _log(trial), spec_files(), one.network) for one in found)
        click.echo("".join(f"    {hint}\n" for hint in hints if hint), nl=False)
    if not _log(trial).exists():
        click.echo(f"{named(trial)} has printed nothing: {unstarted(trial, jobs)}.", err=True)
        _print_jobs(trial, lines)
    elif where := place(trial["id"]):
        click.echo(f"{named(trial)} {where}", err=True)
    _print_attempts(trial, _place(_log(trial), lines))


def _print_attempts(trial: Line, place: int) -> None:
    """The log from a byte on; if there are several attempts, with a line where each begins."""
    begins = list(_begins(trial))
    for at, heading in begins[1:] and begins:
        if at >= place:
            place = _new(_log(trial), place, at)
            click.echo(click.style(heading, bold=True))
    _new(_log(trial), place)


def _begins(trial: Line) -> Iterator[tuple[int, str]]:
    """The bytes at which the logs of attempts begin, and which they are of. Where an attempt that goes on begins,
    ledgers of old don't say."""
    from expc.working import rows

    started = [row for row in rows(trial["id"]) if "started" in row and "attempt" in row]
    known = [index for index, row in enumerate(started) if AFRESH in row or GOING_ON in row]
    for index, after in zip(known, [*known, len(started)][1:], strict=True):
        row, last = started[index], started[after - 1]["attempt"]
        which = f"attempt {row['attempt']}" if row["attempt"] == last else f"attempts {row['attempt']} to {last}"
        how = f"started {row['started']}" if AFRESH in row else f"which goes on, started {row['started']}"
        yield row.get(AFRESH, row.get(GOING_ON, 0)), f"--- {which}, {how}"


def _print_jobs(trial: Line, lines: int | None) -> None:
    """What the jobs printed that were to run it."""
    from expc.jobs.logs import kept

    for path in kept(trial["id"]):
        click.echo(f"==> {path}", err=True)
        _new(path, _place(path, lines))


def _place(log: Path, lines: int | None) -> int:
    """Where the last lines of a log begin, in bytes."""
    if lines is None:
        return 0
    begins: deque[int] = deque([0], maxlen=lines + 1)
    with contextlib.suppress(FileNotFoundError), log.open("rb") as file:
        for line in file:
            begins.append(begins[-1] + len(line))
    return begins[0]


def _copy(blocks: Iterable[bytes]) -> None:
    for block in blocks:
        sys.stdout.buffer.write(block)
    sys.stdout.buffer.flush()


def _follow(trial: Line, lines: int | None) -> None:
    """Until nobody works on it any more, and it has an outcome or had been started."""
    from expc.jobs.poll import Poll

    poll, told, place = Poll(), "", _place(_log(trial), lines)
    try:
        while True:
            jobs = poll.look()
            now = "" if _log(trial).exists() else _waits(trial, jobs)
            if now != told:
                click.echo(now, err=True, nl=bool(now))
            told = now
            over = _over(trial, jobs)  # before the last look: what is printed until then is shown
            place = _new(_log(trial), place)
            if over:
                click.echo(over, err=True)
                return
            time.sleep(PAUSE if jobs is None else AFAR)
    finally:
        poll.close()


def _waits(trial: Line, jobs: Seen | None) -> str:
    from expc.cli.watching.failures import named
    from expc.cli.watching.queued import unstarted

    return f"{named(trial)}: {unstarted(trial, jobs)}; waiting."


def _new(log: Path, place: int, end: int | None = None) -> int:
    """Print from one byte to another, or to the end; returns where that is."""
    try:
        with log.open("rb") as file:
            if os.fstat(file.fileno()).st_size < place:  # begun anew
                place = 0
            file.seek(place)
            _copy(iter(lambda: file.read(BLOCK if end is None else min(BLOCK, max(0, end - file.tell()))), b""))
            return file.tell()
    except FileNotFoundError:
        return place


def _over(trial: Line, jobs: Seen | None) -> str:
    """How it ended, in words; empty as long as somebody works on it, or may, or it is still to be started."""
    from expc.cli.watching.failures import named
    from expc.runner.outcome import status
    from expc.working import elsewhere, last_row, lock_of, locked, unended

    held = locked()
    if held is not None and lock_of(trial["id"]) in held:
        return ""
    found = status(trial["id"])
    if found:
        return f"{named(trial)}: {found}"
    row = last_row(trial["id"])
    if not _log(trial).exists() or (jobs and trial["id"] in jobs.by_trial):
        return ""
    if row and unended(row) and elsewhere(row) and (jobs is None or jobs.fate(row) != "over"):
        return ""
    return f"{named(trial)}: nobody works on it, and it has no outcome"
