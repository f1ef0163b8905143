"""`expc compile` and `expc plan`: specs in, `workflow/` or what would be done out."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import rich_click as click

from expc.cli.commands.check import report
from expc.cli.commands.completion import complete_specs

without_containers = click.option(
    "--no-container", is_flag=True, help="Let trials run outside the containers that the specs name; outcomes say so."
)


@click.command("compile")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...", shell_complete=complete_specs)
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if workflow/ is not current.")
@click.option("--only", is_flag=True, help="Drop experiments of workflow/ that are not named.")
@click.option("--site", help="A cluster's site file, for workflow/profiles/slurm; without, the one of the last time.")
@click.option("--no-site", is_flag=True, help="Drop the cluster's profile.")
@without_containers
def compile_(
    specs: tuple[str, ...], only_check: bool, only: bool, site: str | None, no_site: bool, no_container: bool
) -> int:
    """Write workflow/ for exactly these specs; `snakemake` then runs it."""
    from expc.cli.patience import patience, planning
    from expc.cli.planning.allotted import allotted
    from expc.cli.sites.at_site import PROFILE
    from expc.compiler.build import build
    from expc.compiler.writing.chosen import chosen_site
    from expc.compiler.writing.outside import outside
    from expc.compiler.writing.write import outdated, workflow_files, write

    if site is not None and no_site:
        raise click.UsageError("--site and --no-site exclude each other")
    project = Path()
    cluster = chosen_site(site, project, none=no_site)
    with patience(planning(specs)):
        experiments, findings = build(specs, project, cluster, looking=only_check)
        if no_container:
            experiments = [outside(one) for one in experiments]
        files = workflow_files(experiments, project, cluster)
    report(findings)
    if only_check:
        late = outdated(files, project)
        for line in _late(late, files, project):
            click.echo(line)
        how = " --no-site" if no_site else ""
        click.echo(f"Run `expc compile {' '.join(specs)}{how}`." if late else "workflow/ is current.")
        return int(bool(late))
    changed = write(files, project, only=only)
    for one in experiments:
        trials = sum(len(cell.trials) for cell in one.plan.cells)
        conditions = {(cell.stage, *cell.condition.items()) for cell in one.plan.cells}  # a fold is a cell of its own
        click.echo(f"{one.name}: {trials} trials in {len(conditions)} conditions")
    if cluster is not None:
        for line in allotted(experiments, cluster):
            click.echo(line)
    start = f"snakemake --workflow-profile {PROFILE}" if cluster else "snakemake"
    click.echo(f"Wrote workflow/; start it with `{start}`." if changed else "workflow/ was current already.")
    return 0


def _late(late: Sequence[str], files: Mapping[str, bytes], project: Path) -> Iterator[str]:
    """The first files that a compilation would change, and why there are so many."""
    from expc import __version__
    from expc.compiler.writing.differs import LINE_ENDS, NAMED, other_line_ends
    from expc.compiler.writing.write import WORKFLOW, stated

    if not (project / WORKFLOW).exists():
        yield "There is no workflow/ here."
        return
    yield from (f"workflow/{path} is not current" for path in late[:NAMED])
    if len(late) > NAMED:
        yield f"and {len(late) - NAMED} more"
    if late and (version := stated(project).get("expc", __version__)) != __version__:
        yield f"It was written by expc {version}, and this is {__version__}."
    if other_line_ends(late, files, project / WORKFLOW):
        yield f"{LINE_ENDS[0].upper()}{LINE_ENDS[1:]}."


@click.command()
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...", shell_complete=complete_specs)
@click.option("--detailed-exitcode", is_flag=True, help="0: nothing to do, 1: an error, 2: there are changes.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def plan(specs: tuple[str, ...], detailed_exitcode: bool, form: str) -> int:
    """Show what would run, and why, and what it would cost; nothing is run or written."""
    from expc.cli.patience import patience, planning
    from expc.cli.planning.planned import plans_as_json, plans_as_text
    from expc.cli.project import elsewhere
    from expc.compiler.build import build
    from expc.compiler.planning.changes import changes

    with patience(planning(specs)):
        experiments, findings = build(specs, Path(), looking=True)
        found = [changes(one.name, one.text.decode(), one.digest, one.scope.spec.budget) for one in experiments]
    if form == "json":
        click.echo(json.dumps(plans_as_json(found), indent=1))
    else:
        report(findings)
        click.echo(plans_as_text(found, _width()))
        for line in elsewhere(specs):
            click.echo(click.style(line, fg="yellow"))
    return 2 if detailed_exitcode and any(one.anything for one in found) else 0


def _width() -> int | None:
    """Of the terminal, if a person looks at one."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
