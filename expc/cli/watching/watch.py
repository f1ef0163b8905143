"""A running Snakemake and what its trials leave in, a terminal that shows how far it is out, until it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from expc.cli.watching.progress import Progress
from expc.cli.words import duration

if TYPE_CHECKING:
    from expc.cli.watching.hindered import Hindered
    from expc.cli.watching.overview import Overview

TICK = 0.5
"""Seconds between looks, at least; a look may take a hundredth of the processor's time, and a tenth of all time."""

MINUTE = 60.0
GLANCE = 2.0
"""Seconds between two looks at whether Snakemake's log has grown."""
READING = 0.003
"""Seconds of the processor for reading results, at each look."""

STILL = 2.0
"""Seconds after which a frame is drawn again, although nothing has happened: the clock goes on."""


def watch(process: subprocess.Popen[bytes], progress: Progress, hindered: Hindered) -> int:
    """Show the progress until the process ends; its exit status. Without a terminal, a line each minute."""
    try:
        if sys.stderr.isatty() and os.environ.get("TERM", "dumb") not in ("", "dumb", "unknown"):
            return _displayed(process, progress, hindered)
        return _told(process, progress, hindered)
    finally:
        progress.poll.close()


def _told(process: subprocess.Popen[bytes], progress: Progress, hindered: Hindered) -> int:
    due = time.monotonic() + MINUTE  # a look at thousands of trials would only take time from them
    while True:
        try:
            code = process.wait(timeout=GLANCE)
        except subprocess.TimeoutExpired:
            _say(hindered.news())
            if time.monotonic() >= due:
                due = time.monotonic() + max(MINUTE, _look(progress))
                _say(progress.line())
            continue
        progress.look()
        return code


def _say(text: str) -> None:
    if text:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def _displayed(process: subprocess.Popen[bytes], progress: Progress, hindered: Hindered) -> int:
    from expc.cli.watching.screen import Screen

    screen, pause, drawn, before = Screen(sys.stderr), TICK, 0.0, ""
    progress.in_detail()
    try:
        while True:
            try:
                code = process.wait(timeout=pause)
            except subprocess.TimeoutExpired:
                began = time.process_time()
                pause = _look(progress, READING)
                if news := hindered.news():
                    screen.clear()
                    _say(news)
                now = time.monotonic()
                told = progress.line().partition(" · about ")[0]
                if news or told != before or screen.changed() or now > drawn + STILL:
                    screen.show(_overview(progress))
                    before, drawn = told, now
                pause = max(pause, 100 * (time.process_time() - began))
                continue
            progress.look()
            return code
    finally:
        screen.clear()


def _look(progress: Progress, reading: float = 0.0) -> float:
    """Seconds until the next one."""
    clock, used = time.monotonic(), time.process_time()
    progress.look()
    for best in progress.bests if reading else ():
        best.read(reading / len(progress.bests))
    return max(TICK, 10 * (time.monotonic() - clock), 100 * (time.process_time() - used))


def _overview(progress: Progress) -> Overview:
    from expc.cli.watching.overview import Block, Overview
    from expc.cli.watching.queued import stuck_jobs, told

    shares = progress.shares()
    blocks = []
    for tally, best in zip(progress.tallies, progress.bests, strict=True):
        leading = best.leading()
        seen = progress.seen
        facts = told(seen, tally.name, progress.states) if seen else []
        notes = list(stuck_jobs(seen, tally.name)) if seen else []
        blocks.append(Block(tally.name, tally.rows(shares), str(leading) if leading else "", notes, facts))
    names = ", ".join(tally.name for tally in progress.tallies)
    took = duration(time.monotonic() - progress.started)
    return Overview(blocks, f"{names}  {progress.line()} · {took} so far", progress.failed)
