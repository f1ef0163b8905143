"""A command of SLURM in, what it printed out; or why it didn't answer."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from expc.runner.habits import habits

PATIENCE = 5.0
"""Seconds. A scheduler that is busy or gone may not answer for minutes, and nobody waits for a display so long."""

ABOUT = ("SLURM_CONF", "SLURM_JWT")
"""Of the variables that SLURM itself sets and reads, those that say where it is and who asks. The others tell srun and
sbatch that they are inside a job, whose nodes they then use."""

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
    """For commands that are about the whole cluster, wherever they are typed and whatever a user is used to."""
    left_out = {*habits(environ), *(name for name in environ if name.startswith("SLURM_") and name not in ABOUT)}
    return {name: value for name, value in environ.items() if name not in left_out}
