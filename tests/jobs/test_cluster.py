"""What SLURM's commands print in, the cluster as it is out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from expc.jobs.ask import Silent
from expc.jobs.cluster import Accounting, Cluster, Partition, cluster, gpus, seconds

SINFO = """\
main|1-00:00:00|8|4000|(null)|up|(null)
gpu|5:00|16|64000|gpu:a100:2(S:0-1)|up|ib,haswell
gpu|5:00|32|32000+|gpu:a100:4(S:0),gpu:v100:1|up|zen3
sinfo: a remark of this site's own wrapper
old|infinite|8+|4000|(null)|drain|
"""
CONFIG = "AccountingStorageType   = accounting_storage/{kept}\nMinJobAge               = {age} sec\n"
NONE = (frozenset[str](),)
GPU = Partition(300, 32, 64_000, {"a100": 4, "v100": 1}, True, (frozenset({"ib", "haswell"}), frozenset({"zen3"})))
OLD = Partition(math.inf, 8, 4000, {}, False, NONE)


def asking(kept: str = "none", age: int = 300, assoc: str | None = "") -> Cluster:
    """The cluster whose commands print this; its accounting is silent if `assoc` is None."""

    def ask(command: Sequence[str]) -> str:
        if command[0] == "sacctmgr" and assoc is None:
            raise Silent("no answer")
        assert command[0] != "sinfo" or "--all" in command  # or what is hidden, and takes jobs, isn't there
        return {"sinfo": SINFO, "scontrol": CONFIG.format(kept=kept, age=age), "sacctmgr": assoc or ""}[command[0]]

    return cluster(ask)


@pytest.mark.parametrize(
    ("kept", "assoc", "keeps", "known"),
    [
        ("none", "", False, None),
        ("slurmdbd", None, True, None),
        (
            "slurmdbd",
            "ml|normal,long\nroot|\n",
            True,
            Accounting(frozenset({"ml", "root"}), frozenset({"normal", "long"})),
        ),
    ],
)
def test_a_cluster_is_what_its_commands_print(
    kept: str, assoc: str | None, keeps: bool, known: Accounting | None
) -> None:
    main = Partition(86_400, 8, 4000, {}, True, NONE)
    wanted = Cluster({"main": main, "gpu": GPU, "old": OLD}, keeps, known, 300)
    assert asking(kept, assoc=assoc) == wanted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(null)", {}),
        ("gpu:2", {"": 2}),
        ("gpu", {"": 1}),
        ("gpu:a100:4(S:0),gpu:v100:2", {"a100": 4, "v100": 2}),
        ("craynetwork:4,gpu:nvidia-h100:8(IDX:0-7)", {"nvidia-h100": 8}),
    ],
)
def test_generic_resources_are_gpus_by_type(text: str, found: dict[str, int]) -> None:
    assert gpus(text) == found


@pytest.mark.parametrize(
    ("text", "found"), [("5:00", 300), ("1:00:00", 3600), ("2-12:00:00", 216_000), ("infinite", math.inf)]
)
def test_a_limit_is_seconds(text: str, found: float) -> None:
    assert seconds(text) == found
