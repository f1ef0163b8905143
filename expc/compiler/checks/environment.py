"""The environment of trials: names that are not the spec's to set, and secrets that are written down."""

from __future__ import annotations

import re
from collections.abc import Iterator

from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning.scope import StageScope
from expc.spec import Pointer

TAKEN = re.compile(
    r"EXPC_\w*|PATH|HOME|PWD|LD_\w+|DYLD_\w+|PYTHON(?:PATH|HOME|STARTUP|HASHSEED|UNBUFFERED|USERBASE)|VIRTUAL_ENV"
    r"|(?:OMP|MKL|OPENBLAS|NUMEXPR)_NUM_THREADS|VECLIB_MAXIMUM_THREADS|(?:CUDA|HIP|ROCR)_VISIBLE_DEVICES|SLURM_\w+"
)
"""What the runner or the scheduler sets, and what decides which code a program loads."""

INSTEAD = (
    (
        re.compile(r".*_NUM_THREADS|VECLIB_MAXIMUM_THREADS"),
        "threads come from `resources: {cpus: 4}`",
    ),
    (re.compile(r"EXPC_\w*"), "expc sets these itself; give yours another beginning"),
    (re.compile(r"HOME|PWD"), "each trial has a folder and a home of its own"),
    (
        re.compile(r"PYTHON\w+|PATH|LD_\w+|DYLD_\w+|VIRTUAL_ENV"),
        "activate the environment that is meant, and start again",
    ),
)
SECRET = re.compile(r"(?:^|.*_)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)", re.IGNORECASE)


def _named(context: Context) -> Iterator[tuple[Pointer, bool, str]]:
    """(where, whether as a key, name) of each variable and secret."""
    stages = context.scope.spec.stages.values()
    for pointer in dict.fromkeys([("environment",), *((*stage.pointer, "environment") for stage in stages)]):
        for name in context.written((*pointer, "variables")) or ():
            yield (*pointer, "variables", name), True, name
        for index, name in enumerate(context.written((*pointer, "secrets")) or ()):
            yield (*pointer, "secrets", index), False, name


@check("E350")
def variable_that_is_taken(context: Context) -> Iterator[Finding]:
    for pointer, key, name in _named(context):
        if TAKEN.fullmatch(name):
            hints = (hint for pattern, hint in INSTEAD if pattern.fullmatch(name))
            hint = next(hints, "the scheduler sets it, so that trials don't get in each other's way")
            yield Finding(pointer, f"{name} is not a spec's to set", hint, key=key)
    for stage in context.scope.stages.values():
        environment = stage.stage.environment
        for index, name in enumerate(environment.secrets):
            if name in environment.variables:
                message = f"stage {stage.name!r} gets {name} as a variable and as a secret"
                yield Finding((*stated(context, stage, "secrets"), index), message, "name it under one of the two")


def stated(context: Context, stage: StageScope, key: str) -> Pointer:
    """Where a key of a stage's environment is written: in the stage, or at the top of the file."""
    own = (*stage.stage.pointer, "environment", key)
    return ("environment", key) if context.written(own) is None else own


@check("E351")
def secret_that_is_written_down(context: Context) -> Iterator[Finding]:
    for pointer, key, name in _named(context):
        if key and SECRET.fullmatch(name):
            message = f"{name} looks like a secret, and variables are written into plans"
            hint = f"write `secrets: [{name}]`, and set it where the workflow is started: `export {name}=…`"
            yield Finding(pointer, message, hint, key=True)


@check("E352", after=NO_TEMPLATE)
def no_network(context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        if stage.template and stage.template.network == "host" and stage.stage.environment.network != "host":
            message = f"template {stage.template.name!r} asks servers, and its trials have no network"
            place = stated(context, stage, "network")
            if context.written(place) is None:
                yield Finding(context.task_at(stage.stage), message, "add `environment: {network: host}`")
            else:
                yield Finding(place, message, "write `network: host`")
