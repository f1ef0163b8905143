"""What sinfo and sacctmgr print in, the cluster as it is out: its partitions, and who may submit to what."""

from __future__ import annotations

import getpass
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from expc.jobs.ask import Silent, asked

Ask = Callable[[Sequence[str]], str]

KINDS = "%R|%l|%c|%m|%G|%a|%f"
"""A line for each partition and kind of node: limit, CPUs, MiB, generic resources, availability, features."""
TIMES = (1, 60, 3600, 86_400)


@dataclass(frozen=True)
class Partition:
    """What the largest of a partition's nodes has; `gpus` by type, the empty one where they have none. `features` are
    what `--constraint` may ask for, of each kind of node."""

    time: float
    cpus: int
    memory: int
    gpus: Mapping[str, int]
    up: bool
    features: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True)
class Accounting:
    """The accounts of a user, and what qualities of service go with them."""

    accounts: frozenset[str]
    qualities: frozenset[str]


@dataclass(frozen=True)
class Cluster:
    """`accounting` is None where none is kept, and where it doesn't answer. `forgets`: the seconds after which squeue
    knows nothing of a job."""

    partitions: Mapping[str, Partition]
    keeps_accounts: bool
    accounting: Accounting | None
    forgets: int | None


def cluster(ask: Ask = asked) -> Cluster:
    """Raises Silent if the scheduler doesn't answer."""
    settings = ask(["scontrol", "show", "config"])
    age = re.search(r"^MinJobAge\s*=\s*(\d+)", settings, re.MULTILINE)
    kept = re.search(r"^AccountingStorageType\s*=\s*(\S+)", settings, re.MULTILINE)
    keeps = kept is not None and not kept[1].endswith(("none", "(null)"))
    return Cluster(partitions(ask), keeps, accounting(ask) if keeps else None, int(age[1]) if age else None)


def partitions(ask: Ask) -> dict[str, Partition]:
    """Also those that are hidden: they take jobs, and sbatch knows the features of their nodes."""
    found: dict[str, Partition] = {}
    told = ask(["sinfo", "--all", "--noheader", "--format", KINDS]).splitlines()
    rows = (line.strip().split("|") for line in told)
    for name, limit, cpus, memory, gres, state, has in (row for row in rows if len(row) == len(KINDS.split("|"))):
        kind = Partition(seconds(limit), number(cpus), number(memory), gpus(gres), state == "up", (features(has),))
        found[name] = _larger(found[name], kind) if name in found else kind
    return found


def _larger(one: Partition, other: Partition) -> Partition:
    names = {**one.gpus, **other.gpus}
    most = {name: max(one.gpus.get(name, 0), other.gpus.get(name, 0)) for name in names}
    return Partition(
        one.time,
        max(one.cpus, other.cpus),
        max(one.memory, other.memory),
        most,
        one.up or other.up,
        (*one.features, *other.features),
    )


def accounting(ask: Ask) -> Accounting | None:
    """None if the database doesn't answer: then it can't be said whether an account is right."""
    fields = "format=account,qos"
    try:
        lines = ask(["sacctmgr", "-nP", "show", "assoc", "where", f"user={getpass.getuser()}", fields]).splitlines()
    except Silent:
        return None
    rows = [line.strip().split("|") for line in lines if "|" in line]
    qualities = {name for row in rows for name in row[1].split(",") if name}
    return Accounting(frozenset(row[0] for row in rows), frozenset(qualities))


def features(text: str) -> frozenset[str]:
    return frozenset() if text == "(null)" else frozenset(filter(None, text.split(",")))


def seconds(limit: str) -> float:
    """A time as sinfo writes it: `1-00:00:00`, `5:00`, `infinite`."""
    if not limit[:1].isdigit():
        return math.inf
    days, _, rest = limit.rpartition("-")
    parts = [*([int(days)] if days else []), *map(int, rest.split(":"))]
    return sum(part * unit for part, unit in zip(reversed(parts), TIMES, strict=False))


def number(text: str) -> int:
    """`8`, or `8+` where nodes differ."""
    return int(text.rstrip("+"))


def gpus(gres: str) -> dict[str, int]:
    """`gpu:a100:4(S:0-1),gpu:2` as counts by type."""
    found = re.findall(r"\bgpu(?::([^:,()]+))??(?::(\d+))?(?=[(,]|$)", gres)
    return {kind: int(count or 1) for kind, count in found}
