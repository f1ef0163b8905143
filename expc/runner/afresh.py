"""A trial's folder in, the same without what an earlier run left out: the runs of two models never mix."""

import os

from .files import remove

LEFT = ("evaluations", "metrics.jsonl", "predictions.jsonl", "checkpoints", "work")


def begin_afresh(folder):
    """Only the log and the ledger stay. Evaluations go first: they measured a model that will be another one."""
    for name in LEFT:
        remove(os.path.join(folder, name))
