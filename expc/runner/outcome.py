"""A plan and the trials' folders in, what is left to do out.

What an outcome is, and whether one stands, is said here alone."""

import contextlib
import json
import os
from itertools import islice
from typing import Dict, Optional, Set

from .shape import fault, without_faults

__all__ = ("without_faults",)  # for those who read ledgers, and nothing else of this room

TRIALS = os.path.join("results", "trials")
EVALUATE = "evaluate"
LOG = "log"
"""The rule of an evaluation that reads what the trial printed: it needs no checkpoint."""
STATUSES = ("done", "failed", "cancelled")
UNMEASURED = "metrics"
"""The kind of cause of a trial whose program ended well, and left no number that can be used."""


class Damaged(ValueError):  # noqa: N818 - a plan is damaged, not in error
    """A plan that can't be read; the message says what to do."""


def plan_file(name, digest):
    """The plan of an experiment that has this digest."""
    return f"workflow/plans/{name}.{digest}.jsonl"


def header(plan):
    """The first line of the plan file `plan`."""
    with opened(plan) as lines:
        found = parsed(lines.readline(), plan)
    if "stages" not in found:
        raise damaged(plan)
    return found


def planned(plan, first=1, last=None):
    """The trials of a plan file from line `first` to line `last`, both included; the header is line 0."""
    with opened(plan) as lines:
        found = [parsed(line, plan) for line in islice(lines, first, None if last is None else last + 1)]
    if len(found) <= (0 if last is None else last - first):
        raise damaged(plan)
    return found


@contextlib.contextmanager
def opened(plan):
    try:
        with open(plan, encoding="utf-8") as lines:
            yield lines
    except FileNotFoundError:
        raise Damaged(f"{plan} isn't there; run `expc compile` again") from None
    except UnicodeDecodeError:
        raise damaged(plan) from None


def parsed(line, plan):
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise damaged(plan)
    return found


def damaged(plan):
    return Damaged(f"{plan} is empty or damaged; delete it, and run `expc compile` again")


def folder(identity):
    return os.path.join(TRIALS, identity)


def outcome_file(identity):
    return os.path.join(TRIALS, identity, "outcome.json")


def evaluation_file(identity, evaluation):
    return os.path.join(TRIALS, identity, "evaluations", evaluation + ".json")


def predictions_file(identity, evaluation):
    """What an evaluation predicted for each example, where the plan asks for it."""
    return os.path.join(TRIALS, identity, "evaluations", evaluation + ".predictions.jsonl")


def stated(path, identity):
    """The content of an outcome or evaluation that states this id and a status, and nothing that can't be; None if it
    is missing or doesn't count."""
    return read(path, identity)[0]


def broken(path, identity):
    """Why an outcome or evaluation that is there doesn't count, in words: `not whole`; empty if it does, or is gone."""
    return read(path, identity)[1]


def read(path, identity):
    """The content, or why there is none."""
    try:
        with open(path, "rb") as file:
            found = json.loads(file.read())
        if found["id"] != identity or found["status"] not in STATUSES:
            return None, "not whole"
        wrong = fault(found)
        return (None, "damaged (" + wrong + ")") if wrong else (found, "")
    except FileNotFoundError:
        return None, ""
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None, "not whole"


def status(identity):
    """The status that a trial's outcome states; None if there is no valid one."""
    found = stated(outcome_file(identity), identity)
    return found["status"] if found else None


def fallen(trial, status=status):
    """Whether something that the trial takes from has failed or was cancelled."""
    return any(status(source) in ("failed", "cancelled") for source, _ in trial["from"].values())


def kept(trial, rule):
    """Whether the checkpoint that `rule` chose, or the log, still lies in the trial's folder."""
    if rule == LOG:
        return os.path.exists(os.path.join(TRIALS, trial["id"], "log.txt"))
    return os.path.exists(os.path.join(TRIALS, trial["id"], "checkpoints", rule + ".pt"))


def missing_evaluations(trial):
    """The evaluations of a trial that have no valid result, or without the predictions that are asked for."""
    return [evaluation for evaluation in trial["evaluate"] if not evaluated(trial, evaluation)]


def evaluated(trial, evaluation):
    """Whether an evaluation of a trial has all that is asked of it. One that failed is finished, too."""
    identity, _, _, rule = evaluation
    found = stated(evaluation_file(trial["id"], identity), identity)
    if found is None or found["status"] != "done" or rule not in trial.get("predict", ()):
        return found is not None
    return os.path.exists(predictions_file(trial["id"], identity))


def unread(trial):
    """Whether a trial failed since it measured nothing, and its log was not yet looked through for what is asked."""
    asked = [evaluation for evaluation in trial["evaluate"] if evaluation[3] == LOG]
    if not asked or evaluated(trial, asked[0]) or not kept(trial, LOG):
        return False
    found = stated(outcome_file(trial["id"]), trial["id"])
    return found is not None and (found.get("cause") or {}).get("kind") == UNMEASURED


def remaining(trial, status=status):
    """What a trial still needs (its stage, "evaluate" or None), and the status that stands.

    `status` gives the status of a trial by its id. A cancelled trial stands only as long as one that it
    takes from has failed, so that a retry above is a retry below. A trial whose missing evaluation needs a
    checkpoint that was not kept must train again; of one that measured nothing, a log that is unread decides."""
    found = status(trial["id"])
    if found == "cancelled" and not fallen(trial, status):
        found = None
    if found is None:
        return trial["stage"], None
    if found == "done" and trial["evaluate"]:
        missing = missing_evaluations(trial)
        if missing:
            whole = all(kept(trial, rule) for _, _, _, rule in missing)
            return ("evaluate", found) if whole else (trial["stage"], None)
    if found == "failed" and unread(trial):
        return EVALUATE, None
    return None, found


def survey(trials):
    """(step, status) of each trial, in order: what `remaining` says, and training again where an unfinished
    trial takes from a checkpoint that is no longer there."""
    statuses: Dict[str, Optional[str]] = {}
    found = []
    for trial in trials:
        step, statuses[trial["id"]] = remaining(trial, lambda identity: known(identity, statuses))
        found.append((step, statuses[trial["id"]]))
    wanted: Set[str] = set()
    for index in range(len(trials) - 1, -1, -1):
        trial, (step, _) = trials[index], found[index]
        if trial["id"] in wanted and found[index][1] == "done" and step != trial["stage"]:
            step, found[index] = trial["stage"], (trial["stage"], None)
        if step == trial["stage"]:
            wanted.update(
                source
                for source, path in trial["from"].values()
                if not os.path.exists(os.path.join(TRIALS, source, path))
            )
    return found


def known(identity, statuses):
    """The status of a trial that was met before, else what its folder says."""
    return statuses[identity] if identity in statuses else status(identity)
