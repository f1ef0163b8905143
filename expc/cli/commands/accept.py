"""`expc accept`: trials that a harmless change would run again in, their old results under the new ids out."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from expc.cli.project import workflow
from expc.cli.words import count
from expc.errors import ExpcError
from expc.runner.outcome import LOG

if TYPE_CHECKING:
    from expc.accepted import Accepted
    from expc.cli.tally import Line
    from expc.compiler.planning.changes import Change, Changes

SHOWN = 40


@click.command()
@click.argument("words", nargs=-1, metavar="[TRIAL...]")
@click.option("--because", metavar="TEXT", help="Why the change alters no result; it stands below the tables.")
@click.option("--all", "everything", is_flag=True, help="All that can be accepted, or undone.")
@click.option("--spec", "specs", multiple=True, metavar="SPEC", help="The specs; without, those of workflow/.")
@click.option("--recorded", is_flag=True, help="Accept again what accepted.jsonl says, where the old results are.")
@click.option("--undo", is_flag=True, help="Take accepted results away again; the old ones stay.")
def accept(
    words: tuple[str, ...], because: str | None, everything: bool, specs: tuple[str, ...], recorded: bool, undo: bool
) -> int:
    """Keep results across a change that its author knows to be harmless.

    TRIAL is one that `expc plan` marks with ~, by its old or new id or by what it has (`encoder=cnn seed=0`). What
    takes from an accepted trial, and differs in nothing else, follows. Without TRIAL, it shows what there is to accept.

    The reason is recorded in accepted.jsonl, which belongs into version control, and in the outcomes; tables have a
    footnote."""
    from expc.accepted import records

    if undo + recorded + (because is not None) > 1:
        raise click.UsageError("--because, --recorded and --undo exclude each other")
    if undo:
        return _undo(words, records(), everything=everything)
    if recorded:
        return _again(records(), specs)
    offered = _offered(specs)
    if not words and not everything:
        _show(offered, records())
        return 0
    if not (because or "").strip():
        raise click.UsageError('say why the change alters no result: --because "…"')
    return _accept(words, offered, " ".join(str(because).split()), _specs(specs), everything=everything)


def _specs(stated: Sequence[str]) -> list[str]:
    """Those that are meant: without any, those of the workflow."""
    return list(stated) or [str(one["spec"]) for one in workflow()["experiments"].values()]


def _next(specs: Sequence[str]) -> str:
    """What shows it. Who accepts what is recorded may have compiled nothing yet."""
    return (
        f"`{shlex.join(('expc', 'compile', *specs))} && expc tables` makes tables that say so, too, and nothing trains."
    )


def _offered(specs: Sequence[str]) -> dict[str, Change]:
    """What would run again although an earlier form of it is done, by the new ids, in the order of the plans."""
    found = (change for one in _changes(specs) for change in one.again if change.before)
    return {change.trial["id"]: change for change in found}


def _changes(specs: Sequence[str]) -> list[Changes]:
    from expc.compiler.build import build
    from expc.compiler.planning.changes import changes

    experiments, _ = build(_specs(specs), Path(), looking=True)
    return [changes(one.name, one.text.decode(), one.digest) for one in experiments]


def _accept(
    words: Sequence[str], offered: Mapping[str, Change], because: str, specs: Sequence[str], *, everything: bool
) -> int:
    from expc.accepted import record

    wanted = set(offered) if everything else set(_selected(words, offered))
    if not wanted:
        click.echo("There is nothing to accept: nothing that has run would run again because of a change.")
        return 0
    rows: dict[str, Accepted] = {}
    for identity, change in offered.items():
        follows = _follows(change, rows)
        if identity in wanted or follows:
            _refuse_below(change, offered, rows)
            rows[identity] = _row(change, because, follows)
    record(list(rows.values()))  # first: a row without results is harmless, results without a row can't be undone
    _take_all(list(rows.values()))
    click.echo(f"Accepted {count(len(rows), 'trial')}. accepted.jsonl says so; put it into version control.")
    click.echo(_next(specs))
    return 0


def _take_all(rows: Sequence[Accepted]) -> None:
    """Those that could not be taken are not recorded either."""
    from expc.accepted import forget

    taken: set[str] = set()
    try:
        for row in rows:
            _take(row)
            taken.add(row.trial)
            click.echo(_said(row))
    finally:
        if len(taken) < len(rows):
            forget({row.trial for row in rows} - taken)


def _selected(words: Sequence[str], offered: Mapping[str, Change]) -> Iterable[str]:
    """The new ids that words mean which may be old ones."""
    from expc.cli.select import select

    if not offered:
        return ()
    lines: dict[str, Line] = {identity: change.trial for identity, change in offered.items()}
    old = {change.before.trial["id"]: change.trial for change in offered.values() if change.before}
    return (trial["id"] for trial in select(words, lines | old))


def _follows(change: Change, taken: Mapping[str, Accepted]) -> tuple[str, ...]:
    """The trials that it takes from, if all that is new about it is that these were accepted."""
    if change.before is None or not change.before.alike:
        return ()
    above = [(trial, change.before.trial["from"][name][0]) for name, (trial, _) in change.trial["from"].items()]
    new = [(trial, old) for trial, old in above if trial != old]
    follows = all(trial in taken and taken[trial].source == old for trial, old in new)
    return tuple(trial for trial, _ in new) if follows else ()


def _refuse_below(change: Change, offered: Mapping[str, Change], taken: Mapping[str, Accepted]) -> None:
    """Results that come from a trial which is to run again would be of no model that there is."""
    from expc.cli.watching.failures import named

    for trial, _ in change.trial["from"].values():
        if trial in offered and trial not in taken:
            raise ExpcError(
                f"{named(change.trial)} takes from {named(offered[trial].trial)}, which would run again;\n"
                f"    accept that one, and what takes from it follows"
            )


def _row(change: Change, because: str, follows: tuple[str, ...]) -> Accepted:
    from expc.accepted import Accepted

    trial, old = change.trial, change.before.trial if change.before else change.trial
    names = ("stage", "condition", "seed", "seeds")
    said = {name: trial[name] for name in names}
    return Accepted(
        trial=trial["id"],
        source=old["id"],
        evaluations=_evaluations(trial, old),
        because=because,
        change=change.before.change if change.before else change.reason,
        follows=follows,
        **said,
    )


def _evaluations(trial: Line, old: Line) -> dict[str, str]:
    """Each evaluation's id with that of the old one at the same checkpoint, on the same data or what bears its name."""
    by_data = {(data, rule): identity for identity, _, data, rule in old["evaluate"]}
    by_name = {(on, rule): identity for identity, on, _, rule in old["evaluate"]}
    found = {  # what is read in a log bears the name of its patterns, whichever trial's it is
        identity: identity if rule == LOG else by_data.get((data, rule)) or by_name.get((on, rule))
        for identity, on, data, rule in trial["evaluate"]
    }
    return {new: before for new, before in found.items() if before}


