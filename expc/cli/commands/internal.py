"""What the workflow's rules call: one step of it each. Not for people, but nothing forbids it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import rich_click as click

from expc import __version__
from expc.cli.project import workflow
from expc.errors import ExpcError, nearest


@click.group(hidden=True)
def internal() -> None:
    """The steps of a compiled workflow."""


def _workflow() -> dict[str, Any]:
    """`workflow/experiments.json`, which must be of this version."""
    found = workflow()
    if found["expc"] != __version__:
        raise ExpcError(
            f"this workflow was made by expc {found['expc']}, and this is expc {__version__}; run `expc compile` again"
        )
    return found


def _entry(kind: str, name: str) -> Any:
    entries = _workflow().get(kind, {})
    if name not in entries:
        raise ExpcError(f"the workflow has no {name!r} among its {kind}; {nearest(name, entries)}")
    return entries[name]


@internal.command()
def site() -> None:
    """Whether the cluster is as the site file of workflow/ says; asked before jobs are submitted."""
    from expc.cli.sites.at_site import check_cluster
    from expc.compiler.writing.chosen import chosen_site

    if (found := chosen_site(None, Path())) is not None:
        check_cluster(found)


@internal.command()
@click.argument("variant")
def code(variant: str) -> None:
    """Generate results/code/VARIANT."""
    make_code(variant)


def make_code(variant: str) -> None:
    from expc.compiler.writing.generate import generate

    generate(variant, _entry("variants", variant), Path("results/code") / variant, Path())


@internal.command("data")
@click.argument("identity")
def data_(identity: str) -> None:
    """Prepare results/data/IDENTITY."""
    make_data(identity)


def make_data(identity: str) -> None:
    from expc.data.prepare import prepare

    prepare(_entry("data", identity), Path("results/data") / identity, Path())


@internal.command()
@click.argument("identity")
def fetch(identity: str) -> None:
    """Fetch results/inputs/IDENTITY. Of two workflows that want it, one waits: both would write the same files."""
    from expc.cli.commands.images import only_one
    from expc.data.inputs import fetch as fetched

    target = Path("results/inputs") / identity
    with only_one(target.with_suffix(".lock")):
        fetched(_entry("inputs", identity), target, Path())


@internal.command()
@click.argument("identity")
def image(identity: str) -> None:
    """Make results/images/IDENTITY.sif."""
    from expc.cli.commands.images import make_image

    make_image(identity, _entry("images", identity), _workflow()["experiments"])


@internal.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1)
def control(options: tuple[str, ...]) -> int:
    """Run the workflow from inside a job; `expc run --controller slurm` submits it."""
    from expc.cli.sites.controlling import control as controlled

    if "SLURM_JOB_ID" not in os.environ:
        raise click.UsageError("this is what a controller's job runs; `expc run --controller slurm` submits one")
    return controlled(options)


@internal.command()
@click.argument("name")
def collect(name: str) -> None:
    """Write results/NAME/results.csv and curves.csv."""
    from expc.jobs.ask import SITE
    from expc.report.awaited import await_outcomes
    from expc.report.collect import collect as collected

    entry = _entry("experiments", name)
    if SITE.exists():
        await_outcomes(name, entry["plan"])
    collected(name)


@internal.command()
@click.argument("name")
@click.argument("table_name")
def table(name: str, table_name: str) -> None:
    """Write a table of NAME."""
    from expc.report.tables import tables

    _entry("experiments", name)
    tables(name, table_name)


@internal.command()
@click.argument("name")
@click.argument("figure_name")
def figure(name: str, figure_name: str) -> None:
    """Draw a figure of NAME."""
    from expc.report.figures import figures

    _entry("experiments", name)
    figures(name, figure_name)
