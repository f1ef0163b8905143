"""Work that may take long in, a word on the terminal out as long as it lasts: nobody takes it for stuck."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator, Sequence

LONG = 1.5
"""Seconds after which somebody who waits wants to know for what."""

CLEAR = "\r\x1b[K"


def planning(specs: Sequence[str]) -> str:
    """What is under way, in words."""
    return f"Planning {specs[0] if len(specs) == 1 else f'{len(specs)} specs'}; many trials take a while"


@contextlib.contextmanager
def patience(what: str, after: float = LONG) -> Iterator[None]:
    """`what` is under way, if it takes long. No thread is left: a process may be forked afterwards."""
    if not sys.stderr.isatty():
        yield
        return
    told = threading.Event()

    def tell() -> None:
        told.set()
        sys.stderr.write(f"{what} …")
        sys.stderr.flush()

    timer = threading.Timer(after, tell)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        if told.is_set():
            sys.stderr.write(CLEAR)
            sys.stderr.flush()
