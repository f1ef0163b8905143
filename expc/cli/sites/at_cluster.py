"""A site and the cluster as it is in, every line of the site file that isn't so out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from expc.compiler.reading.grammar import duration
from expc.compiler.reading.site import Site
from expc.errors import Diagnostic, nearest
from expc.jobs.cluster import Cluster, Partition

SLEEP = 180
"""Seconds between two looks of the executor, at most: a job that is forgotten sooner is looked for without end."""


def differences(site: Site, cluster: Cluster) -> list[Diagnostic]:
    """Sorted by their places in the site file."""
    return sorted([*_partitions(site, cluster), *_accounts(site, cluster), *_status(site, cluster)])


def _partitions(site: Site, cluster: Cluster) -> Iterator[Diagnostic]:
    everywhere = frozenset[str]().union(*(has for one in cluster.partitions.values() for has in one.features))
    for stated in site.partitions:
        name = stated["name"]
        live = cluster.partitions.get(name)
        if live is None:
            hint = nearest(name, cluster.partitions)
            yield site.diagnostic(
                "E511", ("partitions", name), f"the cluster has no partition {name!r}", hint, key=True
            )
            continue
        if not live.up:
            message = f"the partition {name} is down: jobs are accepted there, and don't start"
            yield site.diagnostic("E512", ("partitions", name), message, "ask who runs the cluster", key=True)
        yield from _sizes(site, stated, live)
        yield from _gpus(site, stated, live)
        yield from _features(site, stated, live, everywhere)


def _sizes(site: Site, stated: Mapping[str, Any], live: Partition) -> Iterator[Diagnostic]:
    limits: dict[str, tuple[float, Callable[[int], str]]] = {
        "time": (live.time, duration),
        "cpus": (live.cpus, str),
        "memory": (live.memory, "{} MiB".format),
    }
    for key, (most, words) in limits.items():
        if stated.get(key, 0) > most:
            message = f"{stated['name']}: {key} is {words(stated[key])} here, and {words(int(most))} on the cluster"
            yield site.diagnostic(
                "E513",
                ("partitions", stated["name"], key),
                message,
                "jobs that ask for more are refused: write what it has",
            )


def _gpus(site: Site, stated: Mapping[str, Any], live: Partition) -> Iterator[Diagnostic]:
    for kind, count in stated["gpus"].items():
        has = live.gpus.get(kind, 0) if kind else sum(live.gpus.values())
        if count > has:
            place = ("partitions", stated["name"], "gpus", *([kind] if kind else []))
            named = f" of type {kind!r}" if kind else ""
            what = f"{count} GPU{'s' if count > 1 else ''}{named}"
            message = f"{stated['name']}: {what} here, and the cluster's nodes have {has or 'none'}"
            yield site.diagnostic("E514", place, message, nearest(kind, filter(None, live.gpus)))


FEATURE = re.compile(r"(?<![\w.@:=/+*!-])[\w.@:=/+-]+")
"""A word that isn't how many nodes, as in `[rack1*2&rack2*2]`, and isn't negated: what no node has may be excluded."""


def _features(
    site: Site, stated: Mapping[str, Any], live: Partition, everywhere: frozenset[str]
) -> Iterator[Diagnostic]:
    """`everywhere`: the features of all partitions. SLURM refuses a constraint in which it doesn't know a word, also
    where another would do; one that it knows of nodes elsewhere may stand beside one that is here. Of what has both
    `&` and `|`, or brackets, or counts, no more is said: versions of SLURM differ."""
    constraint = stated.get("constraint", "")
    if not constraint or "!(" in constraint:
        return
    wanted, here = FEATURE.findall(constraint), frozenset().union(*live.features)
    place, name = ("partitions", stated["name"], "constraint"), stated["name"]
    needed = re.split("[&,]", constraint) == wanted
    if lacking := next((one for one in wanted if one not in (here if needed else everywhere)), None):
        hint = nearest(lacking, sorted(here)) if here else "they have none: remove the line"
        yield site.diagnostic("E518", place, f"{name}: no node has the feature {lacking!r}", hint)
    elif needed and not any(has.issuperset(wanted) for has in live.features):
        yield site.diagnostic("E518", place, f"{name}: no node has all of {constraint!r}", _kinds(live))
    elif constraint.split("|") == wanted and here.isdisjoint(wanted):
        yield site.diagnostic("E518", place, f"{name}: no node has any of {constraint!r}", _kinds(live))


def _kinds(live: Partition) -> str:
    kinds = "; ".join(" ".join(sorted(has)) for has in dict.fromkeys(live.features) if has)
    return f"nodes have: {kinds}" if kinds else "they have none: remove the line"


def _accounts(site: Site, cluster: Cluster) -> Iterator[Diagnostic]:
    known = cluster.accounting
    places: list[tuple[tuple[str, ...], Mapping[str, Any]]] = [((), site.values)]
    places += [(("partitions", one["name"]), one) for one in site.partitions]
    for pointer, where in places:
        account, quality = where.get("account"), where.get("qos")
        if account and not cluster.keeps_accounts:
            message = f"account {account!r}, and this cluster keeps no accounts"
            yield site.diagnostic("E515", (*pointer, "account"), message, "remove the line: jobs are refused with it")
        elif account and known and account.lower() not in {name.lower() for name in known.accounts}:
            message = f"you may not use the account {account!r}"
            yield site.diagnostic("E515", (*pointer, "account"), message, nearest(account, sorted(known.accounts)))
        if quality and known and known.qualities and quality not in known.qualities:
            message = f"you may not use the quality of service {quality!r}"
            yield site.diagnostic("E516", (*pointer, "qos"), message, nearest(quality, sorted(known.qualities)))


def _status(site: Site, cluster: Cluster) -> Iterator[Diagnostic]:
    if site.values["status"] == "sacct" and not cluster.keeps_accounts:
        message = "`sacct` tells nothing here: this cluster keeps no accounts"
        yield site.diagnostic("E517", ("status",), message, "write `status: squeue`")
    elif site.values["status"] == "squeue" and cluster.forgets is not None and cluster.forgets < SLEEP:
        message = (
            f"the cluster forgets a job {cluster.forgets} s after its end, and `squeue` may be asked later than that"
        )
        yield site.diagnostic("E517", ("status",), message, "write `status: sacct`, if it keeps accounts")
