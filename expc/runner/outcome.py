"""A plan and the trials' folders in, what is left to do out.

What an outcome is, and whether one stands, is said here alone."""

import contextlib
import json
import os
import re
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from typing import Dict, Optional, Set

from .shape import fault, shown, without_faults
from .written import Damaged, damaged, decoded, unopened

__all__ = ("without_faults",)  # for those who read ledgers, and nothing else of this room

TRIALS = os.path.join("results", "trials")
EVALUATE, READ = "evaluate", "read-logs"
APART = (EVALUATE, READ)
"""The steps that start no trial."""
LOG = "log"
"""The rule of an evaluation that reads what the trial printed: it needs no checkpoint."""
STATUSES = ("done", "failed", "cancelled")
UNMEASURED = "metrics"
"""The kind of cause of a trial whose program ended well, and left no number that can be used."""
FORMAT = 1
"""Of plans."""
DIGEST = re.compile(r"\.([0-9a-f]{12})\.jsonl$")
"""What a plan's name says of its content."""
AGAIN = "run `expc compile` again: no result is lost"


def plan_file(name, digest):
    """The plan of an experiment that has this digest."""
    return f"workflow/plans/{name}.{digest}.jsonl"


def header(plan):
    """The first line of the plan file `plan`."""
    with opened(plan) as lines:
        found = parsed(lines.readline(), plan, 1)
    if found.get("plan", FORMAT) != FORMAT:
        by = f"format {shown(found['plan'])}, by expc {found.get('expc', '?')}"
        raise Damaged(f"{plan} is of another version ({by}).\n    Delete it, and {AGAIN}.")
    if not isinstance(found.get("stages"), dict):
        raise damaged(f"{plan}:1", "this isn't the first line of a plan", AGAIN)
    return found


def planned(plan, first=1, last=None):
    """The trials of a plan file from line `first` to line `last`, both included; the header is line 0."""
    with opened(plan) as lines:
        some = islice(lines, first, None if last is None else last + 1)
        found = [parsed(line, plan, number) for number, line in enumerate(some, first + 1)]
    if len(found) <= (0 if last is None else last - first):
        raise damaged(plan, "trials are missing at its end", AGAIN)
    return found


@contextlib.contextmanager
def opened(plan):
    """The lines of a plan, as bytes."""
    try:
        with open(plan, "rb") as lines:
            yield lines
    except OSError as error:
        raise unopened(plan, AGAIN, error) from None


def parsed(line, plan, number):
    found = decoded(line, plan, AGAIN, number)
    if not isinstance(found, dict):
        raise damaged(f"{plan}:{number}", f"a line must be an object, not {shown(found)}", AGAIN)
    return found


def intact(plan):
    """The plan file `plan`, if it is what its name says that was written, byte for byte: else Damaged. A trial that is
    lost shows in no other way."""
    with opened(plan) as file:
        state = os.fstat(file.fileno())
    check(plan, state.st_size, state.st_mtime_ns, state.st_ino)
    return plan


@lru_cache(maxsize=None)
def check(plan, *_state):
    """Once for each state of the file."""
    named = DIGEST.search(plan)
    if not named:
        return
    with opened(plan) as file:
        text = file.read()
    if not any(sha256(one).hexdigest().startswith(named.group(1)) for one in (text, text.replace(b"\r\n", b"\n"))):
        for number, line in enumerate(text.splitlines(keepends=True) or [b""], 1):
            parsed(line, plan, number)
        raise damaged(plan, "it isn't what `expc compile` wrote: its lines aren't those by which it is named", AGAIN)


def folder(identity):
    return os.path.join(TRIALS, identity)


def outcome_file(identity):
    return os.path.join(TRIALS, identity, "outcome.json")


def evaluation_file(identity, evaluation):
    return os.path.join(TRIALS, identity, "evaluations", evaluation + ".json")


def rows_file(identity, evaluation):
    """What patterns found in the trial's log, as metrics.jsonl has it."""
    return os.path.join(TRIALS, identity, "evaluations", evaluation + ".jsonl")


def predictions_file(identity, evaluation):
    """What an evaluation predicted for each example, where the plan asks for it."""
    return os.path.join(TRIALS, identity, "evaluations", evaluation + ".predictions.jsonl")


def stated(path, identity):
    """The content of an outcome or evaluation that states this id and a status, and nothing that can't be; None if it
    is missing or doesn't count."""
    return read(path, identity)[0]


def broken(path, identity):
    """Why an outcome or evaluation that is there doesn't count, such as `not whole`; empty if it does, or is gone."""
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
    except OSError as error:
        return None, f"unreadable ({error.strerror})"
    except (ValueError, TypeError, KeyError, RecursionError):
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
    """What a trial still needs (its stage, a step apart or None), and the status that stands.

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
            apart = READ if missing[0][3] == LOG else EVALUATE
            return (apart, found) if whole else (trial["stage"], None)
    if found == "failed" and unread(trial):
        return READ, None
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
