"""A command of SLURM in, what it printed out; or why it didn't answer."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

PATIENCE = 5.0
"""Seconds. A scheduler that is busy or gone may not answer for minutes, and nobody waits for a display so long."""

SETTINGS = ("SQUEUE_", "SACCT_", "SCANCEL_", "SCONTROL_", "SLURM_TIME_FORMAT", "SLURM_CLUSTERS", "SLURM_BITSTR_LEN")
"""Variables by which users change what the commands print, or what they are about."""

SITE = Path("workflow/site.json")
LOGS = Path(".snakemake/slurm_logs")
"""Where Snakemake's executor puts a job's log: `rule_<rule>/<wildcards>/<job>.log`."""


class Silent(Exception):  # noqa: N818 - it says nothing of whose error it is
    """SLURM didn't answer; the message says what was asked and what came of it."""


def concerned() -> bool:
    """Whether this project has anything to do with SLURM: compiled for a site, or submitted from here."""
    return (SITE.exists() or LOGS.exists()) and shutil.which("squeue") is not None


def asked(command: Sequence[str], seconds: float = PATIENCE) -> str:
    """The output of a command that changes nothing, or asks SLURM to change something."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            env=plain(os.environ),
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise Silent(f"{command[0]} isn't on this machine") from None
    except subprocess.TimeoutExpired:
        raise Silent(f"{command[0]} hasn't answered within {seconds:g} s") from None
    if done.returncode:
        said = next((line.strip() for line in reversed(done.stderr.splitlines()) if line.strip()), "")
        raise Silent(f"{said or f'exit status {done.returncode}'} ({command[0]})")
    return done.stdout


def plain(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith(SETTINGS)}
