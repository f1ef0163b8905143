"""A process that is asked to end, and hands that on to what it runs, whichever thread has started it."""

import signal
import subprocess
import sys
from pathlib import Path

RUNNER = Path(__file__).parents[2] / "expc" / "runner"
# As Snakemake does it: its handler, set later, only takes note, and a thread waits for the command.
MAIN = """
import signal, subprocess, sys, threading
sys.path.insert(0, sys.argv[1])
import hand_on

hand_on.hand_on()
signal.signal(signal.SIGTERM, lambda *_: print("noted", flush=True))
done = []
thread = threading.Thread(target=lambda: done.append(subprocess.call([sys.executable, "-c", sys.argv[2]])))
thread.start()
while thread.is_alive():
    thread.join(0.05)
print("ended with", done[0])
"""
CHILD = """
import signal, sys

signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print("up", flush=True)
signal.pause()
"""


def test_what_it_runs_is_asked_to_end_as_well() -> None:
    words = [sys.executable, "-c", MAIN, str(RUNNER), CHILD]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout and running.stdout.readline() == "up\n"
        running.send_signal(signal.SIGTERM)
        said = running.communicate(timeout=60)[0].splitlines()
    assert (running.returncode, sorted(said)) == (0, ["ended with 7", "noted"])
