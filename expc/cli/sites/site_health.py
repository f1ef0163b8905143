"""A site file and the cluster as it is in, what is so, what isn't, and what to do about it out: `doctor --site`."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from expc.cli.sites.at_cluster import differences
from expc.cli.sites.examined import Result
from expc.cli.sites.examined import said as _said
from expc.cli.words import count
from expc.compiler.reading.grammar import duration
from expc.compiler.reading.site import Site
from expc.errors import Diagnostic
from expc.jobs.ask import Silent, asked
from expc.jobs.cluster import Cluster, cluster
from expc.runner.before import before

PATIENCE = 60
"""Seconds that a trying job may wait for a node."""
APART = 5
"""Seconds by which clocks may differ: deadlines and the times of files are compared across nodes."""
FULL = 0.9
FILES = 100_000
"""Few enough files left that a large experiment may not fit."""
NOTES = ("E512",)
BUSY = ("immediate", "nodes are busy", "waiting for resources", "hasn't answered within")
"""In what srun says of a job that got no node in time."""
FAILED = "expc-doctor: failed"
PROBE = """
cat {folder}/from-here || echo unseen
echo clock $(date +%s)
echo runtime $(command -v apptainer || command -v singularity || echo none)
{python} -P -c 'import expc, snakemake' && echo python yes || echo python no
free() {{ df -Pk "$1" | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4; }}
[ -d "$TMPDIR" ] && [ -w "$TMPDIR" ] && echo storage $(stat -c %d "$TMPDIR" .) $(free "$TMPDIR") "$TMPDIR"
echo there > {folder}/from-there || true
"""


def at_site(site: Site) -> Iterator[Result]:
    """One line for each thing that the site file says, and for what every job needs."""
    yield from _executor()
    try:
        live = cluster()
    except Silent as silence:
        yield Result("problem", f"SLURM doesn't answer: {silence}", "start this on a login node of the cluster")
        return
    found = differences(site, live)
    for finding in found:
        yield Result("note" if finding.code in NOTES else "problem", *_two_lines(finding))
    yield from _as_stated(site, live, found)
    for partition in site.partitions:
        if partition["name"] in live.partitions:
            yield from tried(site, partition)
    yield from _quota()


def _executor() -> Iterator[Result]:
    import importlib.metadata

    try:
        version = importlib.metadata.version("snakemake-executor-plugin-slurm")
    except importlib.metadata.PackageNotFoundError:
        yield Result("problem", "Snakemake's SLURM executor isn't installed", "pip install 'expc[slurm]'")
        return
    yield Result("ok", f"Snakemake's SLURM executor {version}")


def _two_lines(finding: Diagnostic) -> tuple[str, str]:
    first, _, rest = str(finding).partition("\n")
    return first, rest.strip()


def _as_stated(site: Site, live: Cluster, found: list[Diagnostic]) -> Iterator[Result]:
    """What is as the file says."""
    wrong = {finding.line for finding in found}
    for partition in site.partitions:
        name = partition["name"]
        if name in live.partitions and site.document.position(("partitions", name), key=True)[0] not in wrong:
            yield Result("ok", f"partition {name}: jobs of up to {duration(partition['time'])}{_gpus(partition)}")
    if "account" in site.values and live.accounting and site.document.position(("account",))[0] not in wrong:
        yield Result("ok", f"account {site.values['account']}")
    if live.keeps_accounts and live.accounting is None:
        advice = "`account` and `qos` were not compared; jobs are submitted all the same"
        yield Result("note", "the database of accounts doesn't answer (sacctmgr)", advice)
    if not live.keeps_accounts:
        yield Result("ok", "the cluster keeps no accounts; `squeue` tells how jobs are")


def _gpus(partition: Mapping[str, Any]) -> str:
    kinds = [f"{count} {kind}".strip() for kind, count in partition["gpus"].items()]
    return f", GPUs of a node: {', '.join(kinds)}" if kinds else ""


def tried(site: Site, partition: Mapping[str, Any]) -> Iterator[Result]:
    """A job that reads what lies here, and writes what is read here."""
    name = partition["name"]
    with tempfile.TemporaryDirectory(prefix=".expc-doctor-", dir=".") as folder:
        place = Path(folder).resolve()
        (place / "from-here").write_text("seen\n")
        script = PROBE.format(folder=shlex.quote(str(place)), python=shlex.quote(sys.executable))
        began = time.time()
        try:
            said = asked([*_srun(site, partition), "bash", "-c", _trying(site, script)], PATIENCE + 60)
        except Silent as silence:
            yield untried(name, str(silence))
            return
        if FAILED in said:
            yield Result("problem", f"partition {name}: a job can't begin: {_last(said)}", "each job would end so")
            return
        yield from told(name, said, off(said, began), (place / "from-there").exists() or _appears(place / "from-there"))
        if "node_storage" in site.values:
            yield storage(name, site.values["node_storage"], said)


def _trying(site: Site, script: str) -> str:
    """What a job of the site does first, in a shell of its own, so that what it says in failing is heard."""
    first = before(site.values) + script
    return f"bash -c {shlex.quote(first)} 2>&1 || echo {FAILED}"


def _last(said: str) -> str:
    """What was said last before the job failed."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and line != FAILED]
    return lines[-1] if lines else "it says nothing"


