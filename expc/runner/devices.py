"""The trials of a start and its machine in, what they ask for that isn't there out: said once, before anything runs."""

import os
import re
import subprocess
import sys
from glob import glob

from . import gpus
from .task import CODE, program

TORCH = re.compile(rb"^\s*(?:import|from)\s+torch\b", re.MULTILINE)
PROBE = "import torch; print(torch.cuda.device_count() if torch.cuda.is_available() else 0, torch.__version__)"
ASKED = ("gpus", "gpu", "nodes", "launcher")
PATIENCE = 120  # seconds; a cold file system takes its time to import torch


def missing(todo, environ):
    """What this machine lacks for the trials of a plan that have something left to be done, a sentence for each."""
    if todo.header.get("try") or not any(map(asks, todo.trials)):  # a rehearsal makes do with what there is
        return []
    return [f"{todo.header['name']}: {lack}" for lack in absent(todo.to_run, environ)]


def asks(trial):
    return any(name in trial for name in ASKED)


def without(trial):
    """A trial to be rehearsed on processors."""
    return {name: value for name, value in trial.items() if name not in ASKED}


def absent(trials, environ, root="/"):
    """The same, of trials that have something to do."""
    names, types = gpus.visible(environ, root), gpus.models(root)
    lacks = [lack for trial in trials if asks(trial) for lack in lacking(trial, names, types, environ)]
    return list(dict.fromkeys(lacks))


def lacking(trial, names, types, environ):
    wanted = trial.get("gpus", 0)
    if not environ.get("SLURM_JOB_ID"):
        if trial.get("nodes", 1) > 1:
            yield f"stage {trial['stage']} asks for {trial['nodes']} nodes, and this machine is one: use a cluster"
        elif trial.get("launcher") == "srun":
            yield f"stage {trial['stage']} asks for `launcher: srun`, and this is no SLURM job: use a cluster"
        if wanted and len(names) >= wanted and not fits(trial, types, environ):
            yield f"stage {trial['stage']} asks for a GPU of type {trial['gpu']}, and this machine has {listed(types)}"
    if len(names) < wanted:
        yield (
            f"stage {trial['stage']} asks for {counted(wanted)}, and there {'is' if len(names) == 1 else 'are'}"
            f" {len(names) or 'none'}: run it where there are more, or write `gpus: {min(len(names), 1)}` to do without"
        )


def fits(trial, types, environ):
    """Whether this machine's GPUs are of the type that is asked for. Who names some in CUDA_VISIBLE_DEVICES knows."""
    if "gpu" not in trial or not types:
        return True
    found = [plain(trial["gpu"]) in plain(model) for model in types]
    return any(found) if gpus.VISIBLE in environ else all(found)


def plain(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


def listed(types):
    return " and ".join(sorted(set(types)))


def counted(number):
    return "1 GPU" if number == 1 else f"{number} GPUs"


def unseen(trials, names):
    """Why PyTorch here can't use the GPUs that are there, as above; nothing if it can, or nobody asks.

    Asked in a process of its own: one that has touched a GPU can't be forked."""
    wanted = max((trial.get("gpus", 0) for trial in trials if uses_torch(trial["variant"])), default=0)
    if not wanted:
        return []
    found = dict(os.environ, **gpus.variables(names))
    asked = [sys.executable, "-c", PROBE]
    try:
        said = subprocess.check_output(asked, env=found, stderr=subprocess.DEVNULL, timeout=PATIENCE)
        count, version = said.decode(errors="replace").split()[-2:]
        seen = int(count)
    except (OSError, ValueError, subprocess.SubprocessError):
        return []  # its import fails; each trial then says why
    if seen >= wanted:
        return []
    return [
        f"PyTorch {version} of {sys.executable} sees {seen or 'none'} of {counted(len(names))}: install a build for"
        " this driver (https://pytorch.org/get-started), or write `gpus: 0` to run on processors"
    ]


def uses_torch(variant):
    """Whether it is a template's code, and imports PyTorch."""
    try:
        if "command" in program(variant):
            return False
        return any(TORCH.search(content(path)) for path in glob(os.path.join(CODE, variant, "*.py")))
    except (OSError, ValueError):
        return False


def content(path):
    with open(path, "rb") as file:
        return file.read()
