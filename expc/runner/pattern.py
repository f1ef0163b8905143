"""A trial that has ended and its variant's patterns in, the rows that these find in what it printed out."""

import json
import os
import sys

from . import ledger
from .ending import JOB, PREEMPTED, Ending, failed
from .files import remove
from .metrics import Unsound, decoded, sound
from .process import Start
from .task import program

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "printed.py")
PATIENCE = 30
"""Seconds for one pattern before its process is stopped; by itself it gives up sooner, and says why."""


def printed(ending, trial, folder, start):
    """(ending, rows): yields the process that looks through the log, then None; see `life`."""
    patterns = program(trial["variant"]).get("patterns")
    if not patterns or not ending.final:
        return ending, []
    out = os.path.join(folder, "printed.json")
    remove(out)
    log, begin = os.path.join(folder, "log.txt"), ledger.log_from(folder)
    command = (sys.executable, "-I", SCRIPT, log, str(begin), json.dumps(patterns), out)
    yield Start(folder, folder, start.environment, command=command, time=float(PATIENCE * len(patterns)))
    ended = yield None
    if ended.killed_for in ("stopped", JOB, PREEMPTED):
        return Ending("stopped"), []
    found, problem = read(out)
    remove(out)
    return (failed("metrics", problem) if problem and ending.status == "done" else ending), found


def read(path):
    """The rows, and what is wrong with them."""
    try:
        with open(path, encoding="utf-8") as file:
            said = decoded(file.read())
        if "problem" in said:
            return [], said["problem"]
        return [sound(row, "what a pattern found in log.txt") for row in said["rows"]], ""
    except (OSError, ValueError, KeyError):
        return [], "the patterns could not be looked for in log.txt; its end may say why"
    except Unsound as error:
        return [], str(error)


def nothing(variant):
    """Where a program left no metric, in words."""
    results, patterns = variant.get("results"), variant.get("patterns")
    unfit = [f"no line of log.txt fits the pattern of {' or '.join(patterns)}"] if patterns else []
    empty = [f"{results or 'metrics.jsonl'} holds no metric"] if results or not patterns else []
    return ", and ".join([*unfit, *empty])
