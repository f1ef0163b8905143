"""Nodes that see each other's files late, each with locks of its own, in; every trial done once, and a table, out.

The project lies on a file system of which the login node and two of the nodes are one client, and another node is a
client of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
LATE = HERE / "shared" / "late.py"
SECONDS = "8"
SPEC = "resources: {cpus: 8, memory: 500MB, time: 10m, trials_per_job: 2}"  # a node each

Until = Callable[..., Any]


@pytest.fixture
def apart(without_accounting: Any, tmp_path: Path, wait_until: Until) -> Iterator[tuple[Path, Path, str]]:
    """The file server's folder, where it is mounted, and the node that is a client of its own."""
    assert shutil.which("fusermount3"), "the testbed installs fuse3"
    server, place = tmp_path / "server", tmp_path / "shared"
    server.mkdir()
    place.mkdir()
    lab, node = without_accounting.lab, without_accounting.nodes[1]
    client = [sys.executable, str(LATE), str(server), str(place), SECONDS, str(os.getpid())]
    first = subprocess.Popen(lab.inside(*client), stdin=subprocess.DEVNULL)
    wait_until(lambda: mounted(place, lab.pid("munged")), "the folder is mounted")
    without_accounting.kill_node(node)
    own = ["unshare", "--mount", "--propagation=private", "sh", "-c", 'umount -l "$0" && exec "$@"', str(place)]
    other = subprocess.Popen(lab.inside(*own, *client), stdin=subprocess.DEVNULL)
    wait_until(lambda: mounted(place, other.pid), "it is mounted there, too")
    inside = ["nsenter", f"--target={other.pid}", "--mount", "env", f"SLURM_CONF={lab.conf}", "slurmd", "-N", node]
    subprocess.run(inside, check=True)
    wait_until(lambda: [node, "idle"] in idle(without_accounting), "the node is back")
    yield server, place, node
    without_accounting.kill_node(node)  # it comes up again where all are
    without_accounting.mend()
    for mount in (first, other):
        mount.kill()
        mount.wait()
    subprocess.run(lab.inside("umount", "-l", str(place)), check=True)


def mounted(place: Path, process: int) -> bool:
    """Whether a process finds it there, and not its neighbour's."""
    lines = Path(f"/proc/{process}/mountinfo").read_text().splitlines()
    return [line.split()[4] for line in lines if " fuse" in line].count(str(place)) == 1


def idle(cluster: Any) -> list[list[str]]:
    return [row.split() for row in cluster.ask("sinfo", "-hN", "-p", "main", "-o", "%N %t").splitlines()]


def test_nothing_is_done_twice_or_missed(
    without_accounting: Any, apart: tuple[Path, Path, str], project: Callable[..., Any], wait_until: Until
) -> None:
    server, place, node = apart
    made = project(without_accounting, HERE / "faults")
    shutil.copytree(made.folder, server / "faults")
    here, truth = type(made)(place / "faults", without_accounting), type(made)(server / "faults", without_accounting)
    spec = truth.folder / "spec.yaml"
    before = next(line for line in spec.read_text().splitlines() if line.startswith("resources: "))
    spec.write_text(spec.read_text().replace(before, SPEC))
    here.expc("compile", "spec.yaml", "--site", str(made.site()))
    truth.of("held").parent.mkdir(parents=True)
    truth.of("held").touch()

    first = here.start()
    wait_until(lambda: done(truth)["step 2"] == 2, "two trials have begun", 240)
    nodes = {where for (where,) in without_accounting.jobs("--states=running", form="%N")}
    assert (len(nodes), node in nodes) == (2, True)
    first.kill()
    first.wait()
    second = here.start()  # its jobs find the trials held, on a node to which no lock reaches
    wait_until(
        lambda: len(without_accounting.jobs("--states=running")) == 3, "another job has come to a third node", 240
    )
    wait_until(lambda: "held by another start" in logs(truth), "it finds a trial held", 240)
    truth.of("held").unlink()
    without_accounting.finish(second)
    assert done(truth) == Counter(start=4, end=4, **{f"step {number}": 4 for number in range(1, 7)})
    assert [
        [row["status"] for row in truth.ledger(one["id"]) if "status" in row] for one in truth.trials("faults")
    ] == [["done"]] * 4
    assert {row["status"] for row in truth.results("faults")} == {"done"}
    assert not list(truth.folder.glob("results/trials/*/held*"))
    said = here.snakemake("-n")
    assert "Nothing to be done" in said, said


def done(project: Any) -> Counter[str]:
    paths = project.folder.parent.glob("told-*")
    return Counter(line.split(" ", 1)[1] for path in paths for line in path.read_text().splitlines())


def logs(project: Any) -> str:
    return "".join(path.read_text() for path in project.folder.glob("results/faults/batches/*/*.log"))
