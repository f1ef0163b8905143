"""The site of a workflow in, the options with which Snakemake runs there out."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from expc.errors import ExpcError, SpecError
from expc.runner.places import misread

if TYPE_CHECKING:
    from expc.compiler.reading.site import Site

PROFILE = "workflow/profiles/slurm"


LONG = 30.0
"""Seconds. A scheduler that is busy may answer late, and nothing has started yet."""
UNHURRIED = ("E512",)
"""What may pass by itself: jobs wait until it has."""


class NoSchedulerError(ExpcError):
    """A workflow for a cluster that is started elsewhere."""


def profile_options(site: Site | None, options: Sequence[str]) -> list[str]:
    """None on this machine, or if the options name a profile or an executor themselves."""
    if site is None or any(option.startswith(("--workflow-profile", "--profile", "--executor")) for option in options):
        return []
    if shutil.which("sbatch") is None:
        raise NoSchedulerError(
            f"this is no login node of {site.name}: there is no sbatch here.\n"
            "    Run it there; or on this machine, with `--here`."
        )
    if find_spec("snakemake_executor_plugin_slurm") is None:
        raise NoSchedulerError("Snakemake's SLURM executor isn't installed.\n    pip install 'expc[slurm]'")
    if lacks := misread(str(Path.cwd())):
        raise ExpcError("\n".join(lacks))
    _refuse_if_silent(site)
    check_cluster(site)
    most = site.values["jobs"]["most"]
    click.echo(f"Running at {site.name} ({site.values['file']}), at most {most} jobs at a time.", err=True)
    return ["--workflow-profile", PROFILE]


def check_cluster(site: Site) -> None:
    """Raises SpecError for lines of the site file that aren't so: SLURM would refuse each job, one after the other.

    A scheduler that doesn't answer now may do so when the jobs come."""
    from expc.cli.sites.at_cluster import differences
    from expc.jobs.ask import Silent
    from expc.jobs.cluster import cluster

    try:
        live = cluster()
    except Silent:
        return
    if found := [finding for finding in differences(site, live) if finding.code not in UNHURRIED]:
        raise SpecError(found)


def _refuse_if_silent(site: Site) -> None:
    """Raises NoSchedulerError if nobody answers: Snakemake could submit nothing, nor hear of it."""
    from expc.jobs.ask import Silent, asked
    from expc.jobs.queue import command

    try:
        asked(command(), LONG)
    except Silent as silence:
        raise NoSchedulerError(
            f"SLURM doesn't answer: {silence}.\n"
            f"    Start this on a login node of {site.name}, or on this machine with `--here`; "
            f"`expc doctor --site {site.values['file']}` says more."
        ) from None
