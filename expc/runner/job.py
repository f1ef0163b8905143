"""The environment of a start in, who pays for it out: the user, and in SLURM the job, its node and its partition."""

import os
import pwd
from functools import lru_cache

SAID = {"job": "SLURM_JOB_ID", "node": "SLURMD_NODENAME", "partition": "SLURM_JOB_PARTITION"}


def job(environ):
    """`{"job", "node", "partition"}`, of what SLURM says; empty outside of it."""
    if not environ.get(SAID["job"]):
        return {}
    return {name: environ[variable] for name, variable in SAID.items() if environ.get(variable)}


def held(trial):
    """What an attempt of the trial has for itself as long as it runs: `{"cpus"}`, and `gpus` and `at_once` if its
    plan gives them. All nodes together; `at_once` trials share the GPUs."""
    found = {"cpus": trial["cpus"] * trial.get("nodes", 1)}
    if trial.get("gpus"):
        found["gpus"] = trial["gpus"] * trial.get("nodes", 1)
        if trial.get("at_once", 1) > 1:
            found["at_once"] = trial["at_once"]
    return found


def user(environ):
    """Whoever SLURM runs the job for, else whoever this process belongs to. A container may know no names."""
    said = environ.get("SLURM_JOB_USER") if job(environ) else None
    return said or owner() or environ.get("USER") or str(os.getuid())


@lru_cache(maxsize=None)
def owner():
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return None
