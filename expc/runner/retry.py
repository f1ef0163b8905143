"""A finished trial in, one that is tried again out; its ledger stays."""

import os

from . import ledger
from .afresh import begin_afresh
from .ending import INTERRUPTED
from .files import remove
from .lock import take
from .outcome import folder, outcome_file, stated


def retry(identity):
    """Take a trial's outcome away. What its time, its memory or a signal ended goes on from its checkpoint, with the
    limits of the next plan; everything else begins afresh.

    BlockingIOError if a runner works on it."""
    lock = take(identity)
    if lock is None:
        raise BlockingIOError(f"trial {identity} is being worked on; stop its run first, or wait for it")
    try:
        ended = stated(outcome_file(identity), identity) or {}
        remove(outcome_file(identity))  # first: whatever happens now, the trial is unfinished
        if (ended.get("cause") or {}).get("kind") in INTERRUPTED:
            ledger.retried(folder(identity))
        else:
            begin_afresh(folder(identity))
    finally:
        os.close(lock)
