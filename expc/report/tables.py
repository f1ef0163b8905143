"""The results of an experiment in, a table of it as Markdown and CSV out."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from expc.errors import ExpcError, nearest
from expc.report import notes
from expc.report.alike import alike
from expc.report.cells import Cell, Levels, cells, grouped, relevant, sorted_keys, trained
from expc.report.chance import chance
from expc.report.experiment import ON, Experiment, Table, read_experiment
from expc.report.familiar import familiar
from expc.report.headings import heading, spoken
from expc.report.kept import SIGN, footnotes, kept
from expc.report.longform import Measurement, column, measured_somewhere, read_results
from expc.report.losses import losses
from expc.report.markdown import pipe_table, plain
from expc.report.numbers import shared_decimals, shown
from expc.report.overlap import overlapping
from expc.report.tested import tested
from expc.report.timing import measured_on
from expc.whole import replacing

NOT_PLANNED = "–"
MARKED = "†"
BEST = {"maximize": "the highest", "minimize": "the lowest"}


def tables(name: str, table: str) -> Path:
    """Write a table of the experiment `name` as tables/<table>.md and .csv, and return the Markdown's path."""
    experiment = read_experiment(name)
    if table not in experiment.tables:
        raise ExpcError(f"{name} has no table {table!r}: {nearest(table, experiment.tables)}")
    asked = experiment.tables[table]
    measurements = read_results(experiment)
    if ON in asked.named:
        measurements = measured_somewhere(measurements)
    found = cells(asked, measurements, experiment)
    path = experiment.folder / "tables" / f"{table}.md"
    with replacing(path.with_suffix(".csv")) as new:
        _write_csv(new, asked, found)
    with replacing(path) as new:
        new.write_text(_page(asked, found, measurements, experiment), encoding="utf-8", newline="\n")
    return path


