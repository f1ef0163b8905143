"""A stage of a plan and the environment of a start in, what its trials get of it out: variables, secrets, network.

A secret's value is held in memory alone. It reaches the trials of the stages that name it, and is taken out of what
the runner keeps of them."""

import json
import os
from dataclasses import replace
from typing import Dict

from .files import write_bytes
from .outcome import header, planned, survey

HOST = "host"
SOFTWARE = ("container", "venv", "modules", "binds")
KEPT = ("log.txt", "metrics.jsonl", "predictions.jsonl")
HIDDEN = "***"
WORTH = 6  # letters; a shorter secret would be found everywhere, and is no secret


def network(top, trial):
    """`host` or `none`, as the trial's stage says; `top` is the plan's header."""
    return granted(top, trial["stage"]).get("network", "none")


ASKED = ("gpus", "gpu", "nodes", "launcher", "exclusive", "preemptible", "at_once", "per_job")


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


def granted(top, stage):
    return top["stages"][stage].get("environment", {})


def secrets_of(top, stages):
    """The secrets that these stages name, each with the first stage that does."""
    found: Dict[str, str] = {}
    for stage in stages:
        for name in granted(top, stage).get("secrets", ()):
            found.setdefault(name, stage)
    return found


def given(top, stage, values):
    """What a stage's trials find in their environment beside what all find; `values` are those of all secrets."""
    return {
        **granted(top, stage).get("variables", {}),
        **{name: values[name] for name in secrets_of(top, [stage]) if name in values},
    }


def missing(plan, environ):
    """What can't be started for want of a secret, a sentence for each; nothing where nothing is left to be done."""
    top = header(plan)
    if not secrets_of(top, top["stages"]):
        return []
    return absent(top, unfinished(plan), environ)


def unfinished(plan):
    """The stages that have something to do."""
    trials = planned(plan)
    return list(dict.fromkeys(trial["stage"] for trial, (step, _) in zip(trials, survey(trials)) if step))


def absent(top, stages, environ):
    """The same, of stages that have something to do."""
    return [
        f"{name} isn't set, and stage {stage} of {top['name']} needs it: set it where the workflow is started,"
        f" as in `export {name}=…`"
        for name, stage in secrets_of(top, stages).items()
        if not environ.get(name)
    ]


def carried(top, environ):
    """The secrets of all stages, of those that are set."""
    return {name: environ[name] for name in secrets_of(top, top["stages"]) if environ.get(name)}


def hidden(text, values):
    """A text without the values of secrets."""
    for value in worth_hiding(values):
        text = text.replace(value, HIDDEN)
    return text


def worth_hiding(values):
    """As they are, and as JSON writes them. The longest first: one may hold another."""
    worth = [value for value in values if len(value) >= WORTH]
    in_json = [json.dumps(value, ensure_ascii=plain)[1:-1] for value in worth for plain in (True, False)]
    return sorted({*worth, *in_json}, key=len, reverse=True)


def hide(folder, ended, values, more=()):
    """How a process ended, without secrets in what it printed last; and none in the files of its trial's folder, nor in
    `more` files, which are absolute: those that we take rows from and quote."""
    found = worth_hiding(values)
    if not found:
        return ended
    for name in (*KEPT, *more):
        scrub(os.path.join(folder, name), found)
    return replace(ended, printed=hidden(ended.printed, values))


def scrub(path, values):
    try:
        with open(path, "rb") as file:
            before = after = file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return
    for value in values:
        after = after.replace(os.fsencode(value), HIDDEN.encode())
    if after != before:
        write_bytes(path, after)
