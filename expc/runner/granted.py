"""A stage of a plan and the environment of a start in, what its trials get of it out: variables, secrets, network.

A secret's value is held in memory alone, and reaches the trials of the stages that name it."""

from typing import Dict

HOST = "host"


def network(top, trial):
    """`host` or `none`, as the trial's stage says; `top` is the plan's header."""
    return granted(top, trial["stage"]).get("network", "none")


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


def missing(todo, environ):
    """What can't be started for want of a secret, a sentence for each; nothing where nothing is left to be done."""
    top = todo.header
    return absent(top, todo.stages, environ) if secrets_of(top, top["stages"]) else []


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
