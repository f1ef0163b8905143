"""The time of a job and how long its trials took in, whether one more may be begun in it out."""

import math
from typing import Dict

from .allotted import SHORTEST
from .task import resumes


class Fitting:
    """What was learned in this start; the next job has to learn it again."""

    def __init__(self, job):
        self.job = job
        self.begun = False  # something was
        self.took: Dict[str, float] = {}  # the longest that a trial of a variant took

    def learn(self, trial, seconds):
        self.took[trial["variant"]] = max(seconds, self.took.get(trial["variant"], 0.0))

    def worthwhile(self, trial):
        """Whether the trial can end before its job does, or come to a checkpoint, as far as can be known."""
        left, variant = self.job.left(), trial["variant"]
        if math.isinf(left) or (left > 0 and not self.begun):  # the next job would have no more time
            return True
        if self.took.get(variant, math.inf) < left:
            return True
        if not resumes(variant):
            return trial["time"] is not None and trial["time"] < left
        return left > SHORTEST
