"""A finished trial in, one that starts afresh out; its ledger stays."""

import os

from .files import remove
from .lock import take
from .outcome import evaluation_file, folder, outcome_file, stated

LEFT = ("metrics.jsonl", "predictions.jsonl", "checkpoints", "work")


def retry(identity):
    """Take a trial's outcome away, and what a new attempt would go on from.

    Evaluations that succeeded stay; those that failed are made again. BlockingIOError if a runner works on it."""
    lock = take(identity)
    if lock is None:
        raise BlockingIOError(f"trial {identity} is being worked on; stop its run first, or wait for it")
    try:
        remove(outcome_file(identity))  # first: whatever happens now, the trial is unfinished
        for evaluation in evaluations(identity):
            found = stated(evaluation_file(identity, evaluation), evaluation)
            if found is None or found["status"] != "done":
                remove(evaluation_file(identity, evaluation))
        for name in LEFT:
            remove(os.path.join(folder(identity), name))
    finally:
        os.close(lock)


def evaluations(identity):
    try:
        names = os.listdir(os.path.join(folder(identity), "evaluations"))
    except FileNotFoundError:
        return []
    return [name[: -len(".json")] for name in names if name.endswith(".json")]
