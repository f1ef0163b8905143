"""`expc cost`: the project's ledgers in, a table of hours and money out, by user, experiment and partition."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

import rich_click as click

from expc.cli.project import chosen
from expc.cli.words import count, duration

if TYPE_CHECKING:
    from rich.table import Table

    from expc.report.spending import Attempt, Prices, Sum

UNPLANNED = "no longer planned"


@click.command()
@click.argument("specs", nargs=-1, metavar="[SPEC...]")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def cost(specs: tuple[str, ...], form: str) -> None:
    """Show what trials have cost: CPU-hours, GPU-hours, and money where the site file gives prices; by user, experiment
    and partition. What was in vain (failed, or repeated from the beginning) is told apart.

    It counts what trials had for themselves, as their ledgers say it; SLURM's accounting, where there is one, adds how
    long jobs waited in the queue."""
    found = _read(specs)
    if form == "json":
        click.echo(json.dumps(found.as_json(), indent=1))
    else:
        _show(found)


@dataclass(frozen=True)
class Spent:
    """Sums by (user, experiment, place), the whole, and how long jobs waited; `currency` is the site's."""

    groups: Mapping[tuple[str, str, str], Sum]
    whole: Sum
    waited: tuple[float, ...]
    currency: str

    def as_json(self) -> dict[str, Any]:
        rows = [
            {**dict(zip(("user", "experiment", "partition"), key, strict=True)), **one._asdict()}
            for key, one in self.groups.items()
        ]
        waited = {"jobs": len(self.waited), "mean_seconds": fmean(self.waited) if self.waited else None}
        return {"rows": rows, "total": self.whole._asdict(), "currency": self.currency or None, "waited": waited}


def _read(specs: Sequence[str]) -> Spent:
    from expc.report.spending import Clock, attempts, jobs_to_ask, total, trials

    names = _experiments(specs)
    mine = [trial for trial in trials() if trial in names or not specs]
    ends, waited = _accounted({job for trial in mine for job in jobs_to_ask(trial)})
    clock = Clock(time.time(), frozenset(_running(mine)), ends)
    groups: dict[tuple[str, str, str], list[Attempt]] = {}
    for trial in mine:
        for one in attempts(trial, clock):
            groups.setdefault((one.user, names.get(trial, UNPLANNED), one.place), []).append(one)
    if not waited:
        waited = _accounted({one.job for some in groups.values() for one in some if one.job})[1]
    prices, currency = _prices()
    sums = {key: total(some, prices) for key, some in sorted(groups.items())}
    return Spent(sums, total([one for some in groups.values() for one in some], prices), waited, currency)


def _experiments(specs: Sequence[str]) -> dict[str, str]:
    """Of each planned trial the experiment; of one that several share, all of them: nothing is counted twice."""
    from expc.runner.outcome import planned

    found: dict[str, list[str]] = {}
    for name, plan in chosen(specs).items():
        for trial in {line["id"] for line in planned(plan)}:
            found.setdefault(trial, []).append(name)
    return {trial: " + ".join(names) for trial, names in found.items()}


def _running(trials: Sequence[str]) -> list[str]:
    from expc.jobs.seen import seen
    from expc.working import last_row, lock_of, locked

    held, jobs = locked() or frozenset(), seen()
    found = []
    for trial in trials:
        row = last_row(trial)
        afar = jobs is not None and row is not None and jobs.fate(row) == "runs"
        if afar or lock_of(trial) in held:
            found.append(trial)
    return found


def _accounted(jobs: set[str]) -> tuple[dict[str, float], tuple[float, ...]]:
    """When these jobs ended, and how long they had waited, as far as SLURM's accounting knows them."""
    from expc.jobs.ask import Silent
    from expc.jobs.queue import ended

    try:
        found = ended(sorted(jobs))
    except Silent:
        return {}, ()
    waits = [job.started - job.submitted for job in found if job.started and job.submitted]
    return {job.id: job.ends for job in found if job.ends}, tuple(waits)


def _prices() -> tuple[Prices, str]:
    """What the site of the workflow asks for an hour."""
    from expc.jobs.ask import SITE
    from expc.runner.placement import stated

    if not os.path.lexists(SITE):
        return {}, ""
    site = stated(str(SITE))
    asked = {one["name"]: {name: one[name] for name in PRICES if name in one} for one in site["partitions"]}
    return {name: prices for name, prices in asked.items() if prices}, site.get("currency", "")


PRICES = ("gpu_hour", "cpu_hour")


def _show(found: Spent) -> None:
    import sys

    from rich.console import Console

    if not found.groups:
        click.echo("No trial has been begun here yet.")
        return
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print(_table(found))
    whole = found.whole
    if whole.unknown:
        killed = "attempt was" if whole.unknown == 1 else "attempts were"
        click.echo(f"{whole.unknown} {killed} killed with the runner, nobody knows when: that time isn't counted.")
    if found.waited:
        longest = f", the longest {duration(max(found.waited))}" if len(found.waited) > 1 else ""
        waited = f"{duration(fmean(found.waited))} in the mean{longest}"
        click.echo(f"{count(len(found.waited), 'job')} known to SLURM's accounting waited {waited}.")


def _table(found: Spent) -> Table:
    from rich import box
    from rich.table import Table

    gpus, money = found.whole.gpu_hours > 0, found.whole.money is not None
    grid = Table(box=box.SIMPLE_HEAD, show_footer=True, pad_edge=False)
    heads = ["CPU-hours", *(["GPU-hours"] if gpus else []), *([found.currency or "money"] if money else [])]
    for head, foot in zip(("user", "experiment", "partition"), ("all", "", ""), strict=True):
        grid.add_column(head, footer=foot, no_wrap=True)
    feet = _cells(found.whole, gpus=gpus, money=money)
    for head, foot in zip(["trials", "attempts", *heads, *(f"{head} in vain" for head in heads)], feet, strict=True):
        grid.add_column(head, footer=foot, justify="right", no_wrap=True)
    for key, one in found.groups.items():
        grid.add_row(*key, *_cells(one, gpus=gpus, money=money))
    return grid


def _cells(one: Sum, *, gpus: bool, money: bool) -> list[str]:
    spent = [one.cpu_hours, *([one.gpu_hours] if gpus else []), *([one.money] if money else [])]
    vain = [one.wasted_cpu_hours, *([one.wasted_gpu_hours] if gpus else []), *([one.wasted_money] if money else [])]
    return [str(one.trials), str(one.attempts), *map(_number, spent), *map(_number, vain)]


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.2f}" if value >= 0.005 or value == 0 else "< 0.01"
