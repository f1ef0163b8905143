"""A process in, one that of all trials' folders can write into a single one out: each trial in its own.

It makes a mount namespace, in which the others become read-only, and then gives away the power to undo that. Linux
only, and only where an ordinary user may have a user namespace."""

import ctypes
import os

from .isolate import NEW_USER, libc, stay_oneself, unshare

NEW_MOUNTS = 0x20000
PRIVATE, BIND, REMOUNT, RECURSIVE, READ_ONLY = 1 << 18, 1 << 12, 1 << 5, 1 << 14, 1
LOCKED = 2 | 4 | 8 | 1024 | 2048
"""nosuid, nodev, noexec, noatime, nodiratime: who is an ordinary user must ask for them again."""
DROP_BOUND = 24
CAPABILITIES_3 = 0x20080522


def confine(folder, among):
    """Of `among`, leave this process nothing writable but `folder`. OSError if the system doesn't let us."""
    user, group = os.geteuid(), os.getegid()
    if not unshare(NEW_MOUNTS):
        if not unshare(NEW_USER | NEW_MOUNTS):
            raise refused("a mount namespace")
        stay_oneself(user, group)
    mount("none", "/", PRIVATE | RECURSIVE)
    mount(among, among, BIND | RECURSIVE)  # only what is mounted somewhere can be made read-only
    mount(folder, folder, BIND)
    mount("none", among, REMOUNT | BIND | READ_ONLY | (os.statvfs(among).f_flag & LOCKED))
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


def mount(source, target, flags):
    if libc.mount(os.fsencode(source), os.fsencode(target), None, flags, None) != 0:
        raise refused(f"mount {target}")


def forgo_power():
    """In a user namespace of one's own one can do anything, also undo this. Not so after it, nor in what is started."""
    number = 0
    while libc.prctl(DROP_BOUND, number, 0, 0, 0) == 0:
        number += 1
    libc.capset((ctypes.c_uint32 * 2)(CAPABILITIES_3, 0), (ctypes.c_uint32 * 6)())


def refused(what):
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")
