"""This machine in, a sentence about it out that names nobody's host."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version


def machine() -> str:
    """Cores, memory and versions; and how busy it was, since a busy machine is no good for this."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ("expc", "snakemake", "torch", "hydra-core", "hydra-joblib-launcher", "joblib")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return (
        f"{cores} cores ({platform.machine()}), {memory:.0f} GiB of memory, {platform.system()}, "
        f"Python {platform.python_version()}, {versions}. "
        f"Load average when it began: {os.getloadavg()[0]:.1f}."
    )
