"""A Snakemake that is interrupted in, its end out, whatever it makes of the signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from expc.cli import child

HEEDS = "signal.signal(signal.SIGINT, lambda *_: sys.exit(3))"
IGNORES = "signal.signal(signal.SIGINT, signal.SIG_IGN)"
TELLS = "open('met', 'w').close() or met.append(1) or met[1:] and sys.exit(3)"
TWICE = f"met = []; signal.signal(signal.SIGINT, lambda *_: {TELLS})"


def started(folder: Path, does: str) -> subprocess.Popen[str]:
    program = f"import signal, sys, time; {does}; print('ready', flush=True); exec('while True: time.sleep(0.01)')"
    command = [sys.executable, "-c", program]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, process_group=0)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def gone(process: subprocess.Popen[str]) -> bool:
    return not Path(f"/proc/{process.pid}").exists()


@pytest.mark.parametrize(("does", "patience"), [(HEEDS, 60.0), (IGNORES, 0.2)])
def test_it_has_ended_afterwards(tmp_path: Path, does: str, patience: float) -> None:
    with started(tmp_path, does) as process:
        child.stop(process.pid, patience)
        assert gone(process)
        child.stop(process.pid, patience)  # it is over already


def test_a_lock_that_an_interrupt_has_left_taken_holds_up_nobody(tmp_path: Path) -> None:
    with started(tmp_path, HEEDS) as process:
        process._waitpid_lock.acquire()  # type: ignore[attr-defined]  # what an interrupt in the wrong moment leaves
        child.stop(process.pid, 60.0)
        assert gone(process)
        process._waitpid_lock.release()  # type: ignore[attr-defined]


def test_who_interrupts_again_is_heard(tmp_path: Path) -> None:
    with started(tmp_path, TWICE) as process:

        def again() -> None:
            while not (tmp_path / "met").exists():
                pass
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=again).start()
        child.stop(process.pid, 60.0)
        assert gone(process)
