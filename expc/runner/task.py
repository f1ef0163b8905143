"""What this start of the runner was asked to do, and what of it a trial still needs."""

import json
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Dict, FrozenSet

from . import outcome

CODE = os.path.join("results", "code")
PREPARED = os.path.join("results", "data")


@dataclass(frozen=True)
class Task:
    """`again` are trials that are done and must train again, since a checkpoint is gone that others take from."""

    header: Dict[str, Any]
    step: str
    network: str
    again: FrozenSet[str]

    @property
    def stops(self):
        """Whether a failure counts as unfinished."""
        return self.header["on_failure"] == "stop"

    def stage(self, trial):
        return self.header["stages"][trial["stage"]]

    def needs(self, trial):
        """What of this step a trial still needs: its stage, "evaluate", or None."""
        step = outcome.remaining(trial)[0]
        if self.step == "evaluate":
            return step if step == "evaluate" else None
        if trial["stage"] != self.step:
            return None
        return trial["stage"] if step is None and trial["id"] in self.again and not whole(trial) else step

    def unfinished(self, trial):
        """Whether the trial keeps this step from being finished."""
        return self.needs(trial) is not None or (self.stops and fell(trial, self.step))


def fell(trial, step):
    """Whether the trial, or an evaluation of it, has failed."""
    if step != "evaluate" and trial["stage"] != step:
        return False
    if outcome.status(trial["id"]) in ("failed", "cancelled"):
        return step != "evaluate"
    results = (outcome.stated(outcome.evaluation_file(trial["id"], made[0]), made[0]) for made in trial["evaluate"])
    return any(found is not None and found["status"] == "failed" for found in results)


def whole(trial):
    """Whether every checkpoint that should outlive the trial is there."""
    return all(rule == "*" or outcome.kept(trial, rule) for rule in trial["keep"])


def must_train_again(plan, trials, step):
    """Ids of done trials of this step of which something unfinished, further down the plan, takes a lost checkpoint."""
    lossy = {trial["id"] for trial in trials if trial["stage"] == step and not whole(trial)}
    lossy = {identity for identity in lossy if outcome.status(identity) == "done"}
    if not lossy:  # the plan may have 100,000 lines
        return frozenset()
    everything = outcome.planned(plan)
    steps = outcome.survey(everything)
    return frozenset(
        trial["id"]
        for trial, (found, _) in zip(everything, steps)  # noqa: B905 - Python 3.8 has no strict
        if found == step and trial["id"] in lossy
    )


@lru_cache(maxsize=None)
def program(variant):
    """The variant's variant.json. OSError or ValueError if the code wasn't generated."""
    with open(os.path.join(CODE, variant, "variant.json"), encoding="utf-8") as file:
        return json.load(file)


def title(trial):
    """A trial in a line of the log: `9f31c2d4a5b6 (train, encoder=cnn, seed 0)`."""
    levels = [f"{factor}={level}" for factor, level in trial["condition"].items()]
    return f"{trial['id'][:12]} ({', '.join([trial['stage'], *levels, 'seed ' + str(trial['seed'])])})"
