"""The testbed itself: a lab is what it was made, and ends whatever of it has ended before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import TESTBED, stated

NAME = f"bed-{os.getpid()}"

Testbed = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def testbed() -> Iterator[Testbed]:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, str(TESTBED), *words], capture_output=True, text=True, check=False)

    yield run
    run("down", NAME)


def test_a_lab_keeps_its_nodes_and_ends_with_all_its_daemons_even_if_one_has_died(testbed: Testbed) -> None:
    made = testbed("up", NAME, "--nodes", "1", "--while", str(os.getpid()))
    assert made.returncode == 0, made.stderr
    other = testbed("up", NAME, "--nodes", "2")
    assert (other.returncode, other.stderr) == (
        1,
        f"testbed: {NAME} is there, with nodes 1, not 2; take it down first\n",
    )
    lab = stated(NAME)
    assert lab is not None
    munged, *others = [lab.pid(daemon) for daemon in ("munged", "slurmctld", f"slurmd.{NAME}-1")]
    assert munged is not None
    os.kill(munged, signal.SIGKILL)
    assert testbed("down", NAME).returncode == 0
    assert [number for number in others if there(number)] == []
    assert not lab.folder.exists()


def there(number: int | None) -> bool:
    """Whether a process is there, and not one that has ended and only waits to be asked how."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
