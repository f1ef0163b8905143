"""Compiled experiments and a site in, where their trials would go out: a line for each class of trials."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from expc.cli.words import count
from expc.compiler.reading.grammar import duration
from expc.compiler.reading.site import Site
from expc.compiler.writing.write import Compiled
from expc.plan import Cell
from expc.runner.allotted import margin
from expc.runner.packing import MOST, size
from expc.runner.placement import job, lacks, placed


def allotted(experiments: Iterable[Compiled], site: Site) -> Iterator[str]:
    """As if nothing had run yet."""
    for one in experiments:
        total = sum(len(cell.trials) for cell in one.plan.cells)
        for (stage, _), cells in groupby(one.plan.cells, lambda cell: (cell.stage, cell.resource_class)):
            found = list(cells)
            stated = found[0].asks.get("per_job", one.scope.stages[stage].stage.resources.trials_per_job)
            yield from _class(found, site, fewest=-(-total // MOST), stated=stated)


def _class(cells: list[Cell], site: Site, *, fewest: int, stated: object) -> Iterator[str]:
    need, trials = _need(cells[0]), sum(len(cell.trials) for cell in cells)
    each = min(trials, stated if isinstance(stated, int) and stated else size(site.values, need, trials, fewest))
    asked, partition = job(site.values, need, each), placed(site.values, need)
    if asked is None or partition is None:
        return
    gpus = f", {count(need['gpus'], 'GPU')}" if need.get("gpus") else ""
    jobs = f"{count(-(-trials // each), 'job')} of {'at most ' if trials % each else ''}{count(each, 'trial')}"
    limits = f"{count(asked['cpus_per_task'], 'CPU')}, {asked['mem_mb']} MiB{gpus}, {duration(asked['runtime'] * 60)}"
    yield f"  {cells[0].stage}: {jobs} in {partition['name']}, each {limits}"
    if chain := _chain(partition, need):
        yield f"    {chain}"
    if partition["gpus"] and not need.get("gpus"):
        yield f"    they ask for no GPU, and go where there are some: {_elsewhere(site, need)}"
    if bill := _bill(partition, need, trials, site.values.get("currency", "")):
        yield f"    at most {bill}"
    if not need["time"]:
        yield "    no `time` is stated, so that jobs ask for all that there is: those that ask for less start sooner"


def _chain(partition: Mapping[str, Any], need: Mapping[str, Any]) -> str:
    """Of a trial that is longer than any of its jobs may be; the check has seen that it can go on."""
    if not need["time"] or need["time"] <= partition["time"]:
        return ""
    fewest = math.ceil(need["time"] / (partition["time"] - margin(partition["time"])))
    return (
        f"each trial runs as a chain of {fewest} jobs or more, from checkpoint to checkpoint: it may take"
        f" {duration(need['time'])}, and a job in {partition['name']} at most {duration(partition['time'])}"
    )


def _elsewhere(site: Site, need: Mapping[str, Any]) -> str:
    """Why no partition without GPUs takes them."""
    others = [one for one in site.partitions if not one["gpus"]]
    if not others:
        return f"each partition of {site.name} has them"
    closed = [f"{one['name']} preempts" for one in others if one["preemptible"] and not need.get("preemptible")]
    short = [f"{one['name']} lacks {' and '.join(lack)}" for one in others if (lack := lacks(one, need))]
    return ", ".join(dict.fromkeys([*closed, *short])) or "it preempts, and they may be preempted"


def _bill(partition: Mapping[str, Any], need: Mapping[str, Any], trials: int, currency: str) -> str:
    """If all trials take all of their time. Those that share a GPU share its cost."""
    price, gpus = partition.get("gpu_hour"), need.get("gpus", 0) * need.get("nodes", 1)
    if not (gpus and need["time"]):
        return ""
    hours = trials * gpus * need["time"] / 3600 / need.get("at_once", 1)
    cost = f", which cost {hours * price:,.2f} {currency}".rstrip() if price is not None else ""
    return f"{hours:,.4g} GPU hours{cost}"


def _need(cell: Cell) -> Mapping[str, Any]:
    return {"cpus": cell.cpus, "memory": cell.memory, "time": cell.time, **cell.asks}
