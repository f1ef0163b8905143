"""Frames in, a terminal that shows the last of them out.

The cursor is hidden, and lines are cut instead of wrapped, only within one write: whenever we are killed, even by
SIGKILL, the terminal is fit for use."""

from __future__ import annotations

import contextlib
import io
import os
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from expc.cli.watching.overview import Overview, fitted

HIDE, SHOW = "\x1b[?25l\x1b[?7l", "\x1b[?7h\x1b[?25h"
BELOW, REST = "\x1b[J", "\x1b[K"


class Screen:
    """A terminal. What is shown stands at the cursor, below what was printed before."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.shown: list[str] = []
        self.size = (0, 0)

    def show(self, overview: Overview) -> None:
        """In place of what is shown. One column and one line stay free, so that nothing scrolls by itself."""
        size = self._size()
        console = Console(file=io.StringIO(), force_terminal=True, width=max(10, size[0] - 1), height=size[1])
        with console.capture() as captured:
            console.print(fitted(overview, console, max(1, size[1] - 1)), end="")
        lines = captured.get().rstrip("\n").split("\n")[: max(1, size[1] - 1)]
        text = "\n".join(line + REST for line in lines)
        self._write(HIDE + self._back(size[0]) + text + BELOW + SHOW)
        self.shown, self.size = lines, size

    def changed(self) -> bool:
        """Whether the terminal has another size than when it was last written to."""
        return self.size != self._size()

    def clear(self) -> None:
        if self.shown:
            self._write(self._back(self._size()[0]) + BELOW)
            self.shown = []

    def _back(self, width: int) -> str:
        """To the first line of what is shown. In a terminal that became narrower, lines have been broken in two."""
        rows = (
            sum(max(1, -(-_width(line) // width)) for line in self.shown) if width < self.size[0] else len(self.shown)
        )
        return "\r" + (f"\x1b[{rows - 1}A" if rows > 1 else "")

    def _size(self) -> tuple[int, int]:
        try:
            found = os.get_terminal_size(self.stream.fileno())
        except OSError:
            return 80, 24
        return found.columns or 80, found.lines or 24

    def _write(self, text: str) -> None:
        encoding = self.stream.encoding or "utf-8"
        with contextlib.suppress(OSError):  # a terminal that is gone stops no run
            self.stream.write(text.encode(encoding, errors="replace").decode(encoding))
            self.stream.flush()


def _width(line: str) -> int:
    return cell_len(Text.from_ansi(line).plain)
