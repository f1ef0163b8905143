"""This machine in, what an outcome says of it out."""

import os
import platform
import re
from functools import lru_cache

from .files import content
from .gpus import models
from .job import job


@lru_cache(maxsize=None)
def hardware(gpus):
    """`{"host", "cpu", "gpu"}`; `gpu` is null where the trial was given none."""
    return {"host": os.uname().nodename, "cpu": cpu(), "gpu": gpu() if gpus else None}


def where():
    """In SLURM `{"job", "node"}`, which lead from an outcome to the job; else nothing."""
    found = job(os.environ)
    return {name: found[name] for name in ("job", "node") if name in found}


def cpu():
    found = re.search(r"^model name\s*:\s*(.+)$", content("/proc/cpuinfo"), re.MULTILINE)
    return found.group(1) if found else platform.machine()


def gpu():
    """From what the driver says under /proc: asking it through a program would take a second."""
    return ", ".join(sorted(set(models()))) or None
