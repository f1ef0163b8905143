"""A trial's log in, what the patterns of its stage find in it out: an evaluation, so that a number that somebody wants
later, or a pattern that was wrong, runs no program again."""

import json
import os
import sys

from . import environment, evaluation, ledger, measured, outcome
from .ending import JOB, PREEMPTED, Ending, failed
from .files import remove
from .metrics import Unsound, decoded, deduplicated, sound
from .process import Start

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "printed.py")
PATIENCE = 30
"""Seconds for one pattern before its process is stopped; by itself it gives up sooner, and says why."""


def asked(trial):
    """The evaluation that reads the trial's log; None if there is no pattern to look for."""
    return next((one for one in trial["evaluate"] if one[3] == outcome.LOG), None)


def read(trial, task, folder):
    """(how it ended, the rows, seconds): yields the process that looks through the log, then None; see `life`."""
    patterns, out = task.stage(trial)["patterns"], os.path.join(folder, "printed.json")
    remove(out)
    settings = environment.of_trial(folder, task.homes.lend(), trial["cpus"], (), {}, {})
    log, begin = os.path.join(folder, "log.txt"), ledger.log_from(folder)
    command = (sys.executable, "-I", SCRIPT, log, str(begin), json.dumps(patterns), out)
    yield Start(folder, folder, settings, command=command, time=float(PATIENCE * len(patterns)))
    ended = yield None
    task.homes.take_back(settings["HOME"])
    if ended.killed_for in ("stopped", JOB, PREEMPTED):
        return Ending("stopped"), [], 0.0
    rows, problem = found(out)
    remove(out)
    if not rows:
        problem = problem or f"no line of log.txt fits the pattern of {' or '.join(patterns)}"
    return failed("metrics", problem) if problem else Ending("done"), rows, ended.seconds


def keep(trial, ending, rows, seconds):
    """Write what was found, unless it was stopped."""
    if ending.status != "stopped":
        evaluation.write(trial, asked(trial), ending.cause, measured.summary(rows), seconds, rows=rows)


def found(path):
    """The rows, and what is wrong with them."""
    try:
        with open(path, encoding="utf-8") as file:
            said = decoded(file.read())
        if "problem" in said:
            return [], said["problem"]
        return deduplicated(sound(row, "what a pattern found in log.txt") for row in said["rows"]), ""
    except (OSError, ValueError, KeyError):
        return [], "the patterns could not be looked for in log.txt; its end may say why"
    except Unsound as error:
        return [], str(error)
