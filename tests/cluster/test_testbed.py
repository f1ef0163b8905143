"""The testbed itself: a lab is what it was made, and ends whatever of it has ended before."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import PATIENCE, TESTBED, stated

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
    assert testbed("kill", NAME, f"{NAME}-1").returncode == 0
    assert lab.pid(f"slurmd.{NAME}-1") is None  # at once: who looks starts it again
    os.kill(munged, signal.SIGKILL)
    assert testbed("down", NAME).returncode == 0
    assert [number for number in others if there(number)] == []
    assert not lab.folder.exists()


def test_what_installs_packages_waits_while_another_apt_is_at_work(tmp_path: Path) -> None:
    for name in ("lists/partial", "cache/archives/partial"):
        (tmp_path / name).mkdir(parents=True)
    ours = {"Etc::SourceList": os.devnull, "Etc::SourceParts": os.devnull}
    ours |= {"State::Lists": f"{tmp_path}/lists", "Cache": f"{tmp_path}/cache"}
    command = [TESTBED / "apt.sh", *(f"-oDir::{name}={value}" for name, value in ours.items()), "update"]
    with (tmp_path / "lists/lock").open("w") as lists:
        fcntl.lockf(lists, fcntl.LOCK_EX)
        waiting = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert waiting.stderr is not None
        assert waiting.stderr.readline() == "apt.sh: waits until another apt has ended\n"
    said = waiting.communicate(timeout=PATIENCE)[1]
    assert (waiting.returncode, said) == (0, "")
    broken = subprocess.run([*command[:-1], "no-such-command"], capture_output=True, text=True, check=False)
    assert (broken.returncode, "no-such-command" in broken.stderr) == (100, True)


def there(number: int | None) -> bool:
    """Whether a process is there, and not one that has ended and only waits to be asked how."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