def _write_csv(path: Path, table: Table, found: Sequence[Cell]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        write = csv.writer(file, lineterminator="\n").writerow
        measured = ("metric", "mean", "sd", "n", "of", "best", "values", "trials")
        write((*map(column, (*table.rows, *table.columns, *table.select)), *measured))
        for cell in found:
            levels = (*cell.row, *cell.column, *(cell.selected or ("",) * len(table.select)))
            numbers = (cell.summary.mean, cell.summary.sd, cell.summary.n, cell.summary.of)
            values = " ".join(map(repr, cell.summary.values))
            write((*levels, cell.metric, *numbers, str(cell.best).lower(), values, " ".join(cell.trials)))


def _page(table: Table, found: Sequence[Cell], measurements: Sequence[Measurement], experiment: Experiment) -> str:
    by = f", by {notes.listed(table.by)}" if table.by else ""
    title = plain(f"{experiment.name}, {table.name}: {', '.join(table.metrics)}{by}")
    mine = [m for m in relevant(table, measurements, experiment) if m.metric in table.metrics]
    old = kept((one.trial for one in mine if one.status == "done"), experiment)
    below = (f"- {note}\n" for note in _notes(table, found, mine, experiment, old))
    return f"# {title}\n\n{_grid(table, found, experiment, old)}\n{''.join(below)}"


def _grid(table: Table, found: Sequence[Cell], experiment: Experiment, old: Collection[str]) -> str:
    if not found:
        return "No trials are planned for this table.\n"
    rows, columns = dict.fromkeys(cell.row for cell in found), _columns(table, found, experiment)
    placed = {(cell.row, cell.column, cell.metric): cell for cell in found}
    places = _decimals(table, found, columns, experiment)
    body = []
    for row in rows:
        line = ((placed.get((row, *at)), places[at]) for at in columns)
        numbers = (_cell(cell, digits, old) if cell else NOT_PLANNED for cell, digits in line)
        body.append([*map(plain, spoken(table.rows, row)), *numbers])
    head = [*map(plain, table.rows), *(plain(heading(table, *at, experiment)) for at in columns)]
    return pipe_table(head, body, left=len(table.rows))


def _decimals(
    table: Table, found: Sequence[Cell], columns: Sequence[tuple[Levels, str]], experiment: Experiment
) -> dict[tuple[Levels, str], int]:
    """How many decimals each column has: those of one metric are to be compared."""
    places: dict[tuple[Levels, str], int] = {}
    for metric in table.metrics:
        mine = [at for at in columns if at[1] == metric]
        summaries = [[cell.summary for cell in found if (cell.column, cell.metric) == at] for at in mine]
        stage = experiment.stages[table.stage]
        span = stage.ranges.get(stage.metric(metric).name, (None, None))
        places |= zip(mine, shared_decimals(summaries, span), strict=True)
    return places


def _columns(table: Table, found: Sequence[Cell], experiment: Experiment) -> list[tuple[Levels, str]]:
    """The columns' levels and metrics: sorted, since the first row may lack some."""
    levels = sorted_keys(dict.fromkeys(cell.column for cell in found), table.columns, experiment)
    return [(column, metric) for column in levels for metric in table.metrics]


def _cell(cell: Cell, places: int, old: Collection[str]) -> str:
    number = shown(cell.summary, places)
    bold = f"**{number}**" if cell.best else number
    holes = f"n={cell.summary.n}/{cell.summary.of}" if cell.summary.n < cell.summary.of else ""
    signs = (MARKED if cell.marked else "") + (SIGN if any(trial in old for trial in cell.trials) else "")
    return " ".join(part for part in (bold + signs, holes) if part)


def _notes(
    table: Table,
    found: Sequence[Cell],
    mine: Sequence[Measurement],
    experiment: Experiment,
    old: Mapping[str, str],
) -> Iterator[str]:
    yield from _spread(table, found, mine, experiment)
    yield from map(plain, tested(table, found, experiment))
    yield from _bold(table, found, experiment)
    yield from map(plain, notes.reduced(table, mine, experiment))
    yield from map(plain, _selections(table, found, mine, experiment))
    yield from map(plain, familiar(table, found, experiment))
    yield from map(plain, overlapping(table, found, experiment))
    yield from map(plain, chance(table, found, experiment))
    yield from map(plain, losses(mine, experiment))
    yield from map(plain, measured_on(table, found, experiment))
    yield from (f"{MARKED} {plain(reason)}" for reason in dict.fromkeys(r for cell in found for r in cell.marked))
    yield from map(plain, footnotes(old, len({one.trial for one in mine})))
    yield f"The trials of each cell: `{(experiment.folder / 'tables' / f'{table.name}.csv').as_posix()}`."


def _spread(table: Table, found: Sequence[Cell], mine: Sequence[Measurement], experiment: Experiment) -> Iterator[str]:
    if any(cell.summary.sd is not None for cell in found):
        paths = ((one.seeds for one in members) for members in grouped(mine, table.by).values())
        yield f"± is the sample standard deviation over {notes.repeated(paths, experiment.seed_stages)}."
    elif found:
        yield "No cell has two runs or more: there is no spread to show."
    yield from map(plain, notes.unvaried(*_unvaried(found)))
    yield from map(plain, alike(found))
    yield from notes.holes((cell.summary.n, cell.summary.of) for cell in found)
    if table.average and any(cell.summary.n < cell.summary.of for cell in found):
        yield "A run counts only if it has every averaged level."


def _unvaried(found: Sequence[Cell]) -> tuple[list[str], bool]:
    """By their levels, where all runs have one value in each metric; and whether that is wherever there are several."""
    varied: dict[Levels, bool] = {}
    for cell in found:
        if cell.summary.n > 1:
            levels = (*cell.row, *cell.column)
            varied[levels] = varied.get(levels, False) or len(set(cell.summary.values)) > 1
    return [" ".join(levels) for levels, apart in varied.items() if not apart], not any(varied.values())


def _bold(table: Table, found: Sequence[Cell], experiment: Experiment) -> Iterator[str]:
    stage = experiment.stages[table.stage]
    best = [ref for ref in table.metrics if any(cell.best for cell in found if cell.metric == ref)]
    if not best:
        return
    ways = ", ".join(f"{BEST[stage.goals[stage.metric(ref).name]]} {plain(ref)}" for ref in best)
    apart = len({(cell.column, cell.measured_on) for cell in found}) > len({cell.column for cell in found})
    same = ", among the cells that are measured on the same data" if apart else ""
    yield f"**Bold** is the best mean of its column ({ways}){same}."
    if any(cell.summary.n < cell.summary.of for cell in found):
        yield "A cell that lacks runs is bold only where no cell has them all: what failed can't be seen in its mean."


def _selections(
    table: Table, found: Sequence[Cell], mine: Sequence[Measurement], experiment: Experiment
) -> Iterator[str]:
    for ref in table.metrics if table.select else ():
        picked = [cell for cell in found if cell.metric == ref and cell.selected]
        chosen = {trained(table, (*cell.row, *cell.column)): cell.selected for cell in picked}
        by = picked[0].chosen_by if picked else experiment.stages[table.stage].metric(ref).on_validation().ref
        yield notes.selection(table, by, chosen)
    yield from notes.unequal(table, mine)
