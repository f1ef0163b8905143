"""What SLURM's commands print in, the lines of a site file that aren't so out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from expc.cli.at_cluster import differences
from expc.compiler.reading.site import load_site
from expc.jobs.ask import Silent
from expc.jobs.cluster import Accounting, Cluster, Partition, cluster, gpus, seconds

SINFO = """\
main|1-00:00:00|8|4000|(null)|up
gpu|5:00|16|64000|gpu:a100:2(S:0-1)|up
gpu|5:00|32|32000+|gpu:a100:4(S:0),gpu:v100:1|up
sinfo: a remark of this site's own wrapper
old|infinite|8+|4000|(null)|drain
"""
CONFIG = "AccountingStorageType   = accounting_storage/{kept}\nMinJobAge               = {age} sec\n"
GPU = Partition(300, 32, 64_000, {"a100": 4, "v100": 1}, up=True)
OLD = Partition(math.inf, 8, 4000, {}, up=False)


def asking(kept: str = "none", age: int = 300, assoc: str | None = "") -> Cluster:
    """The cluster whose commands print this; its accounting is silent if `assoc` is None."""

    def ask(command: Sequence[str]) -> str:
        if command[0] == "sacctmgr" and assoc is None:
            raise Silent("no answer")
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
    main = Partition(86_400, 8, 4000, {}, up=True)
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


@pytest.mark.parametrize(
    ("text", "live", "wanted"),
    [
        ("partitions: {main: {time: 1d, cpus: 8, memory: 4000MiB}}", {}, []),
        ("partitions: {man: {time: 1d}}", {}, ["3:14 E511 the cluster has no partition 'man'"]),
        (
            "partitions: {main: {time: 2d, cpus: 9, memory: 4GiB}}",
            {},
            [
                "3:27 E513 main: time is 2-00:00:00 here, and 1-00:00:00 on the cluster",
                "3:37 E513 main: cpus is 9 here, and 8 on the cluster",
                "3:48 E513 main: memory is 4096 MiB here, and 4000 MiB on the cluster",
            ],
        ),
        (
            "partitions: {gpu: {time: 5m, gpus: {a100: 8, h100: 1}}}",
            {},
            [
                "3:43 E514 gpu: 8 GPUs of type 'a100' here, and the cluster's nodes have 4",
                "3:52 E514 gpu: 1 GPU of type 'h100' here, and the cluster's nodes have none",
            ],
        ),
        ("partitions: {gpu: {time: 5m, gpus: 5}}", {}, []),
        (
            "partitions: {old: {time: 1d}}",
            {},
            ["3:14 E512 the partition old is down: jobs are accepted there, and don't start"],
        ),
        (
            "account: ml\npartitions: {main: {time: 1d}}",
            {},
            ["3:10 E515 account 'ml', and this cluster keeps no accounts"],
        ),
        ("account: ml\npartitions: {main: {time: 1d}}", {"kept": "slurmdbd", "assoc": "ML|\n"}, []),
        ("account: ml\nqos: x\npartitions: {main: {time: 1d}}", {"kept": "slurmdbd", "assoc": None}, []),
        (
            "account: ml\nqos: x\npartitions: {main: {time: 1d, account: mm}}",
            {"kept": "slurmdbd", "assoc": "ml|long\n"},
            [
                "4:6 E516 you may not use the quality of service 'x'",
                "5:40 E515 you may not use the account 'mm'",
            ],
        ),
        (
            "status: sacct\npartitions: {main: {time: 1d}}",
            {},
            ["3:9 E517 `sacct` tells nothing here: this cluster keeps no accounts"],
        ),
        (
            "status: squeue\npartitions: {main: {time: 1d}}",
            {"age": 60},
            ["3:9 E517 the cluster forgets a job 60 s after its end, and `squeue` may be asked later than that"],
        ),
    ],
)
def test_a_line_of_the_site_file_that_is_not_so_is_said_with_its_place(
    text: str, live: dict[str, object], wanted: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text(f"site: 1\nname: lab\n{text}\n", encoding="utf-8")
    found = differences(load_site(str(path), tmp_path), asking(**live))  # type: ignore[arg-type]
    assert [f"{one.line}:{one.column} {one.code} {one.message}" for one in found] == wanted
