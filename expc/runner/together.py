"""Trials of a plan in, those that one job may have together out: they ask for the same, in the same software."""

import json

from .granted import granted, network
from .outcome import EVALUATE, READ

ASKED = ("gpus", "gpu", "nodes", "launcher", "exclusive", "preemptible", "at_once", "per_job")
SOFTWARE = ("container", "venv", "modules", "binds")


LIGHT = {"cpus": 1, "memory": 300, "time": 5, "data": None}
"""What it takes to read a log; MiB and seconds."""


def at_step(step, top, trials):
    """A plan's header, and of its trials those that a step is for, as they count there: to read a log takes no GPU, no
    container and no secret."""
    if step != READ:
        return top, [trial for trial in trials if step in (EVALUATE, trial["stage"])]
    bare = {name: {**stage, "environment": {}} for name, stage in top["stages"].items()}
    light = [
        {**{name: value for name, value in one.items() if name not in ("inputs", *ASKED)}, **LIGHT} for one in trials
    ]
    return {**top, "stages": bare}, light


def resources(top, trial):
    """The class of a trial: one job has trials of one class, which run in the same software."""
    limits = trial["cpus"], trial["memory"], trial["time"], network(top, trial)
    return (*limits, *(trial.get(name) for name in ASKED), software(top, trial))


def of_one_class(top, trials):
    """The trials of a range that are of the first one's class, each once: what lies between is of other batches."""
    wanted = resources(top, trials[0]) if trials else None
    return list({trial["id"]: trial for trial in trials if resources(top, trial) == wanted}.values())


def software(top, trial):
    """Where the trial's programs come from, as its stage says: the image, the virtual environment, the modules, and
    what else is to be seen in there. As text; "{}" where it is what the workflow was started in."""
    stated = granted(top, trial["stage"])
    return json.dumps({name: stated[name] for name in SOFTWARE if name in stated}, sort_keys=True)
