"""What runs in, how much of memory and GPUs it uses noted; what takes more memory than it may is ended."""

from typing import Optional

from . import limits
from .busy import Driver


class Scale:
    def __init__(self, gpus):
        """`gpus` tells which a trial has."""
        self.gpus = gpus
        self.driver: Optional[Driver] = None  # once a trial has a GPU

    def look(self, lives, seconds):
        """At (trial, life, process) by process id; so many seconds after the last look."""
        found = limits.occupied(set(lives)) if lives else {}
        for number, occupied in found.items():
            process = lives[number][2]
            process.peak = max(process.peak, occupied)
            if process.start.memory is not None and occupied > process.start.memory:
                process.end_now("memory")
        for trial, _, process in lives.values():  # who shares a GPU sees what all of them use
            names = self.gpus.held.get(trial["id"])
            if names:
                self.driver = self.driver or Driver()
                process.gpu += self.driver.look(names, seconds)
