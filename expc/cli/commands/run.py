"""`expc run`, `retry`, `tables`: from specs to results, with a line that says how far it is."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from expc.cli.child import begin, stop
from expc.cli.commands.compile import without_containers
from expc.cli.commands.completion import complete_specs, complete_trials
from expc.cli.words import count
from expc.errors import Diagnostic, ExpcError

if TYPE_CHECKING:
    from expc.cli.watching.progress import Progress
    from expc.compiler.writing.write import Compiled

LOG = Path("results/snakemake.log")
OVERRIDE = re.compile(r"[A-Za-z_][\w.-]*=.*", re.DOTALL)
"""What Hydra would take for an override."""
NO_PROGRAM = "R020"
"""No trial of it could be started on this machine."""


class RunError(ExpcError):
    """Snakemake ended with an error, or can't be started."""


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument(
    "specs", nargs=-1, required=True, metavar="SPEC... [-- SNAKEMAKE OPTIONS]", shell_complete=complete_specs
)
@click.option("--only", is_flag=True, help="Drop experiments of workflow/ that are not named.")
@click.option("--site", help="Run at this cluster: its site file; without, that of the last time, if there was one.")
@click.option("--here", is_flag=True, help="Run on this machine, also if workflow/ is for a cluster.")
@click.option(
    "--controller", type=click.Choice(["slurm"]), help="Let a small job run the workflow: nothing stays open here."
)
@without_containers
def run(
    specs: tuple[str, ...], only: bool, site: str | None, here: bool, controller: str | None, no_container: bool
) -> int:
    """Compile specs, run the workflow, and print the tables.

    A trial that fails is a result: tables show how many of how many there are, and the exit code is 0 even if none is
    left. With `on_failure: stop` in the spec it is 1. It is 1, too, where code, data or tables can't be made."""
    from expc.cli.commands.check import report
    from expc.cli.patience import patience, planning
    from expc.cli.project import elsewhere
    from expc.cli.sites.at_site import profile_options
    from expc.cli.sites.controlling import refuse_beside_a_controller, refuse_unless_possible, start
    from expc.compiler.build import build
    from expc.compiler.writing.chosen import chosen_site
    from expc.compiler.writing.outside import outside
    from expc.compiler.writing.write import workflow_files, write

    paths, options = _divided(specs)
    cluster = chosen_site(site, Path())
    if controller:
        refuse_unless_possible(cluster, here=here)
    elif cluster:
        refuse_beside_a_controller()
    with patience(planning(paths)):
        experiments, findings = build(paths, Path(), cluster)
    report(findings)
    for line in elsewhere(paths):
        click.echo(click.style(line, fg="yellow"), err=True)
    if no_container:
        experiments = [outside(one) for one in experiments]
    files = workflow_files(experiments, Path(), cluster)
    there = [] if here else profile_options(cluster, options)  # first: it refuses a cluster that doesn't answer
    write(files, Path(), only=only)
    local = here or not (cluster or options)  # else Snakemake looks, once it knows where jobs run
    _refuse_without_what_is_needed(experiments, findings, local=local)
    if controller:
        start([*there, *options])
        return 0
    return _to_the_tables(experiments, [*there, *options])


def _refuse_without_what_is_needed(
    experiments: Sequence[Compiled], findings: Iterable[Diagnostic], *, local: bool
) -> None:
    """Raises RunError: before anything starts, what all trials would fail for is said once."""
    from expc.cli.anew import prepare_anew
    from expc.runner import container, devices, granted
    from expc.runner.outcome import plan_file
    from expc.runner.places import blocked, shut
    from expc.runner.todo import Todo

    names, left = [one.name for one in experiments], [Todo(plan_file(one.name, one.digest)) for one in experiments]
    lacks = [*blocked(names), *shut(names)]
    for todo in left:
        lacks += [*granted.missing(todo, os.environ), *container.missing(todo, os.environ)]
    if local:
        lacks += [lack for todo in left for lack in devices.missing(todo, os.environ)]
        lacks += [f"no trial would start: {one.message} ({one.code})" for one in findings if one.code == NO_PROGRAM]
    if lacks:
        raise RunError("\n".join(lacks))
    for line in prepare_anew(trial for todo in left for trial in todo.to_run):
        click.echo(line, err=True)


def _to_the_tables(experiments: Sequence[Compiled], options: Sequence[str]) -> int:
    """Run Snakemake to its end, and show what there is."""
    from expc.cli.alone import alone
    from expc.cli.watching.broke import broke
    from expc.cli.watching.progress import Progress
    from expc.runner.outcome import plan_file

    with alone():
        progress = Progress([plan_file(one.name, one.digest) for one in experiments])
        ended = _snakemake(options, progress)
    if ended:
        raise RunError(f"{progress.summary()}\n{broke(LOG, Path())}\n`expc tables` builds tables from what is there.")
    for one in experiments:
        _show(one.name, [table.name for table in one.scope.spec.tables], [f.name for f in one.scope.spec.figures])
    click.echo(click.style(progress.summary(), bold=progress.all_failed, fg="red" if progress.all_failed else None))
    _loudly([one.name for one in experiments])
    return 0


def _loudly(names: Iterable[str]) -> None:
    for line in (line for name in names for line in _loud(name)):
        click.echo(click.style(line, fg="red", bold=True))


