"""`expc try`: specs in, one step of each of their conditions taken in a scratch project, and what broke out."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from expc.cli.as_written import as_written
from expc.cli.child import begin, stop
from expc.cli.commands.completion import complete_specs
from expc.cli.watching.broke import broke

if TYPE_CHECKING:
    from expc.cli.watching.tried import Tried
    from expc.compiler.writing.write import Compiled
    from expc.report.repeated import Differs

SNAKEMAKE = ["--omit-from", "collect", "--keep-going", "--quiet"]

ONCE = "once"
"""Where the first of two runs is kept, in the scratch folder."""
UNSEEDED = (
    "The same seed should give the same numbers: hand it to all that draws at random (random, numpy, the framework, the"
    " workers that load data), and sort what comes from sets and folders. What stays different is part of every spread."
)


@click.command("try")
@click.argument("specs", nargs=-1, metavar="[SPEC...]", shell_complete=complete_specs)
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1), help="Seconds that a trial may take.")
@click.option("--twice", is_flag=True, help="Run each of these trials twice, and say which numbers differ.")
@click.option("--keep", is_flag=True, help="Keep the scratch folder, also if nothing broke.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def try_(specs: tuple[str, ...], limit: int, twice: bool, keep: bool, form: str) -> int:
    """Take one step of every condition, evaluation included, and say what would break.

    Without SPEC it is spec.yaml. The trial with the first seed of each condition starts, in a scratch folder; nothing
    is written into results/ or workflow/, but for images that are still to be made. Templates stop after one update of
    the weights. A program of your own, which sees the variable EXPC_TRY, runs until it ends or its time is up.

    With --twice, what a trial measures must be the same both times: a seed that doesn't reach all that draws at random
    counts as broken. Metrics of `kind: timing` are left out."""
    from expc.cli.commands.check import report
    from expc.cli.patience import patience, planning
    from expc.compiler.build import build
    from expc.compiler.writing.rehearse import rehearse
    from expc.compiler.writing.write import workflow_files, write

    scratch = Path(tempfile.mkdtemp(prefix="expc-try-")).resolve()
    broken = True
    try:
        with patience(planning(specs or ("spec.yaml",))):
            experiments, findings = build(specs or ("spec.yaml",), scratch)
            experiments = [rehearse(one, limit) for one in experiments]
        report(findings if form == "text" else ())
        _share_images(experiments, scratch)
        write(workflow_files(experiments, scratch), scratch)
        click.echo(f"Taking a step of each condition, in {scratch} …", err=True)
        status, said = _run(scratch), as_written(scratch)
        trouble = said(_trouble(scratch, status))
        found = [_tried(one, scratch, limit) for one in experiments]
        broken = status != 0 or any(one.broken for one in found)
        if form == "text":
            _tell(found, said)
        differs = _again(experiments, scratch) if twice and not broken else {}
        if form == "text":
            _conclude(differs, trouble, said, scratch, broken=broken, twice=twice)
        broken |= any(differs.values())
        if form == "json":
            left = str(scratch) if broken or keep else None
            click.echo(_as_json(found, differs, said, broken=broken, folder=left, trouble=trouble))
    finally:
        if not (broken or keep) or not (scratch / "results").is_dir():
            shutil.rmtree(scratch, ignore_errors=True)
    return int(broken)


def _share_images(experiments: Sequence[Compiled], scratch: Path) -> None:
    """Images take minutes to be made: those of the project serve, and one that is made now serves the project."""
    stages = [stage for one in experiments for stage in one.plan.stages.values()]
    if any("container" in stage.environment for stage in stages):
        images = Path("results/images").resolve()
        images.mkdir(parents=True, exist_ok=True)
        (scratch / "results").mkdir(exist_ok=True)
        (scratch / "results" / "images").symlink_to(images)


def _run(scratch: Path) -> int:
    """Snakemake's exit status."""
    with (scratch / "snakemake.log").open("wb") as log:
        process = begin(SNAKEMAKE, log, scratch)
        try:
            return process.wait()
        finally:
            if process.returncode is None:
                stop(process.pid)


def _tried(one: Compiled, scratch: Path, limit: int) -> Tried:
    from expc.cli.watching.tried import Tried
    from expc.report.rehearsed import rehearsed
    from expc.report.unmoved import unmoved
    from expc.runner.outcome import plan_file

    plan = scratch / plan_file(one.name, one.digest)
    return Tried(one.name, scratch / one.spec_path, rehearsed(plan, limit), tuple(unmoved(plan)))


def _again(experiments: Sequence[Compiled], scratch: Path) -> dict[str, list[Differs]]:
    """Run all trials once more; by experiment, which of them measured something else."""
    from expc.report.repeated import repeated
    from expc.runner.outcome import TRIALS, plan_file

    (scratch / ONCE / "results").mkdir(parents=True)
    (scratch / TRIALS).rename(scratch / ONCE / TRIALS)
    click.echo("And once more …", err=True)
    _run(scratch)
    plans = {one.name: scratch / plan_file(one.name, one.digest) for one in experiments}
    return {name: repeated(plan, scratch / ONCE) for name, plan in plans.items()}


def _tell(found: Sequence[Tried], said: Callable[[str], str]) -> None:
    from expc.cli.watching.tried import as_lines

    for line in (line for one in found for line in as_lines(one, said)):
        click.echo(line)


def _conclude(
    differs: Mapping[str, Sequence[Differs]],
    trouble: str,
    said: Callable[[str], str],
    scratch: Path,
    *,
    broken: bool,
    twice: bool,
) -> None:
    """What the second run showed, and where everything is, if anything broke."""
    from expc.cli.watching.tried import differing_lines

    for line in (line for name, found in differs.items() for line in differing_lines(name, found)):
        click.echo(said(line))
    if broken and twice:
        click.echo("Nothing ran twice: mend this first.")
    if broken:
        click.echo(f"{trouble}Everything it left is in {scratch}.")
    if any(differs.values()):
        click.echo(f"{UNSEEDED}\nThe first run is in {scratch / ONCE}, the second in {scratch}.")


def _as_json(
    found: Sequence[Tried],
    differs: Mapping[str, Sequence[Differs]],
    said: Callable[[str], str],
    *,
    broken: bool,
    folder: str | None,
    trouble: str,
) -> str:
    """`differs` of an experiment is null where nothing ran twice."""
    from expc.cli.watching.tried import as_json, differing_json

    tried: list[dict[str, Any]] = []
    for one in found:
        other = differing_json(differs[one.name], said) if one.name in differs else None
        tried.append(as_json(one, said) | {"differs": other})
    stated = {"broken": broken, "folder": folder, "trouble": trouble.strip(), "experiments": tried}
    return json.dumps(stated, indent=1)


def _trouble(scratch: Path, status: int) -> str:
    """What Snakemake says, where code or data could not even be made."""
    if not status:
        return ""
    said = broke(scratch / "snakemake.log", scratch)
    return f"Not all could be started:\n{said}\n"
