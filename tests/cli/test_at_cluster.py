"""A site file and a cluster in, the lines of the file that aren't so out."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from expc.cli.sites.at_cluster import differences
from expc.compiler.reading.site import load_site
from expc.jobs.cluster import Accounting, Cluster, Partition

IB = frozenset({"ib", "haswell"})
PARTITIONS = {
    "main": Partition(86_400, 8, 4000, {}, up=True),
    "gpu": Partition(300, 32, 64_000, {"a100": 4, "v100": 1}, True, (IB, frozenset({"ib", "zen3"}), frozenset())),
    "old": Partition(math.inf, 8, 4000, {}, up=False),
    "amd": Partition(300, 8, 4000, {}, True, (frozenset({"rome"}), frozenset({"milan", "GPU_SKU:V100"}))),
}


def live(*, accounting: Accounting | None = None, keeps_accounts: bool = False, forgets: int = 300) -> Cluster:
    return Cluster(PARTITIONS, keeps_accounts or accounting is not None, accounting, forgets)


def accounts(account: str, *qualities: str) -> Accounting:
    return Accounting(frozenset({account}), frozenset(qualities))


@pytest.mark.parametrize(
    ("text", "known", "wanted"),
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
        ("partitions: {gpu: {time: 5m, constraint: ib&zen3}}", {}, []),
        ("partitions: {gpu: {time: 5m, constraint: '(zen3&ib)|haswell'}}", {}, []),
        ("partitions: {gpu: {time: 5m, constraint: '[zen3*2&haswell*2]'}}", {}, []),
        (
            "partitions: {gpu: {time: 5m, constraint: haswel|ib}}",
            {},
            ["3:42 E518 gpu: no node has the feature 'haswel'"],
        ),
        (
            "partitions: {gpu: {time: 5m, constraint: haswell&zen3}}",
            {},
            ["3:42 E518 gpu: no node has all of 'haswell&zen3'"],
        ),
        (
            "partitions: {main: {time: 1d, constraint: ib}}",
            {},
            ["3:43 E518 main: no node has the feature 'ib'"],
        ),
        ("partitions: {gpu: {time: 5m, constraint: haswell|rome}}", {}, []),
        ("partitions: {gpu: {time: 5m, constraint: '(rome|zen3)&ib'}}", {}, []),
        ("partitions: {gpu: {time: 5m, constraint: '!rome'}}", {}, []),
        ("partitions: {gpu: {time: 5m, constraint: haswell&!knl}}", {}, []),
        ("partitions: {gpu: {time: 5m, constraint: '!(knl|rome)'}}", {}, []),
        ("partitions: {amd: {time: 5m, constraint: GPU_SKU:V100&milan}}", {}, []),
        (
            "partitions: {gpu: {time: 5m, constraint: '[haswell*2&knl*2]'}}",
            {},
            ["3:42 E518 gpu: no node has the feature 'knl'"],
        ),
        (
            "partitions: {gpu: {time: 5m, constraint: 'ib,rome'}}",
            {},
            ["3:42 E518 gpu: no node has the feature 'rome'"],
        ),
        (
            "partitions: {gpu: {time: 5m, constraint: rome|milan}}",
            {},
            ["3:42 E518 gpu: no node has any of 'rome|milan'"],
        ),
        (
            "account: ml\npartitions: {main: {time: 1d}}",
            {},
            ["3:10 E515 account 'ml', and this cluster keeps no accounts"],
        ),
        ("account: ml\npartitions: {main: {time: 1d}}", {"accounting": accounts("ML")}, []),
        ("account: ml\nqos: x\npartitions: {main: {time: 1d}}", {"keeps_accounts": True}, []),
        (
            "account: ml\nqos: x\npartitions: {main: {time: 1d, account: mm}}",
            {"accounting": accounts("ml", "long")},
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
            {"forgets": 60},
            ["3:9 E517 the cluster forgets a job 60 s after its end, and `squeue` may be asked later than that"],
        ),
    ],
)
def test_a_line_of_the_site_file_that_is_not_so_is_said_with_its_place(
    text: str, known: dict[str, Any], wanted: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text(f"site: 1\nname: lab\n{text}\n", encoding="utf-8")
    found = differences(load_site(str(path), tmp_path), live(**known))
    assert [f"{one.line}:{one.column} {one.code} {one.message}" for one in found] == wanted


@pytest.mark.parametrize(
    ("partition", "constraint", "hint"),
    [
        ("gpu", "haswel|ib", "did you mean 'haswell'? allowed: haswell, ib, zen3"),
        ("gpu", "haswell&zen3", "nodes have: haswell ib; ib zen3"),
        ("gpu", "rome|milan", "nodes have: haswell ib; ib zen3"),
        ("main", "ib", "they have none: remove the line"),
        ("main", "rome|milan", "they have none: remove the line"),
    ],
)
def test_what_a_constraint_may_name_is_said(partition: str, constraint: str, hint: str, tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text(f"site: 1\nname: lab\npartitions: {{{partition}: {{time: 5m, constraint: {constraint}}}}}\n")
    (found,) = differences(load_site(str(path), tmp_path), live())
    assert (found.code, found.hint) == ("E518", hint)
