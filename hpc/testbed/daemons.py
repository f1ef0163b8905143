"""A lab in, its daemons out: whatever of it isn't running. Called inside of the lab."""

import os
import shlex
import stat
import subprocess
from pathlib import Path

from accounting import add_accounts, start_database, start_slurmdbd
from configuration import configuration
from lab import Lab
from waiting import until


def start_all(lab: Lab) -> None:
    prepare(lab)
    start_munged(lab)
    if lab.accounting:
        start_database(lab)
        start_slurmdbd(lab)
        add_accounts()
    start_controller(lab)
    for node in lab.node_names:
        start_node(lab, node)
    ready = f'[ "$(sinfo -h -N -p main -o %t | grep -cE "^(idle|mix|alloc|comp)$")" = {lab.nodes} ]'
    until(f"the nodes of {lab.name} are ready", ["sh", "-c", ready], log=lab.path("log", "slurmctld.log"))


def prepare(lab: Lab) -> None:
    """The configuration, written anew, a key for munge, and devices that pass for GPUs."""
    for name, text in configuration(lab).items():
        lab.path("etc", name).write_text(text)
        lab.path("etc", name).chmod(0o600 if name == "slurmdbd.conf" else 0o644)
    key = lab.path("etc", "munge.key")
    if not key.exists():
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
    for number in range(lab.gpus):
        device = lab.path("gpu", f"gpu{number}")
        if not device.exists():  # what /dev/null is: cgroups let everybody use it
            os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    for node in lab.node_names:
        lab.path("state", node).mkdir(exist_ok=True)


def start_munged(lab: Lab) -> None:
    socket, log = lab.path("run", "munge.socket"), lab.path("log", "munged.log")
    if lab.pid("munged") is None:
        key, seed = lab.path("etc", "munge.key"), lab.path("state", "munge.seed")
        pid = lab.path("run", "munged.pid")
        files = [f"--key-file={key}", f"--socket={socket}", f"--pid-file={pid}"]
        files += [f"--log-file={log}", f"--seed-file={seed}"]
        subprocess.run(["munged", "--force", "--num-threads=4", *files], check=True)
    until(f"munged of {lab.name} answers", ["munge", "-S", str(socket), "-n"], log=log)


def start_controller(lab: Lab) -> None:
    if lab.pid("slurmctld") is None:
        subprocess.run(["slurmctld", "-i"], check=True)
    up = "scontrol ping | grep -q UP"
    until(f"slurmctld of {lab.name} answers", ["sh", "-c", up], log=lab.path("log", "slurmctld.log"))


def start_node(lab: Lab, node: str) -> None:
    if lab.pid(f"slurmd.{node}") is None:
        subprocess.run(["slurmd", "-N", node], check=True)


def tell(lab: Lab) -> str:
    """What a person does with it."""
    here = shlex.quote(os.path.relpath(Path(__file__).parent))
    return (
        f"{lab.name} is up: {lab.nodes} nodes of {lab.cpus} CPUs, {lab.memory} MiB, {lab.gpus} GPUs that are none; "
        f"partitions main, urgent, short (1 minute), preempt; {'with' if lab.accounting else 'without'} accounting\n"
        f"  python3 {here} sh {lab.name}            a shell in it\n"
        f"  python3 {here} sh {lab.name} sinfo      a command in it\n"
        f"  python3 {here} down {lab.name}          ends it, and all that runs in it\n"
        f"Logs and configuration: {lab.folder}"
    )
