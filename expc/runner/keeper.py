"""A command in, its exit status out: kept company by a process that hands it signals and outlives it by a moment.

A container has processes and a /tmp of its own. From inside, nobody sees Snakemake die, or can remove what is left."""

import os
import signal

from .isolate import die_with_parent
from .reaper import Reaper
from .signals import HEARD, Signals

TICK = 1.0  # seconds between two looks at the parent, where the kernel doesn't tell
NOT_STARTED = 127


def keep(command, environ, *, parent, scratch):
    """Run a command until it ends; the folder `scratch` goes with it. If we are killed, so is whatever it started."""
    signals = Signals()
    die_with_parent(parent, signal.SIGTERM)
    reaper = Reaper(signals, scratch)
    ourselves = os.getpid()
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)  # one that came just after the fork would be lost
    pid = os.fork()
    if pid == 0:
        become(command, environ, ourselves, signals, reaper)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
    try:
        return exit_status(attend(pid, signals))
    finally:
        reaper.end()


def become(command, environ, keeper, signals, reaper):
    """In the child. Never returns."""
    try:
        os.setsid()
        die_with_parent(keeper)
        reaper.register(os.getpid())
        signals.leave()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        os.execve(command[0], command, environ)
    finally:
        os._exit(NOT_STARTED)


def attend(pid, signals):
    """How the process ended. It is told what we are told; and that our parent has gone."""
    parent, told = os.getppid(), False
    while True:
        for number in signals.heard(TICK):
            if number != signal.SIGCHLD:
                os.kill(pid, number)
                told = True
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return status
        if os.getppid() != parent and not told:
            os.kill(pid, signal.SIGTERM)
            told = True


def exit_status(status):
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
