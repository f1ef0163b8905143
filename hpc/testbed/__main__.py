"""A command line in, a one-machine cluster out: real slurmctld, slurmd, munge, slurmdbd and Apptainer.

Each lab lives in a mount namespace of its own, which its processes hold open: there, /etc/slurm is the lab's."""

import argparse
import contextlib
import os
import select
import subprocess
import sys
from pathlib import Path

import daemons
import image
import packages
from ending import end, end_node
from lab import Lab, Unusable, all_labs, alone, claim, stated

SLURM_LOOKS_HERE = Path("/etc/slurm")


def main() -> int:
    asked = arguments()
    if os.geteuid() != 0:
        print("the testbed starts daemons and mounts file systems: it must be root", file=sys.stderr)
        return 1
    try:
        return COMMANDS[asked.command](asked)
    except (Unusable, subprocess.CalledProcessError) as problem:
        print(f"testbed: {problem}", file=sys.stderr)
        return 1


def up(asked: argparse.Namespace) -> int:
    lab = bring_up(asked.name, accounting=asked.accounting, nodes=asked.nodes, cpus=asked.cpus, memory=asked.memory)
    if asked.keeper:
        keep = [sys.executable, str(Path(__file__).parent), "keep", lab.name, str(asked.keeper)]
        # It outlives us, and must hold nothing that somebody reads to its end.
        nothing = subprocess.DEVNULL
        subprocess.Popen(keep, start_new_session=True, stdin=nothing, stdout=nothing, stderr=nothing)
    print(daemons.tell(lab))
    return 0


def bring_up(name: str, **claims: int | bool | None) -> Lab:
    """A lab that is up, whatever of it was before. A claim that is None is as it was, or the usual one."""
    wanted = {claimed: value for claimed, value in claims.items() if value is not None}
    lab = stated(name)
    with alone():
        packages.install(accounting=bool(lab.accounting if lab else claims["accounting"]))
    lab = lab or claim(name, **wanted)
    for claimed, value in wanted.items():
        if getattr(lab, claimed) != value:
            raise Unusable(f"{name} is there, with {claimed} {getattr(lab, claimed)}, not {value}; take it down first")
    start = [sys.executable, str(Path(__file__).parent), "start", name]
    if lab.pid("munged") is not None:
        subprocess.run(lab.inside(*start), check=True)
    else:
        SLURM_LOOKS_HERE.mkdir(exist_ok=True)
        mount = f'mount --bind "$0" {SLURM_LOOKS_HERE} && exec "$@"'
        private = ["unshare", "--mount", "--propagation=private", "sh", "-c", mount, str(lab.path("etc"))]
        subprocess.run([*private, *start], check=True, stdin=subprocess.DEVNULL)
    return lab


def start(asked: argparse.Namespace) -> int:
    """Inside of the lab: whatever isn't running."""
    daemons.start_all(known(asked.name))
    return 0


def keep(asked: argparse.Namespace) -> int:
    """Outside of the lab: end it when a process ends, also one that was killed."""
    with contextlib.suppress(ProcessLookupError):
        select.select([os.pidfd_open(asked.keeper)], [], [])
    lab = stated(asked.name)
    return 1 if lab and end(lab) else 0


def sh(asked: argparse.Namespace) -> int:
    command = asked.words or [os.environ.get("SHELL", "/bin/sh")]
    return subprocess.run(known(asked.name).inside(*command), check=False).returncode


def kill(asked: argparse.Namespace) -> int:
    lab = known(asked.name)
    if asked.node not in lab.node_names:
        raise Unusable(f"{lab.name} has the nodes {', '.join(lab.node_names)}, and no {asked.node}")
    end_node(lab, asked.node)
    return 0


def down(asked: argparse.Namespace) -> int:
    labs = all_labs() if asked.all else [lab for lab in [stated(asked.name)] if lab]
    left = {lab.name: found for lab in labs if (found := end(lab))}
    for name, found in left.items():
        print(f"testbed: of {name}, these processes don't end: {found}", file=sys.stderr)
    return 1 if left else 0


def listed(_: argparse.Namespace) -> int:
    for lab in all_labs():
        print(lab.name, "up" if lab.pid("slurmctld") else "down", f"ports {lab.port} to {lab.port + 99}", lab.folder)
    return 0


def torch(_: argparse.Namespace) -> int:
    with alone():
        packages.install(accounting=False)
        print(image.torch())
    return 0


COMMANDS = {
    "up": up,
    "sh": sh,
    "down": down,
    "list": listed,
    "image": torch,
    "kill": kill,
    "start": start,
    "keep": keep,
}


def known(name: str) -> Lab:
    lab = stated(name)
    if lab is None:
        raise Unusable(f"there is no lab {name}; `python3 hpc/testbed up {name}` makes it")
    return lab


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="testbed", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, explained in {
        "up": "bring a lab up, or whatever of it isn't running",
        "sh": "run a command in it; without one, a shell",
        "down": "end it, with all that runs in it, and remove its folder",
        "kill": "end all processes of a node at once, as if its plug were pulled; `up` starts it again",
        "list": "the labs of this machine",
        "image": "print the path of an image with torch; it is built if it isn't there",
        "start": "inside of a lab: start what isn't running",
        "keep": "wait for the end of a process, then end a lab",
    }.items():
        command = commands.add_parser(name, help=explained)
        if name not in ("list", "image"):
            command.add_argument("name", nargs="?", default="lab", help="the lab's name (lab)")
    up = commands.choices["up"]
    up.add_argument(
        "--accounting", action="store_true", default=None, help="with slurmdbd; root may use the account research"
    )
    up.add_argument("--nodes", type=int, help="how many nodes (3)")
    up.add_argument("--cpus", type=int, help="what each claims to have (8)")
    up.add_argument("--memory", type=int, help="in MiB, what each claims to have (4000)")
    up.add_argument("--while", dest="keeper", type=int, metavar="PID", help="end it when this process ends")
    commands.choices["kill"].add_argument("node", help="the node's name")
    commands.choices["keep"].add_argument("keeper", type=int, help="the process")
    commands.choices["sh"].add_argument("words", nargs=argparse.REMAINDER, help="the command")
    commands.choices["down"].add_argument("--all", action="store_true", help="every lab of this machine")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
