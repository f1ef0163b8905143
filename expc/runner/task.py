"""What this start of the runner was asked to do, and what of it a trial still needs."""

import os
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Dict, Sequence, Set

from . import forms, granted, hiding, outcome
from .allotted import UNLIMITED, Allotted
from .forms import generated
from .homes import Homes
from .written import Damaged, exists, whole

CODE = os.path.join("results", "code")
PREPARED = os.path.join("results", "data")
CACHE = os.path.join("results", ".cache")
INPUTS = os.path.join("results", "inputs")
ANEW = "start again: `snakemake` and `expc run` make it"


@dataclass(frozen=True)
class Task:
    """`lost` are checkpoints, by their trials: these are done, and must train again for those that take from them.
    `claims` is what other plans ask of the trials, `secrets` are values by their names, `job` is the time that this
    start has, `gpus` those that it may use."""

    header: Dict[str, Any]
    step: str
    network: str
    lost: Dict[str, Set[str]]
    claims: Dict[str, Dict[str, Any]]
    homes: Homes
    secrets: Dict[str, str] = field(default_factory=dict)
    job: Allotted = UNLIMITED
    gpus: Sequence[str] = ()

    @property
    def stops(self):
        """Whether a failure counts as unfinished."""
        return self.header["on_failure"] == "stop"

    def stage(self, trial):
        return self.header["stages"][trial["stage"]]

    def alone(self, trial):
        """Whether nothing may run beside the trial: it asks for that, or a metric of its stage is a time."""
        timed = self.step == trial["stage"] and bool(self.stage(trial).get("timing"))
        return timed or trial.get("exclusive", False)

    def given(self, trial):
        """What the trial finds in its environment beside what all trials find."""
        return granted.given(self.header, trial["stage"], self.secrets)

    def hide(self, folder, ended, *more):
        """How a process ended, and what it left in its folder and in `more` files, without the values of secrets."""
        return hiding.hide(folder, ended, self.secrets.values(), more)

    def checkpoints(self, trial):
        """The rules by which the trial is asked to save checkpoints."""
        return self.asked("checkpoints", trial)

    def keep(self, trial):
        """The rules whose checkpoints outlive the trial."""
        return self.asked("keep", trial)

    def predicts(self, trial, rule):
        """Whether an evaluation of the checkpoint that `rule` chose says what is predicted for each example."""
        return rule in self.asked("predict", trial)

    def to_measure(self, trial):
        """The rules whose checkpoints an evaluation still waits for, of this plan or of another."""
        plans = [trial, self.claims[trial["id"]]] if trial["id"] in self.claims else [trial]
        return [rule for plan in plans for *_, rule in outcome.missing_evaluations(plan)]

    def measured_elsewhere(self, trial):
        """Evaluations that are there, and that another plan alone asks for; but what it looks for in the log, it can
        look for at any time."""
        claim = self.claims.get(trial["id"], {"id": trial["id"], "evaluate": ()})
        missing = outcome.missing_evaluations(claim)
        mine = [*missing, *trial["evaluate"]]
        return [made for made in claim["evaluate"] if made not in mine and made[3] != outcome.LOG]

    def asked(self, what, trial):
        return list(dict.fromkeys([*trial.get(what, ()), *self.claims.get(trial["id"], {}).get(what, ())]))

    def needs(self, trial):
        """What of this step a trial still needs: its stage, a step apart, or None."""
        step = outcome.remaining(trial)[0]
        if self.step in outcome.APART:
            return step if step == self.step else None
        if trial["stage"] != self.step:
            return None
        return trial["stage"] if not all(map(os.path.exists, self.lost.get(trial["id"], ()))) else step

    def unfinished(self, trial):
        """Whether the trial keeps this step from being finished."""
        return self.needs(trial) is not None or (self.stops and fell(trial, self.step))


