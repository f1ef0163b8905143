"""What a terminal shows: the bytes are given to an emulation of one."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import termios
from collections import Counter
from collections.abc import Iterator

import pyte
import pytest

from expc.cli.tally import Place, Row
from expc.cli.watching.failures import Failure
from expc.cli.watching.overview import Block, Overview
from expc.cli.watching.screen import Screen

FAILED = Failure(
    {"id": "9f31c2d4a5b6e7f8", "stage": "train", "condition": {"x": "1"}, "seed": 0, "seeds": {}},
    "",
    "code",
    "ValueError: x\x1b[31m is\ntoo large",
)


class Terminal:
    """A pseudo-terminal, and what would be seen on it."""

    def __init__(self) -> None:
        self.master, slave = pty.openpty()
        os.set_blocking(self.master, False)
        self.stream = io.TextIOWrapper(io.FileIO(slave, "w"), encoding="utf-8", write_through=True)
        self.seen = pyte.Screen(80, 24)
        self.feed = pyte.ByteStream(self.seen)
        self.resize(80, 24)

    def resize(self, columns: int, lines: int) -> None:
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)
        self.seen.resize(lines, columns)

    def lines(self) -> list[str]:
        while True:
            try:
                self.feed.feed(os.read(self.master, 1 << 16))
            except BlockingIOError:
                return [line.rstrip() for line in self.seen.display if line.strip()]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    made = Terminal()
    yield made
    made.stream.close()
    os.close(made.master)


def overview(done: int, *, levels: int = 2, failed: bool = False) -> Overview:
    rows = [Row(Place("train"), Counter(done=done, running=2, waiting=6 - done), 60.0)]
    rows += [Row(Place("train", "x", f"level{n}"), Counter(done=1, failed=1, waiting=2), 30.0) for n in range(levels)]
    return Overview([Block("toy", rows, "m 0.5")], f"toy  {done}/8 done", FAILED if failed else None)


def test_a_frame_takes_the_place_of_the_one_before(terminal: Terminal) -> None:
    terminal.stream.write("before\n")
    screen = Screen(terminal.stream)
    for done in (0, 3):
        screen.show(overview(done, failed=True))
    assert terminal.lines() == [
        "before",
        "toy  3/8 done",
        "  train        ━━━━━━━─────  3/8  2 running              60 s left",
        "    x  level0  ━━━━━━──────  1/4             1 failed    30 s left",
        "       level1  ━━━━━━──────  1/4             1 failed    30 s left",
        "  best so far  m 0.5",
        "  last failed  9f31c2d4a5b6 train x=1 seed 0: code: ValueError: x·[31m is too …",
        "               `expc logs 9f31c2d4a5b6` shows what it printed",
    ]
    screen.clear()
    assert terminal.lines() == ["before"]
    assert (terminal.seen.cursor.x, terminal.seen.cursor.y) == (0, 1)


@pytest.mark.parametrize("columns", [12, 20, 40, 69])
def test_a_narrow_terminal_has_no_broken_line(terminal: Terminal, columns: int) -> None:
    terminal.resize(columns, 24)
    screen = Screen(terminal.stream)
    screen.show(overview(3))
    assert len(terminal.lines()) == 5
    screen.clear()
    assert terminal.lines() == []


def test_a_low_terminal_shows_stages_and_at_last_one_line(terminal: Terminal) -> None:
    screen = Screen(terminal.stream)
    terminal.resize(80, 10)
    screen.show(overview(3, levels=20))
    assert [line.split()[0] for line in terminal.lines()] == ["toy", "train", "best"]
    terminal.resize(80, 3)
    screen.show(overview(3, levels=20))
    assert terminal.lines()[-1:] == ["toy  3/8 done"]


def test_a_terminal_that_changes_its_size_shows_one_frame_again(terminal: Terminal) -> None:
    screen = Screen(terminal.stream)
    for columns in (80, 40, 100, 30):
        terminal.resize(columns, 24)
        assert screen.changed()
        screen.show(overview(3))
        assert not screen.changed()
        assert [line for line in terminal.lines() if "3/8 done" in line] == ["toy  3/8 done"]


def test_after_any_frame_the_cursor_is_seen_and_lines_wrap(terminal: Terminal) -> None:
    Screen(terminal.stream).show(overview(3))
    terminal.lines()
    assert terminal.seen.cursor.hidden is False
    assert pyte.modes.DECAWM in terminal.seen.mode


def test_no_color_takes_the_colours_away(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def colours() -> set[str]:
        Screen(terminal.stream).show(overview(3))
        terminal.lines()
        return {cell.fg for line in terminal.seen.buffer.values() for cell in line.values()}

    assert colours() > {"default", "green", "red"}
    terminal.seen.reset()
    monkeypatch.setenv("NO_COLOR", "1")
    assert colours() == {"default"}


def test_a_terminal_that_has_gone_stops_nothing(terminal: Terminal) -> None:
    screen = Screen(terminal.stream)
    os.close(terminal.master)
    terminal.master = os.open(os.devnull, os.O_RDONLY)
    screen.show(overview(3))
    screen.clear()
