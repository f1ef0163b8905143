"""A lab in, nothing of it out: neither its processes, wherever they went, nor its cgroups, nor its folder."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from lab import Lab

CGROUPS = Path("/sys/fs/cgroup")
PATIENCE = 20.0


def end(lab: Lab) -> list[int]:
    """The processes that are still there all the same; none, as a rule."""
    finish = time.monotonic() + PATIENCE
    while (left := members(lab)) and time.monotonic() < finish:
        send(left, signal.SIGKILL)  # one that has children to bring forth may need a second blow
        time.sleep(0.1)
    for cgroup in cgroups(lab):
        with contextlib.suppress(OSError):  # gone with its last process, or not ours to remove
            cgroup.rmdir()
    shutil.rmtree(lab.folder, ignore_errors=bool(left))
    return left


def end_node(lab: Lab, node: str) -> None:
    """As if its power had gone: all stand still before the first is killed, or one would hear of another's death and
    act on it. Children go before their parents: who stands still and has lost its parent is woken by the kernel."""
    still: set[int] = set()
    while more := of_node(lab, node) - still:  # one that has just been brought forth
        send(more, signal.SIGSTOP)
        still |= more
    send(sorted(still, key=depth, reverse=True), signal.SIGKILL)
    finish = time.monotonic() + PATIENCE
    while any(parent_of(number) is not None for number in still) and time.monotonic() < finish:
        time.sleep(0.01)  # who is killed may still be seen for a moment, and what isn't seen is started again


def depth(number: int) -> int:
    """How many ancestors a process has."""
    ancestors = 0
    while parent := parent_of(number):
        number, ancestors = parent, ancestors + 1
    return ancestors


def of_node(lab: Lab, node: str) -> set[int]:
    """Its slurmd, what runs in its jobs, and who watches over that: slurmstepd is nobody's child."""
    jobs = {number for cgroup in cgroups_of(node) for number in inhabitants(cgroup)}
    watching = {parent for number in jobs if (parent := parent_of(number)) and name(parent) == "slurmstepd"}
    return {*jobs, *watching, *filter(None, [lab.pid(f"slurmd.{node}")])}


def send(numbers: Iterable[int], signal_number: int) -> None:
    for number in numbers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal_number)


def members(lab: Lab) -> list[int]:
    """All in the lab's mount namespace, or in one that a node has made of it, in its jobs' cgroups, and below either:
    containers have namespaces of their own, and what a shell left behind has another parent."""
    parents = {number: parent for number in processes() if (parent := parent_of(number)) is not None}
    found = {number for number in parents if sees(number, lab)}
    for cgroup in cgroups(lab):
        found |= inhabitants(cgroup) & parents.keys()
    while more := {number for number, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found - {os.getpid()})


def cgroups(lab: Lab) -> list[Path]:
    return [cgroup for node in lab.node_names for cgroup in cgroups_of(node)]


def cgroups_of(node: str) -> list[Path]:
    """Those below come first."""
    roots = CGROUPS.glob(f"*/slurm_{node}")
    return [Path(folder) for root in roots for folder, _, _ in os.walk(root, topdown=False)]


def inhabitants(cgroup: Path) -> set[int]:
    with contextlib.suppress(OSError):
        return {int(line) for line in (cgroup / "cgroup.procs").read_text().split()}
    return set()


def name(number: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{number}/comm").read_text().strip()
    return ""


def processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def parent_of(number: int) -> int | None:
    """None for what has ended and only waits to be asked how."""
    with contextlib.suppress(OSError):
        state, parent = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[:2]
        return None if state == "Z" else int(parent)
    return None


def sees(number: int, lab: Lab) -> bool:
    """Whether a process finds the lab's configuration where SLURM looks for it."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{number}/root", *lab.conf.parent.parts[1:]).samefile(lab.path("etc"))
    return False
