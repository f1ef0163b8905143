"""What is known of some experiments in, what a terminal shows of it out: a frame that fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from expc.cli.tally import Row, State
from expc.cli.watching.failures import SHORT, Failure
from expc.cli.words import duration

STYLES: dict[State, str] = {"done": "green", "running": "cyan", "failed": "red", "cancelled": "yellow", "waiting": ""}
DRAWN: tuple[State, ...] = ("done", "cancelled", "failed", "running")
BAR = 12
"""Cells of a bar."""

ROOMY = 70
"""Columns from which on there is room for bars."""


class Block(NamedTuple):
    """One experiment."""

    name: str
    rows: Sequence[Row]
    best: str = ""
    notes: Sequence[str] = ()
    """What somebody should look at."""
    facts: Sequence[str] = ()


class Overview(NamedTuple):
    blocks: Sequence[Block]
    head: str
    failed: Failure | None = None


def fitted(overview: Overview, console: Console, height: int | None = None) -> RenderableType:
    """As much as stands in `height` lines: with levels, without them, and at last a line for all."""
    depth = next((depth for depth in (2, 1) if height is None or _height(overview, depth) <= height), 0)
    return Group(*_frame(overview, console, depth))


def _height(overview: Overview, depth: int) -> int:
    """The lines of a frame: none is ever broken."""
    lines = 3 if overview.failed else 1
    for block in overview.blocks:
        lines += (
            len(_shown(block, depth))
            + len(block.notes)
            + len(block.facts)
            + bool(block.best)
            + (len(overview.blocks) > 1)
        )
    return lines


def _shown(block: Block, depth: int) -> list[Row]:
    return [row for row in block.rows if depth > 1 or not row.place.factor]


def _frame(overview: Overview, console: Console, depth: int) -> Iterator[RenderableType]:
    yield _line(overview.head, "bold")
    if depth == 0:
        return
    for block in overview.blocks:
        if len(overview.blocks) > 1:
            yield _line(block.name, "bold")
        yield _rows(_shown(block, depth), console)
        if block.best:
            yield _line(f"  best so far  {block.best}")
        for fact in block.facts:
            yield _line(f"  {fact}")
        for note in block.notes:
            yield _line(f"  {note}", "yellow")
    if overview.failed:
        yield _line(f"  last failed  {overview.failed.what}: {overview.failed.reason}", "red")
        yield _line(f"               `expc logs {overview.failed.trial['id'][:SHORT]}` shows what it printed")


def _line(text: str, style: str = "") -> Text:
    return Text(_printable(text), style=style, no_wrap=True, overflow="ellipsis")


def _rows(rows: Sequence[Row], console: Console) -> Table:
    grid = Table.grid(padding=(0, 2), pad_edge=False)
    grid.add_column(no_wrap=True, overflow="ellipsis", min_width=8)
    roomy = console.width >= ROOMY
    for _ in range(6 if roomy else 4):
        grid.add_column(no_wrap=True, justify="right")
    wide = max((cell_len(row.place.factor) for row in rows), default=0)
    above = ("", "")
    for row in rows:
        label = _label(row, wide, new=row.place[:2] != above)
        above = row.place[:2]
        grid.add_row(*([label, _bar(row, console)] if roomy else [label]), *_cells(row, roomy=roomy))
    return grid


def _label(row: Row, wide: int, *, new: bool) -> Text:
    """A stage, or a level below its factor's name, which stands once."""
    if not row.place.factor:
        return _line(f"  {row.place.stage}", "bold")
    factor = set_cell_size(_printable(row.place.factor) if new else "", wide)
    return Text.assemble((f"    {factor}  ", "dim"), _printable(row.place.level), no_wrap=True)


def _cells(row: Row, *, roomy: bool) -> Iterator[Text]:
    yield Text(f"{row.counts['done']}/{row.total}", STYLES["done"] if row.counts["done"] == row.total else "")
    states: tuple[State, ...] = ("running", "failed", "cancelled") if roomy else ("running", "failed")
    for state in states:
        yield Text(f"{row.counts[state]} {state}" if row.counts[state] else "", STYLES[state])
    yield Text(f"{duration(row.left)} left" if row.left else "", "dim")


def _bar(row: Row, console: Console) -> Text:
    full, empty = ("━", "─") if console.encoding.startswith("utf") else ("#", ".")
    bar, upto, used = Text(), 0, 0
    for state in DRAWN:
        upto += row.counts[state]
        cells = BAR * upto // max(1, row.total) - used
        bar.append(full * cells, STYLES[state])
        used += cells
    return bar.append(empty * (BAR - used), "dim")


def _printable(text: str) -> str:
    """A level or a cause may hold anything; a terminal must not obey it."""
    return "".join(letter if letter.isprintable() else "·" for letter in text)
