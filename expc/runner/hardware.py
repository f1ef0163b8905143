"""This machine in, what an outcome says of it out."""

import os
import platform
import re
from functools import lru_cache
from glob import glob

from .job import job


@lru_cache(maxsize=None)
def hardware():
    """`{"host", "cpu", "gpu"}`; `gpu` is null where there is none or the trial was given none."""
    return {"host": os.uname().nodename, "cpu": cpu(), "gpu": gpu()}


def where():
    """In SLURM `{"job", "node"}`, which lead from an outcome to the job; else nothing."""
    found = job(os.environ)
    return {name: found[name] for name in ("job", "node") if name in found}


def cpu():
    found = re.search(r"^model name\s*:\s*(.+)$", content("/proc/cpuinfo"), re.MULTILINE)
    return found.group(1) if found else platform.machine()


def gpu():
    """From what the driver says under /proc: asking it through a program would take a second."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") == "":
        return None
    texts = map(content, sorted(glob("/proc/driver/nvidia/gpus/*/information")))
    models = [
        found.group(1) for found in (re.search(r"^Model:\s*(.+)$", text, re.MULTILINE) for text in texts) if found
    ]
    return ", ".join(sorted(set(models))) or None


def content(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