def fell(trial, step):
    """Whether the trial, or an evaluation of it, has failed."""
    if step not in outcome.APART and trial["stage"] != step:
        return False
    if outcome.status(trial["id"]) in ("failed", "cancelled"):
        return step != outcome.EVALUATE
    results = (outcome.stated(outcome.evaluation_file(trial["id"], made[0]), made[0]) for made in trial["evaluate"])
    return any(found is not None and found["status"] == "failed" for found in results)


def lost(plan, header, trials, step):
    """Checkpoints of done trials of this step that are gone and that something unfinished, further down the plan,
    takes from them: their paths, by the trials' ids."""
    if not any(step in stage["takes_from"] for stage in header["stages"].values()):
        return {}
    suspects = [trial["id"] for trial in trials if trial["stage"] == step and not has_all_that_is_taken(trial)]
    done = {identity for identity in suspects if outcome.status(identity) == "done"}
    if not done:  # mostly; a plan may have 100,000 trials, and a stage hundreds of batches that would all read it
        return {}
    gone: Dict[str, Set[str]] = {}
    everything = outcome.planned(plan)
    for source, path in (taken for trial in everything for taken in trial["from"].values()):
        if source in done and not os.path.exists(os.path.join(outcome.folder(source), path)):
            gone.setdefault(source, set()).add(os.path.join(outcome.folder(source), path))
    if not gone:
        return {}
    some = related(everything, gone)
    again = {trial["id"] for trial, (found, _) in zip(some, outcome.survey(some)) if found == step}
    return {identity: paths for identity, paths in gone.items() if identity in again}


def related(trials, sources):
    """On which it depends whether these are trained again: what takes from them, and from that, and whatever all of
    those take from. A survey opens the outcome of each trial, and each of a stage's batches makes one."""
    below = set(sources)
    for trial in trials:  # what is taken from stands before who takes it
        if not below.isdisjoint(source for source, _ in trial["from"].values()):
            below.add(trial["id"])
    for trial in reversed(trials):
        if trial["id"] in below:
            below.update(source for source, _ in trial["from"].values())
    return [trial for trial in trials if trial["id"] in below]


def has_all_that_is_taken(trial):
    """Whether all checkpoints are there that the trial keeps: nobody takes others."""
    folder = os.path.join(outcome.folder(trial["id"]), "checkpoints")
    paths = [folder if rule == "*" else os.path.join(folder, rule + ".pt") for rule in trial.get("keep", ())]
    return bool(paths) and all(map(os.path.exists, paths))


def inputs_of(trial):
    """The files, from the project, of the inputs that a trial is given, by name."""
    return {name: os.path.join(INPUTS, of, path) for name, (of, path) in trial.get("inputs", {}).items()}


@lru_cache(maxsize=None)
def program(variant):
    """The variant's variant.json. Damaged if the code wasn't generated, or isn't whole."""
    return whole(os.path.join(CODE, variant, "variant.json"), ANEW, generated)


def fetched(identity, path):
    """Damaged if an input wasn't fetched, or is gone."""
    folder = os.path.join(INPUTS, identity)
    exists(os.path.join(folder, "input.json"), ANEW)
    exists(os.path.join(folder, path), f"delete {folder}, and {ANEW}")


@lru_cache(maxsize=None)
def prepared(data):
    """The data.json of prepared data. Damaged if they weren't prepared, or aren't whole."""
    return whole(os.path.join(PREPARED, data, "data.json"), ANEW, forms.PREPARED)


def title(trial):
    """A trial in a line of the log: `9f31c2d4a5b6 (train, encoder=cnn, seed 0)`."""
    levels = [f"{factor}={level}" for factor, level in trial["condition"].items()]
    fold = [f"fold {trial['fold']}"] if "fold" in trial else []
    return f"{trial['id'][:12]} ({', '.join([trial['stage'], *levels, 'seed ' + str(trial['seed']), *fold])})"


def resumes(variant):
    """Whether a program goes on from a checkpoint if its job ends: templates do, others if they say how."""
    try:
        stated = program(variant)
    except Damaged:
        return True  # whatever it is, its life says what is wrong
    return "command" not in stated or bool(stated.get("resume"))