def _loud(name: str) -> Iterator[str]:
    """What tables and figures can't say by themselves: that nothing is in them, or what isn't what was measured."""
    from expc.report.altered import altered
    from expc.report.uncounted import uncounted

    yield from altered(name)
    yield from uncounted(name)


def _divided(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Specs, and from the first option on what is for Snakemake."""
    first = next((index for index, word in enumerate(words) if word.startswith("-")), len(words))
    if first == 0:
        raise click.UsageError(
            "name the specs first, and what is for Snakemake after them: `expc run spec.yaml --cores 4`"
        )
    for word in words[:first]:
        if OVERRIDE.fullmatch(word) and not Path(word).exists():
            raise click.UsageError(
                f"{word} is no spec, and nothing is set at the command line: what was run stands in the spec, as a"
                f" level or under `params: {{{word.partition('=')[0]}: …}}`"
            )
    return list(words[:first]), list(words[first:])


def _snakemake(options: Sequence[str], progress: Progress) -> int:
    from expc.cli.watching.hindered import Hindered
    from expc.cli.watching.watch import watch

    LOG.parent.mkdir(parents=True, exist_ok=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # nohup ignores it
            signal.signal(number, signal.default_int_handler)
    with LOG.open("wb") as log:
        process = begin(options, log)
        try:
            return watch(process, progress, Hindered(LOG, progress.begun))
        finally:
            if process.returncode is None:
                with contextlib.suppress(OSError):  # the terminal may be what has gone
                    click.echo("Stopping: trials that run are asked to end; the next `expc run` goes on.", err=True)
                stop(process.pid)


def _show(name: str, tables: Iterable[str], figures: Iterable[str], changed: str = "") -> None:
    """The tables of an experiment, below them what has changed since they were asked for, and where all answers lie."""
    pages = [Path("results", name, "tables", f"{table}.md") for table in tables]
    for page in pages:
        click.echo(f"\n{page.read_text(encoding='utf-8').rstrip()}\n")
    if changed:
        click.echo(click.style(f"{changed}\n", fg="yellow"))
    for path in _answers(name, tables, figures):
        click.echo(path)


def _answers(name: str, tables: Iterable[str], figures: Iterable[str]) -> Iterator[str]:
    """The files of an experiment that people read."""
    folder = f"results/{name}"
    yield from (f"{folder}/results.csv", f"{folder}/curves.csv")
    yield from (f"{folder}/tables/{table}.{kind}" for table in tables for kind in ("md", "csv"))
    yield from (f"{folder}/figures/{figure}.{kind}" for figure in figures for kind in ("svg", "png"))


@click.command()
@click.argument("trials", nargs=-1, metavar="[TRIAL...]", shell_complete=complete_trials)
def retry(trials: tuple[str, ...]) -> None:
    """Let failed trials run again, all of them or those named; then start `snakemake` or `expc run`.

    TRIAL is an id or its beginning, or what trials have: `expc retry encoder=cnn seed=0`."""
    from expc.cli.retrying import retried

    done = retried(trials)
    if not done:
        click.echo(f"No trial of {' '.join(trials)} has failed." if trials else "No trial has failed.")
    for line in done:
        click.echo(line)


@click.command()
@click.argument("names", nargs=-1, metavar="[SPEC...]", shell_complete=complete_specs)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def tables(names: tuple[str, ...], form: str) -> None:
    """Build tables and figures from what is there, finished or not."""
    from expc.cli.project import chosen, workflow
    from expc.cli.watching.edited import edited

    experiments = workflow()["experiments"]
    found = list(chosen(names))
    changed = edited(workflow(), found)
    _refuse_to_empty(found)
    for name in found:
        _build(name, experiments[name])
        if form == "text":
            _show(name, experiments[name]["tables"], experiments[name]["figures"], changed.get(name, ""))
    if form == "text":
        _loudly(found)
    else:
        stated = [_as_json(name, experiments[name]) | {"edited": changed.get(name)} for name in found]
        click.echo(json.dumps(stated, indent=1))


def _build(name: str, experiment: Mapping[str, Any]) -> None:
    from expc.report.collect import collect
    from expc.report.figures import figures
    from expc.report.tables import tables as build_table

    collect(name)
    for table in experiment["tables"]:
        build_table(name, table)
    for figure in experiment["figures"]:
        figures(name, figure)


def _as_json(name: str, experiment: Mapping[str, Any]) -> dict[str, Any]:
    from expc.report.tabled import tabled

    files = list(_answers(name, experiment["tables"], experiment["figures"]))
    return {"name": name, "files": files, "tables": tabled(name, experiment["tables"]), "loud": list(_loud(name))}


def _refuse_to_empty(names: Iterable[str]) -> None:
    """Raises ExpcError: a repository that has an experiment's tables, and not its trials, would lose the numbers."""
    from expc.report.emptied import emptied

    for name in names:
        if lost := emptied(name):
            raise ExpcError(
                f"results/{name}/results.csv has the numbers of {count(lost, 'trial')}, and results/trials has none of"
                " them: new tables would have no numbers. Nothing was changed.\n"
                f"    Put results/trials here, or let `expc run` run them; or delete results/{name}, and build it anew."
            )