def _take(row: Accepted) -> None:
    from expc.runner.accept import Refused
    from expc.runner.accept import accept as taken

    try:
        taken(row.trial, row.source, row.evaluations, row.because)
    except (BlockingIOError, Refused) as error:
        raise ExpcError(f"{error}; what was accepted before it stays so") from error


def _again(rows: Sequence[Accepted], specs: Sequence[str]) -> int:
    """What the record says, where the old results are and the new ones aren't."""
    from expc.runner.outcome import status

    done = [row for row in rows if status(row.source) == "done" and status(row.trial) is None]
    for row in done:
        _take(row)
        click.echo(_said(row))
    click.echo(
        f"{len(done)} of {count(len(rows), 'recorded trial')} accepted; the others have results, or no old ones."
    )
    if done:
        from expc.compiler.writing.write import stated

        click.echo(_next(_specs(specs) if specs or stated(Path()) else ["SPEC"]))
    return 0


def _undo(words: Sequence[str], rows: Sequence[Accepted], *, everything: bool) -> int:
    from expc.accepted import forget
    from expc.cli.select import select

    if not words and not everything:
        raise click.UsageError("name the trials to undo, or say --all")
    lines = {row.trial: {**row._asdict(), "id": row.trial} for row in rows}
    gone = set(lines) if everything else {trial["id"] for trial in select(words, lines)}
    for row in rows:  # what follows stands below what it follows
        if gone & set(row.follows):
            gone.add(row.trial)
    undone: dict[str, str] = {}
    mine = [row for row in rows if row.trial in gone]
    try:
        for row in reversed(mine):  # what takes from another before that one
            undone[row.trial] = _taken_away(row)
    finally:
        forget(undone)
        for row in (row for row in mine if row.trial in undone):
            click.echo(f"{_who(row)}: {undone[row.trial]}")
    click.echo(f"Undone: {count(len(gone), 'trial')}.")
    return 0


def _taken_away(row: Accepted) -> str:
    """How that went, in words."""
    from expc.runner.accept import Refused, undo

    try:
        undo(row.trial)
    except Refused:  # it has run since, or its results were deleted
        return "its results are its own; no longer recorded"
    except BlockingIOError as error:
        raise ExpcError(str(error)) from error
    return "undone; it runs again"


def _show(offered: Mapping[str, Change], rows: Sequence[Accepted]) -> None:
    from expc.cli.watching.failures import SHORT, named

    for change in list(offered.values())[:SHOWN]:
        if change.before:
            old = change.before.trial["id"][:SHORT]
            click.echo(f"{named(change.trial)}: has results as {old} ({change.before.change})")
    if len(offered) > SHOWN:
        click.echo(f"and {len(offered) - SHOWN} more")
    click.echo(
        f'{count(len(offered), "trial")} can be accepted: `expc accept TRIAL… --because "…"`, or --all.'
        if offered
        else "There is nothing to accept: nothing that has run would run again because of a change."
    )
    for because, number in _reasons(rows).items():
        click.echo(f"Accepted before, {count(number, 'trial')}: {because}")


def _reasons(rows: Sequence[Accepted]) -> dict[str, int]:
    from expc.accepted import accepted

    return accepted(row.trial for row in rows)


def _said(row: Accepted) -> str:
    follows = ", follows" if row.follows else ""
    return f"{_who(row)}: as {row.source}{follows} ({row.change})"


def _who(row: Accepted) -> str:
    levels = " ".join(f"{name}={level}" for name, level in row.condition.items())
    above = "".join(f" of {stage} {seed}" for stage, seed in row.seeds.items())
    return "  ".join(filter(None, (row.trial, row.stage, levels, f"seed {row.seed}{above}")))
