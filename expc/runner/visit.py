"""A trial in, a copy of its folder and what its program would be started with out: for a person who wants to look."""

import os
import shutil
import sys

from . import outcome, own
from .attempt import to_start
from .environment import allowed
from .files import copy_folder, make, write_json
from .granted import HOST, carried, network
from .homes import Homes
from .isolate import deny_network
from .task import INPUTS, PREPARED, Task, prepared, program
from .trial import parameters


class Visit:
    """`where` to start, with which `environment`, and the `command` by which the trial's program starts there."""

    def __init__(self, start, homes, cpus):
        self.where, self.homes = start.where, homes
        self.environment = dict(allowed(os.environ, cpus), **start.environment)
        self.environment.pop("EXPC_DEADLINE", None)  # a person takes longer
        self.environment.update({name: os.environ[name] for name in ("TERM", "SHELL") if name in os.environ})
        self.command = start.command or (sys.executable, start.script)

    def leave(self):
        shutil.rmtree(self.homes.root, ignore_errors=True)


def visit(header, trial, root):
    """Copy what the trial has into the empty folder `root`. Its code and data are there; `header` is its plan's."""
    original = outcome.folder(trial["id"])
    folder = os.path.join(os.path.abspath(root), original)
    make(os.path.dirname(folder))
    if os.path.isdir(original):
        copy_folder(original, folder, symlinks=True)
    checkpoints = os.path.join(folder, "checkpoints")
    make(checkpoints)
    for made in (PREPARED, INPUTS):  # params.json names what is in them from the trial's folder
        os.symlink(os.path.abspath(made), os.path.join(root, made))
    for source in {source for source, _ in trial["from"].values()}:
        os.symlink(os.path.abspath(outcome.folder(source)), os.path.join(root, outcome.folder(source)))
    write_json(os.path.join(folder, "params.json"), parameters(trial))
    homes = Homes()
    task = Task(header, trial["stage"], "", lost={}, claims={}, homes=homes, secrets=carried(header, os.environ))
    if trial["data"]:
        prepared(trial["data"])
    resuming = own.goes_on(program(trial["variant"]), checkpoints)
    return Visit(to_start(trial, task, folder, 0.0, resuming), homes, trial["cpus"])


def leave_the_network(header, trial):
    """Between fork and exec, as the runner does it for its trials, unless their stage needs one."""
    if network(header, trial) != HOST:
        deny_network()
