"""`expc try`: specs in, one step of each of their conditions taken in a scratch project, and what broke out."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from expc.cli.as_written import as_written
from expc.cli.child import begin, stop
from expc.cli.commands.completion import complete_specs
from expc.cli.watching.broke import broke, text_of
from expc.cli.words import count

if TYPE_CHECKING:
    from expc.compiler.writing.write import Compiled
    from expc.report.rehearsed import Seen
    from expc.report.repeated import Differs

SNAKEMAKE = ["--omit-from", "collect", "--keep-going", "--quiet"]
LOG_LINES = 8
SHOWN = 8
"""Conditions that are listed of those that broke in the same way."""

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
def try_(specs: tuple[str, ...], limit: int, twice: bool, keep: bool) -> int:
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
        report(findings)
        _share_images(experiments, scratch)
        write(workflow_files(experiments, scratch), scratch)
        click.echo(f"Taking a step of each condition, in {scratch} …", err=True)
        status = _run(scratch)
        broken = _report(experiments, scratch, limit) or status != 0
        differs = twice and not broken and _again(experiments, scratch)
        if broken and twice:
            click.echo("Nothing ran twice: mend this first.")
        if broken:
            click.echo(as_written(scratch)(_trouble(scratch, status)) + f"Everything it left is in {scratch}.")
        elif differs:
            broken = True
            click.echo(f"{UNSEEDED}\nThe first run is in {scratch / ONCE}, the second in {scratch}.")
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


def _again(experiments: Sequence[Compiled], scratch: Path) -> bool:
    """Run all trials once more, and say which measured something else; whether any did."""
    from expc.report.repeated import repeated
    from expc.runner.outcome import TRIALS, plan_file

    (scratch / ONCE / "results").mkdir(parents=True)
    (scratch / TRIALS).rename(scratch / ONCE / TRIALS)
    click.echo("And once more …", err=True)
    _run(scratch)
    differs = False
    for one in experiments:
        plan = scratch / plan_file(one.name, one.digest)
        found = repeated(plan, scratch / ONCE)
        for line in _differing(one.name, found):
            click.echo(as_written(scratch)(line))
        differs |= bool(found)
    return differs


def _differing(name: str, found: Sequence[Differs]) -> Iterator[str]:
    if not found:
        yield f"{name}: every trial measured the same numbers twice"
        return
    yield f"{name}: {count(len(found), 'trial')} measured other numbers the second time"
    for each in found[:SHOWN]:
        levels = " ".join(f"{factor}={level}" for factor, level in each.condition.items())
        yield f"  differs    {each.stage}  {f'{levels} seed={each.seed}'.strip()}"
        yield from (f"      {words}" for words in each.words)
    if len(found) > SHOWN:
        yield f"      and {len(found) - SHOWN} more"


def _report(experiments: Sequence[Compiled], scratch: Path, limit: int) -> bool:
    """Say what was seen; whether anything broke."""
    from expc.report.rehearsed import rehearsed
    from expc.report.unmoved import unmoved
    from expc.runner.outcome import plan_file

    broken, said = False, as_written(scratch)
    for one in experiments:
        plan = scratch / plan_file(one.name, one.digest)
        seen = rehearsed(plan, limit)
        for line in _lines(one.name, seen, scratch / one.spec_path, said):
            click.echo(line)
        for stage, factor in unmoved(plan):
            click.echo(
                f"  note       {stage}  {factor}: all levels measured the same numbers; does it reach the program?"
            )
        broken |= any(each.state in ("broken", "not tried") for each in seen)
    return broken


def _lines(name: str, seen: Sequence[Seen], spec: Path, said: Callable[[str], str] = str) -> Iterator[str]:
    """`said` names the user's files in the place of their copies."""
    from expc.cli.watching.advice import advice

    wrong = sum(each.state in ("broken", "not tried") for each in seen)
    yield f"{name}: {count(len(seen), 'condition')}" + (f", {wrong} would break" if wrong else ", all of them work")
    for alike in _alike(seen):
        first = alike[0]
        what = _levels(first) if len(alike) == 1 else count(len(alike), "condition")
        yield f"  {first.state:<9}  {first.stage}  {what}  ({said(first.words)})"
        if len(alike) > 1:
            yield from (f"      {_levels(each)}" for each in alike[:SHOWN])
            yield from [f"      and {len(alike) - SHOWN} more"] if len(alike) > SHOWN else []
        if first.state == "broken":
            yield from (f"      | {line}" for line in _tail(first.log, said))
            yield f"      {first.log}"
            hint = advice(first.kind, first.words, first.log, [spec], first.network)
            yield from [f"      {hint}"] if hint else []


def _alike(seen: Sequence[Seen]) -> list[list[Seen]]:
    """What broke in the same way together, be it with other numbers, where the first of it stands; all others alone."""
    from expc.cli.watching.failures import NUMBER

    groups: dict[object, list[Seen]] = {}
    for place, each in enumerate(seen):
        told = each.state in ("broken", "not tried")
        groups.setdefault((each.stage, each.state, NUMBER.sub("#", each.words)) if told else place, []).append(each)
    return list(groups.values())


def _levels(each: Seen) -> str:
    return " ".join(f"{factor}={level}" for factor, level in each.condition.items()) or "one condition"


def _tail(log: Path, said: Callable[[str], str]) -> list[str]:
    """The last lines of a log; above them, where a traceback is longer, where it was last in the user's own code."""
    before = text_of(log).rstrip().splitlines()
    lines = [said(line) for line in before]
    own = [at for at, line in enumerate(lines) if line != before[at] and line.lstrip().startswith("File ")]
    end = len(lines) - LOG_LINES
    return lines[max(0, end) :] if not own or own[-1] >= end else [*lines[own[-1] :][:2], "  …", *lines[end + 3 :]]


def _trouble(scratch: Path, status: int) -> str:
    """What Snakemake says, where code or data could not even be made."""
    if not status:
        return ""
    said = broke(scratch / "snakemake.log", scratch)
    return f"Not all could be started:\n{said}\n"
