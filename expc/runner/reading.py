"""A trial's log in, what the patterns of its stage find in it out: an evaluation, so that a number that somebody wants
later, or a pattern that was wrong, runs no program again."""

import json
import os
import sys
from typing import Any, Dict, List, NamedTuple

from . import environment, ledger, measured, metrics, outcome
from .ending import Cause
from .evaluation import write
from .files import make, remove
from .process import Start

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "printed.py")
PATIENCE = 120
"""Seconds for one pattern before its process is stopped; by itself it gives up sooner, and says why."""


class Found(NamedTuple):
    """`problem` says why there are no rows, if it isn't that no line fits."""

    rows: List[Dict[str, Any]]
    problem: str
    seconds: float


def asked(trial):
    """The evaluation that reads the trial's log; None if there is no pattern to look for."""
    return next((one for one in trial["evaluate"] if one[3] == outcome.LOG), None)


def read(trial, task, folder):
    """What was found, and in how many seconds: yields the process that looks through the log, then None; see `life`.
    None, if it was stopped or killed, so that nothing is known."""
    patterns, out = task.stage(trial)["patterns"], os.path.join(folder, "printed.json")
    remove(out)
    settings = environment.of_trial(folder, task.homes.lend(), trial["cpus"], (), {}, {})
    log, begin = os.path.join(folder, "log.txt"), ledger.log_from(folder)
    command = (sys.executable, "-I", SCRIPT, log, str(begin), json.dumps(patterns), out)
    yield Start(folder, folder, settings, command=command, time=float(PATIENCE * len(patterns)))
    ended = yield None
    task.homes.take_back(settings["HOME"])
    if ended.killed_for == "time":
        return Found([], f"to look for the patterns of {' and '.join(patterns)} took too long", ended.seconds)
    if not os.path.exists(out):
        return None
    rows, problem = found(out)
    remove(out)
    return Found(rows, problem, ended.seconds)


def keep(trial, found):
    """Write it; the rows first, so that they are there where it is said that the log was read."""
    evaluation = asked(trial)
    make(os.path.join(outcome.folder(trial["id"]), "evaluations"))
    metrics.write(outcome.rows_file(trial["id"], evaluation[0]), found.rows)
    cause = Cause("metrics", found.problem) if found.problem else None
    write(trial, evaluation, cause, measured.summary(found.rows), found.seconds)


def nothing(trial, task, found):
    """Why the log gives no number, in words; empty if it does, or none is looked for. `found` is what `read` gave."""
    if asked(trial) is None or (found and found.rows):
        return ""
    if found is None:
        return "its log is not yet read"
    return found.problem or f"no line of log.txt fits the pattern of {' or '.join(task.stage(trial)['patterns'])}"


def found(path):
    """The rows, and what is wrong with them."""
    try:
        with open(path, encoding="utf-8") as file:
            said = metrics.decoded(file.read())
        if "problem" in said:
            return [], said["problem"]
        return metrics.deduplicated(metrics.sound(row, "what a pattern found in log.txt") for row in said["rows"]), ""
    except (OSError, ValueError, KeyError):
        return [], "the patterns could not be looked for in log.txt; its end may say why"
    except metrics.Unsound as error:
        return [], str(error)
