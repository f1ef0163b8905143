"""What `expc cancel` asked for in, the trials that this start of the workflow shall not run out.

A request counts for workflows that were started before it: whoever starts one afterwards wants its trials to go on."""

import json
import os
import time
from typing import FrozenSet

from .files import write_json
from .outcome import TRIALS

FILE = os.path.join(TRIALS, "stop.json")  # in the folder that jobs on all nodes see
STARTED = "EXPC_STARTED"
FORGET = 30 * 24 * 3600.0


class Stops:
    """The requests, read again when they change. `started` is when the workflow was, in Unix time."""

    def __init__(self, started):
        self.started, self.stamp = started, None
        self.trials: FrozenSet[str] = frozenset()

    def look(self):
        """The ids of trials that shall not run."""
        try:
            found = os.stat(FILE)
            stamp = (found.st_mtime_ns, found.st_ino)
        except OSError:
            return self.trials
        if stamp != self.stamp:
            self.stamp = stamp
            self.trials = frozenset(trial for trial, asked in requests().items() if asked >= self.started)
        return self.trials


def started(environ):
    """When the workflow was started, as its main process says it, in Unix time."""
    try:
        return float(environ.pop(STARTED, ""))
    except ValueError:
        return time.time()


def ask(trials, now):
    """Let nobody begin these trials, and whoever runs them end them. Earlier requests stay."""
    recent = {trial: asked for trial, asked in requests().items() if asked > now - FORGET}
    os.makedirs(TRIALS, exist_ok=True)
    write_json(FILE, dict(recent, **dict.fromkeys(trials, now)))


def requests():
    """When each trial was asked to stop last."""
    try:
        with open(FILE, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return {trial: asked for trial, asked in found.items() if isinstance(asked, (int, float))}
