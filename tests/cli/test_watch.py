"""`expc run` on a terminal: what is seen while it runs, and what is left when it ends."""

from __future__ import annotations

import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path

import pyte
import pytest

SPEC = """\
expc: 1
name: toy
task: {command: "sh work.sh {x}", code: {path: ., include: ["*.sh"]}}
factors: {x: [1, 2]}
seeds: 2
metrics: {m: {goal: minimize}}
baseline: {x: 1}
"""
# Of all starts, only the first so many go on as long as there is a file that says how many.
WORK = """\
cd "$EXPC_TRIAL_DIR/../../.."
echo >>starts
while [ -e hold ] && [ "$(wc -l <starts)" -gt "$(cat hold)" ]; do sleep 0.1; done
printf '{"name": "m", "value": %s}\\n' "$1" >>"$EXPC_TRIAL_DIR/metrics.jsonl"
"""


class Run:
    """`expc run` in a terminal of its own; what it shows is read until something is seen or it ends."""

    def __init__(self, folder: Path, term: str, columns: int, hold: int | None) -> None:
        self.hold = folder / "hold"
        if hold is not None:
            self.hold.write_text(str(hold))
        self.number, self.master = pty.fork()
        if self.number == 0:  # the child
            os.chdir(folder)
            environment = {**os.environ, "TERM": term, "PYTHONPATH": str(Path(__file__).parents[2])}
            os.execve(sys.executable, [sys.executable, "-P", "-m", "expc", "run", "spec.yaml"], environment)
        ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.screen = pyte.Screen(columns, 24)
        self.feed = pyte.ByteStream(self.screen)

    def shown(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def until(self, seen: Callable[[str], bool]) -> str:
        end = time.monotonic() + 300
        while not seen(self.shown()):
            assert time.monotonic() < end, self.shown()
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.feed.feed(os.read(self.master, 1 << 16))
                except OSError:  # its end
                    break
        return self.shown()

    def ended(self) -> int:
        self.until(lambda _: False)
        _, status = os.waitpid(self.number, 0)
        os.close(self.master)
        return os.waitstatus_to_exitcode(status)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Run]:
    (tmp_path / "spec.yaml").write_text(SPEC)
    (tmp_path / "work.sh").write_text(WORK)
    return lambda hold=None, term="xterm-256color", columns=80: Run(tmp_path, term, columns, hold)


@pytest.mark.slow
def test_stages_levels_and_the_best_are_seen_and_at_the_end_only_the_results(run: Callable[..., Run]) -> None:
    running = run(hold=2)
    shown = running.until(lambda text: "best so far" in text)
    assert [line.split()[0] for line in shown.splitlines()] == ["toy", "train", "x", "2", "best"]
    assert "running" in shown
    running.hold.unlink()
    assert running.ended() == 0
    assert "running" not in running.shown()
    assert "best so far" not in running.shown()
    assert running.shown().splitlines()[-1].startswith("4 of 4 trials done, 0 failed, in ")


@pytest.mark.slow
def test_interrupted_it_says_so_and_leaves_the_terminal_as_it_was(run: Callable[..., Run]) -> None:
    running = run(hold=0)
    running.until(lambda text: "1 running" in text or "2 running" in text)
    os.write(running.master, b"\x03")
    assert running.ended() == 130
    assert running.shown() == "Stopping: trials that run are asked to end; the next `expc run` goes on."
    assert running.screen.cursor.hidden is False


@pytest.mark.slow
def test_killed_it_leaves_a_terminal_that_can_be_used(run: Callable[..., Run]) -> None:
    running = run(hold=0)
    running.until(lambda text: "0/4 done" in text)
    os.kill(running.number, signal.SIGKILL)
    assert running.ended() == -signal.SIGKILL
    assert running.screen.cursor.hidden is False
    assert pyte.modes.DECAWM in running.screen.mode


@pytest.mark.slow
def test_a_terminal_that_can_do_nothing_gets_plain_lines(run: Callable[..., Run]) -> None:
    running = run(term="dumb")
    assert running.ended() == 0
    shown = running.shown()
    assert "best so far" not in shown
    assert shown.splitlines()[-1].startswith("4 of 4 trials done, 0 failed, in ")
