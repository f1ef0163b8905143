"""Trials that other starts hold in, those that are to be tried again now out: soon if they are few, and never so many
that looking would be all that we do."""

import time
from collections import deque
from typing import Any, Deque, Dict, Set

from .task import title

PAUSE = 0.5  # seconds between two looks, at least
SHARE = 0.02  # of the time goes into looking, at most: it opens and locks files, which may be a server's


class Elsewhere:
    """What others hold, in the order in which it is tried again."""

    def __init__(self, say):
        self.trials: Deque[Dict[str, Any]] = deque()
        self.say = say
        self.told: Set[str] = set()  # each is said once
        self.next_try, self.cost = 0.0, 0.0  # seconds that one try takes, lately

    def add(self, trial, took):
        """One that others hold, which we know since a try of so many seconds."""
        self.trials.append(trial)
        self.cost += (took - self.cost) / (8 if self.cost else 1)
        if trial["id"] not in self.told:
            self.told.add(trial["id"])
            self.say(f"held by another start: {title(trial)}; it comes last")

    def lose(self, trial):
        """One that was ours until another took it over, as is known to those who read what we say."""
        self.told.add(trial["id"])
        self.add(trial, self.cost or PAUSE * SHARE)

    def due(self, now=None):
        """Those to be tried now, which are ours to add again."""
        now = time.monotonic() if now is None else now
        if not self.trials or now < self.next_try:
            return []
        number = min(len(self.trials), max(1, int(PAUSE * SHARE / self.cost)))
        self.next_try = now + max(PAUSE, number * self.cost / SHARE)
        return [self.trials.popleft() for _ in range(number)]
