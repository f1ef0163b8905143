"""A trial that is done in, its results under another trial's id out, or gone from there again.

For a change that alters ids and, as its author knows, no result. What it was measured by stays visible: the outcome
says from where it came, and why."""

import os
import shutil
import stat

from . import ledger
from .afresh import begin_afresh
from .files import make, remove, write_json
from .lock import take
from .outcome import evaluation_file, folder, outcome_file, predictions_file, rows_file, stated

OWN = ("lock", "held", "outcome.json", "evaluations")  # not copied: each trial has its own
SHARED = "checkpoints"  # large, and replaced whole by whoever writes them: a second name for the file is enough


class Refused(ValueError):  # noqa: N818 - it is the trial that is refused
    """There is nothing to be accepted, or undone; the message says why."""


def accept(trial, source, evaluations, because):
    """Take the results of `source` as those of `trial`: both are locked meanwhile, and the outcome comes last, so that
    whoever is killed leaves a trial without one. `evaluations` are ids of `trial`'s, with those of `source`.

    BlockingIOError if somebody works on either."""
    with_locks([trial, source], lambda: copy(trial, source, evaluations, because))


def undo(trial):
    """Take away what was accepted; what it came from stays where it is."""
    with_locks([trial], lambda: clear(trial))


def with_locks(trials, work):
    """In the order of ids, so that two of us never wait for each other."""
    locks = []
    try:
        for identity in sorted(trials):
            lock = take(identity)
            if lock is None:
                raise BlockingIOError(f"trial {identity} is being worked on; stop its run first, or wait for it")
            locks.append(lock)
        work()
    finally:
        for lock in locks:
            os.close(lock)


def copy(trial, source, evaluations, because):
    before = stated(outcome_file(source), source)
    if before is None or before["status"] != "done":
        raise Refused(f"trial {source} is {'not finished' if before is None else before['status']}")
    there = stated(outcome_file(trial), trial)
    if there is not None and there["status"] == "done":
        raise Refused(f"trial {trial} has results of its own")
    here, there = folder(source), folder(trial)
    remove(outcome_file(trial))
    clean(there)
    for name in sorted(os.listdir(here)):
        if name not in OWN and not name.endswith(".tmp"):
            duplicate(os.path.join(here, name), os.path.join(there, name), linked=name == SHARED)
    said = [*before.get("accepted", ()), {"from": source, "because": because, "when": ledger.now()}]
    make(os.path.join(there, "evaluations"))
    for new, old in evaluations.items():
        found = stated(evaluation_file(source, old), old)
        if found is not None and found["status"] == "done":
            if os.path.exists(predictions_file(source, old)):
                link_or_copy(predictions_file(source, old), predictions_file(trial, new))
            if os.path.exists(rows_file(source, old)):
                link_or_copy(rows_file(source, old), rows_file(trial, new))
            write_json(evaluation_file(trial, new), dict(found, id=new, trial=trial, accepted=old))
    write_json(outcome_file(trial), dict(before, id=trial, accepted=said))


def clear(trial):
    found = stated(outcome_file(trial), trial)
    if found is None or not found.get("accepted"):
        raise Refused(f"trial {trial} has no accepted results")
    remove(outcome_file(trial))  # first: whatever happens now, the trial is unfinished
    clean(folder(trial))


def clean(place):
    """Leave nothing but the lock, which others may be waiting for."""
    begin_afresh(place)
    for name in os.listdir(place):
        if name != "lock":
            remove(os.path.join(place, name))


def duplicate(path, copied, *, linked):
    """A file or a folder, with symbolic links as such; what is neither (a socket, a pipe) is left out."""
    mode = os.lstat(path).st_mode
    if stat.S_ISDIR(mode):
        shutil.copytree(path, copied, symlinks=True, ignore=odd, copy_function=link_or_copy if linked else shutil.copy2)
    elif stat.S_ISREG(mode) or stat.S_ISLNK(mode):
        shutil.copy2(path, copied, follow_symlinks=False)


def odd(where, names):
    return [name for name in names if not ordinary(os.lstat(os.path.join(where, name)).st_mode)]


def ordinary(mode):
    return stat.S_ISDIR(mode) or stat.S_ISREG(mode) or stat.S_ISLNK(mode)


def link_or_copy(path, copied):
    try:
        os.link(path, copied, follow_symlinks=False)
    except OSError:  # a file system that has no second names
        shutil.copy2(path, copied, follow_symlinks=False)
