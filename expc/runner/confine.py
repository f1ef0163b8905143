"""A process in, one that of all trials' folders can write into a single one out: each trial in its own.

It makes a mount namespace, in which the others become read-only, and then gives away the power to undo that."""

import ctypes
import os

from .isolate import libc
from .mounts import BIND, RECURSIVE, leave_mounts, mount, read_only

DROP_BOUND = 24
CAPABILITIES_3 = 0x20080522


def confine(folder, among):
    """Of `among`, leave this process nothing writable but `folder`. OSError if the system doesn't let us."""
    leave_mounts()
    mount(among, among, BIND | RECURSIVE)  # only what is mounted somewhere can be made read-only
    mount(folder, folder, BIND)
    read_only(among)
    forgo_power()


def possible(folder):
    """Whether this machine lets us do that, tried in a process of its own."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            confine(folder, folder)
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(pid, 0)[1] == 0


def forgo_power():
    """In a user namespace of one's own one can do anything, also undo this. Not so after it, nor in what is started."""
    number = 0
    while libc.prctl(DROP_BOUND, number, 0, 0, 0) == 0:
        number += 1
    libc.capset((ctypes.c_uint32 * 2)(CAPABILITIES_3, 0), (ctypes.c_uint32 * 6)())
