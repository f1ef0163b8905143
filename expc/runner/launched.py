"""A trial's command in, the one that starts it once for each GPU of each node out."""

import os
import re
import socket
import sys

TIED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tied.py")
PYTHON = re.compile(r"python[0-9.]*")


def launched(command, trial):
    """The command as it is, if the trial has no launcher."""
    launcher, nodes, each = trial.get("launcher"), trial.get("nodes", 1), max(trial.get("gpus", 0), 1)
    if launcher is None:
        return tuple(command)
    if launcher == "srun":
        return (*srun(nodes, each), f"--cpus-per-task={threads(trial)}", *command)
    if nodes == 1:
        return (*torchrun(command, each), "--standalone", *tied(command))
    meeting = f"--nnodes={nodes} --rdzv-backend=c10d --rdzv-id={trial['id']} --rdzv-endpoint={endpoint()}"
    cpus = f"--cpus-per-task={trial['cpus']}"
    return (*srun(nodes, 1), cpus, *torchrun(command, each), *meeting.split(), *tied(command))


def threads(trial):
    """Of each process: those of a node share its processors."""
    return max(trial["cpus"] // max(trial.get("gpus", 0), 1), 1) if trial.get("launcher") else trial["cpus"]


def srun(nodes, each):
    """A step of this job on all of its nodes: one that loses a process ends, or the others would wait for it."""
    how = "--overlap --kill-on-bad-exit=1 --export=ALL --input=none"
    return ("srun", f"--nodes={nodes}", f"--ntasks={nodes * each}", f"--ntasks-per-node={each}", *how.split())


def torchrun(command, each):
    """Without its console script, which a container or a virtual environment may not have."""
    return (interpreter(command), "-m", "torch.distributed.run", f"--nproc-per-node={each}")


def tied(command):
    return ("--no-python", interpreter(command), TIED, *command)


def interpreter(command):
    """That of the command, if it begins with Python: it is the one that has the program's packages."""
    return command[0] if PYTHON.fullmatch(os.path.basename(command[0])) else sys.executable


def endpoint():
    """A port of this node that is free now, where the processes of all nodes meet.

    By the machine's own name, which the others can look up: SLURM's name for a node need not be one."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as anywhere:
        anywhere.bind(("", 0))
        return f"{socket.gethostname()}:{anywhere.getsockname()[1]}"
