"""`expc doctor`: this machine and this folder in, what works, what doesn't, and what to do about it out."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import rich_click as click

from expc.cli.sites.examined import Result, said
from expc.cli.words import count
from expc.errors import ExpcError

SIGNS = {"ok": "ok     ", "note": "note   ", "problem": "problem"}
PYTHON = (3, 11)
SNAKEMAKE = (9, 19)
LITTLE = 2 * 2**30
"""Bytes free, below which a warning is due."""
TORCH = """
import torch
print(torch.__version__, torch.cuda.get_device_name(0) if torch.cuda.is_available() else "", sep="|")
"""
NEW_USER_AND_NETWORK = 0x10000000 | 0x40000000


@click.command()
@click.option("--site", help="A cluster's site file: each line of it is compared with the cluster, and a job tried.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def doctor(site: str | None, form: str) -> int:
    """Say whether this machine and this folder have what expc needs; nothing is changed."""
    results = []
    for result in _all(site):
        results.append(result)
        if form == "text":
            _tell(result)
    problems = sum(result.state == "problem" for result in results)
    if form == "json":
        click.echo(json.dumps([vars(result) for result in results], indent=1))
    else:
        click.echo(f"{count(problems, 'problem')}." if problems else "All that expc needs is here.")
    return int(problems > 0)


def _tell(result: Result) -> None:
    click.echo(f"{SIGNS[result.state]}  {result.what}")
    if result.advice:
        click.echo(f"         {result.advice}")


def _all(site: str | None) -> Iterator[Result]:
    """One after the other: a job that is tried may take its time."""
    cluster = None
    if site is not None:
        from expc.compiler.reading.site import load_site

        cluster = load_site(site, Path())
    for check in CHECKS:
        yield from check()
    if cluster is not None:
        from expc.cli.sites.site_health import at_site

        yield from at_site(cluster)


def _python() -> Iterator[Result]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= PYTHON:
        yield Result("ok", f"Python {version}, {sys.executable}")
    else:
        yield Result("problem", f"Python {version} is too old", "expc needs Python 3.11 or later")
    found = shutil.which("python3")
    if found is None:
        yield Result(
            "problem", "no python3 on PATH", "the workflow's rules start it; activate an environment that has it"
        )


def _snakemake() -> Iterator[Result]:
    import importlib.metadata

    try:
        version = importlib.metadata.version("snakemake")
    except importlib.metadata.PackageNotFoundError:
        yield Result("problem", "Snakemake isn't installed", "pip install 'snakemake>=9.19'")
        return
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < SNAKEMAKE:
        yield Result("problem", f"Snakemake {version} is too old", "pip install --upgrade 'snakemake>=9.19'")
    else:
        yield Result("ok", f"Snakemake {version}")
    if "SNAKEMAKE_PROFILE" in os.environ:
        yield Result(
            "note",
            f"SNAKEMAKE_PROFILE is set, to {os.environ['SNAKEMAKE_PROFILE']}",
            "it goes before workflow/profiles/default, which expc writes: unset it for expc's runs",
        )


def _workflow() -> Iterator[Result]:
    from expc import __version__
    from expc.cli.project import EXPERIMENTS, workflow

    if not Path("workflow").exists():
        yield Result("ok", "no workflow in this folder yet; `expc init` begins a spec, `expc compile` writes workflow/")
        return
    if not EXPERIMENTS.exists():
        advice = "expc writes into workflow/ and refuses to overwrite what isn't its own: use another folder"
        yield Result("problem", "the folder workflow/ is not one that expc wrote", advice)
        return
    try:
        found = workflow()
    except ExpcError as error:
        what, _, advice = str(error).partition("\n")
        yield Result("problem", what, advice.strip())
        return
    if found["expc"] != __version__:
        yield Result(
            "problem", f"workflow/ was made by expc {found['expc']}, and this is {__version__}", "compile again"
        )
    elif not Path("workflow/profiles/default/profile.yaml").is_file():
        yield Result("problem", "workflow/profiles/default/profile.yaml is gone", "compile again")
    else:
        yield Result("ok", f"a workflow of {count(len(found['experiments']), 'experiment')}, with its profile")


def _git() -> Iterator[Result]:
    if shutil.which("git") is None:
        yield Result("note", "no git", "only code that is named by a git revision needs it")
        return
    inside = said("git", "rev-parse", "--is-inside-work-tree")
    if inside == "true":
        yield Result("ok", "git, and this folder is in a repository")
    else:
        yield Result("note", "git, but this folder is in no repository", "`git init`, so that specs have a history")


def _disk() -> Iterator[Result]:
    for place, what in ((Path(), "here"), (Path(tempfile.gettempdir()), f"in {tempfile.gettempdir()}")):
        free = shutil.disk_usage(place).free
        words = f"{free / 2**30:.1f} GiB free {what}"
        if free < LITTLE:
            yield Result("problem", words, "make room, or set TMPDIR: trials' homes and expc try use it")
        else:
            yield Result("ok", words)


def _folders() -> Iterator[Result]:
    from expc.runner.places import blocked, closed

    folders = [name for name in (".", "workflow", "results", tempfile.gettempdir()) if Path(name).is_dir()]
    reasons = [*blocked(), *(words for words in map(closed, folders) if words)]
    for words in reasons:
        message, _, hint = words.partition("; ")
        yield Result("problem", message, hint)
    if not reasons:
        yield Result("ok", "this folder and the temporary one can be written")


def _cores() -> Iterator[Result]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = f", {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB of memory"
    yield Result("ok", f"{count(cores, 'core')}{memory}: as many trials run at once as their `cpus` allow")


def _torch() -> Iterator[Result]:
    found = said(sys.executable, "-P", "-c", TORCH, seconds=120)
    if not found:
        advice = "the bundled templates need it: pip install 'expc[torch]'; programs of your own may not"
        yield Result("note", "torch can't be imported", advice)
        return
    version, _, device = found.splitlines()[-1].partition("|")
    yield Result("ok", f"torch {version}")
    yield _gpu(device)


def _gpu(device: str) -> Result:
    if device:
        return Result("ok", f"a GPU: {device}")
    listed = said("nvidia-smi", "--query-gpu=name", "--format=csv,noheader")
    if listed:
        name = listed.splitlines()[0]
        return Result("note", f"a GPU, {name}, that torch doesn't see", "install a build of torch for its driver")
    return Result("ok", "no GPU: the templates run on the CPU")


def _isolation() -> Iterator[Result]:
    if _can_leave_the_network():
        yield Result("ok", "trials run without a network: the system lets us deny it")
    else:
        yield Result(
            "note",
            "trials keep the network: the system lets no ordinary user leave it",
            "outcomes say `network: open`; where you may, sysctl kernel.unprivileged_userns_clone=1 allows it",
        )


def _can_leave_the_network() -> bool:
    """Tried in a process of its own, which ends at once."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "unshare"):
        return False
    child = os.fork()
    if child == 0:
        os._exit(0 if library.unshare(NEW_USER_AND_NETWORK) == 0 else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _elsewhere() -> Iterator[Result]:
    """Said, not needed."""
    apptainer = shutil.which("apptainer") or shutil.which("singularity")
    yield Result("ok", f"Apptainer: {apptainer or 'not here'} (not needed)")
    slurm = shutil.which("sbatch")
    yield Result("ok", f"SLURM: {slurm or 'not here'} (not needed)")


CHECKS: tuple[Callable[[], Iterator[Result]], ...] = (
    *(_python, _snakemake, _workflow, _git, _disk, _folders),
    *(_cores, _torch, _isolation, _elsewhere),
)