def untried(name: str, why: str) -> Result:
    """Nodes that are busy are no fault of the site file's; a job that is refused is one."""
    advice = f"try it by hand: srun -p {name} -t 1 hostname"
    if any(word in why.lower() for word in BUSY):
        return Result("note", f"partition {name}: no job ran within {PATIENCE} s: {why}", advice)
    return Result("problem", f"partition {name}: a job was refused: {why}", advice)


def _srun(site: Site, partition: Mapping[str, Any]) -> list[str]:
    options = {
        "account": partition.get("account") or site.values.get("account"),
        "qos": partition.get("qos") or site.values.get("qos"),
        "constraint": partition.get("constraint"),
    }
    words = [f"--{name}={value}" for name, value in options.items() if value]
    limits = ["--time=1", "--mem=500", "--ntasks=1", f"--immediate={PATIENCE}", "--job-name=expc-doctor"]
    return ["srun", f"--partition={partition['name']}", *limits, *words]


def _appears(path: Path) -> bool:
    """A shared folder may show a file late; as late as the profile waits."""
    for _ in range(PATIENCE):
        subprocess.run(["ls", str(path.parent)], stdout=subprocess.DEVNULL, check=False)  # makes NFS look again
        if path.exists():
            return True
        time.sleep(1)
    return False


def off(said: str, began: float) -> float:
    """Seconds by which a node's clock lies outside of the time in which the job ran."""
    clock = next((int(line.split()[1]) for line in said.splitlines() if line.startswith("clock ")), began)
    return max(0.0, began - 1 - clock, clock - time.time())


def told(name: str, said: str, off: float, seen: bool) -> Iterator[Result]:
    words = dict(line.split(" ", 1) for line in said.splitlines() if " " in line)
    shared = "seen" in said.splitlines() and seen
    here = Path().resolve()
    if shared:
        yield Result("ok", f"partition {name}: a job reads and writes {here}")
    else:
        advice = "use a folder that all nodes share, such as one below your home or the cluster's scratch"
        yield Result("problem", f"partition {name}: its nodes don't share {here}", advice)
    if words.get("python") != "yes":
        advice = "install expc where all nodes see it, in a virtual environment below your home"
        yield Result("problem", f"partition {name}: {sys.executable} or its expc isn't there", advice)
    if off > APART:
        advice = "tell who runs the cluster: deadlines are compared across nodes"
        yield Result("problem", f"partition {name}: its clock is {count(round(off), 'second')} off", advice)
    runtime = words.get("runtime", "none")
    if runtime == "none":
        yield Result(
            "note", f"partition {name}: no apptainer", "only specs with a `container` need it; perhaps a module has it"
        )
    else:
        yield Result("ok", f"partition {name}: containers by {runtime}")


def storage(name: str, stated: str, said: str) -> Result:
    """Whether a job can write there, and how much; and that it is another file system than the project's."""
    found = next((line.split(" ", 4)[1:] for line in said.splitlines() if line.startswith("storage ")), None)
    if found is None:
        advice = "its jobs would end there: name a folder in which you may write, or remove `node_storage`"
        return Result("problem", f"partition {name}: {stated} can't be made there, or not be written", advice)
    device, project, free, folder = found
    room = f"{int(free) / 2**20:.0f} GiB free in {folder}, for what is temporary"
    if device == project:
        advice = "it lies on the file system of this folder: `data: {stage: node}` copies nothing there"
        return Result("note", f"partition {name}: {room}", advice)
    return Result("ok", f"partition {name}: {room}")


def _quota() -> Iterator[Result]:
    """Room for files, by number and, where quotas are told, by size."""
    left = os.statvfs(".").f_favail
    if 0 < left < FILES:
        yield Result("problem", f"{left:,} more files fit here", "a trial has about ten files; make room, or move")
    for line in _said("quota", "--no-wrap", "--raw-grace").splitlines():
        words = line.split()
        if len(words) < 4 or (not words[0].startswith("/") and ":" not in words[0]):
            continue
        used, soft, hard = (int(word.rstrip("*")) for word in words[1:4])
        limit = soft or hard
        if limit and used > FULL * limit:
            advice = "make room: trials that can't write stop, and go on once there is some"
            yield Result("problem", f"quota: {used / limit:.0%} of what you may have on {words[0]} is used", advice)
        elif limit:
            yield Result("ok", f"quota: {used / limit:.0%} of {limit / 2**20:.0f} GiB used on {words[0]}")
