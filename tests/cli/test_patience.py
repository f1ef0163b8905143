"""A word for who waits."""

from __future__ import annotations

import io
import sys
import threading

import pytest

from expc.cli.patience import patience


class Terminal(io.StringIO):
    """One that tells when something was written."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.terminal, self.written = terminal, threading.Event()

    def isatty(self) -> bool:
        return self.terminal

    def flush(self) -> None:
        self.written.set()


@pytest.mark.parametrize(
    ("terminal", "after", "said"),
    [(True, 0.0, "Planning 3 specs …\r\x1b[K"), (True, 1000.0, ""), (False, 0.0, "")],
    ids=["long", "short", "no terminal"],
)
def test_on_a_terminal_it_is_said_what_takes_long(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, after: float, said: str
) -> None:
    stream = Terminal(terminal=terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt), patience("Planning 3 specs", after):
        if said:
            assert stream.written.wait(60)
        raise KeyboardInterrupt
    assert (stream.getvalue(), threading.active_count()) == (said, threads)
