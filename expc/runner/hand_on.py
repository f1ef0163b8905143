"""SIGTERM to Snakemake's start in a job in, the same to the command that it runs out.

When SLURM wants a node back, or a job is cancelled, it asks the process that it has started itself to end, and no
other: that is a start of Snakemake, which then waits for its command. The command would learn of it by being killed."""

import contextlib
import os
import signal
import threading
from glob import glob


def hand_on():
    """From now on. A thread listens: handlers are Snakemake's own, and it sets them later."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=listen, args=(reading,), daemon=True).start()


def listen(reading):
    while True:
        if signal.SIGTERM in os.read(reading, 64):
            for child in children():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGTERM)


def children():
    """Of this process: those that any of its threads has started."""
    found = []
    for path in glob("/proc/self/task/*/children"):
        with contextlib.suppress(OSError), open(path) as file:
            found += [int(word) for word in file.read().split()]
    return found
