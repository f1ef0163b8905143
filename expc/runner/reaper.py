"""Process groups in; killed, once the runner that registered them is dead: the last line against `kill -9`."""

import contextlib
import os
import shutil
import signal
from typing import Set


class Reaper:
    """A tiny process that reads `+group` and `-group` from a pipe, and kills what is left when the pipe ends."""

    def __init__(self, signals, scratch):
        """`signals` is the pipe of the runner's signals, which the reaper must leave alone; `scratch` is a folder that
        it removes at the end."""
        reading, self.pipe = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            signal.set_wakeup_fd(-1)
            for descriptor in (self.pipe, signals.reading, signals.writing):
                os.close(descriptor)
            watch(reading, scratch)
        os.close(reading)

    def register(self, group):
        """Called by the trial itself, before it runs anything: no moment is left in which nobody knows of it."""
        self.say(b"+%d\n" % group)

    def unregister(self, group):
        self.say(b"-%d\n" % group)

    def say(self, line):
        # Without a reaper, if somebody killed it, each trial's leader still dies with the runner.
        with contextlib.suppress(BrokenPipeError):
            os.write(self.pipe, line)

    def end(self):
        """Close the pipe, and wait until the reaper has gone."""
        os.close(self.pipe)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def watch(reading, scratch):
    """The reaper's whole life. It holds neither the terminal nor the log, so that nobody waits for it."""
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    groups: Set[int] = set()
    with os.fdopen(reading, "rb") as lines:
        for line in lines:
            (groups.add if line[:1] == b"+" else groups.discard)(int(line[1:]))
    for group in groups:
        kill(group, signal.SIGKILL)
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(0)


def kill(group, number):
    """Send a signal to a process group. False if nobody is in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS refuses a group of zombies
        return False
    return True
