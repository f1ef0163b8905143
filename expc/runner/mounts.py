"""A process in, one with mounts of its own out, which nobody else sees. Linux only, and only where we may."""

import ctypes
import os

from .isolate import NEW_USER, libc, stay_oneself, unshare

NEW_MOUNTS = 0x20000
PRIVATE, BIND, REMOUNT, RECURSIVE, READ_ONLY = 1 << 18, 1 << 12, 1 << 5, 1 << 14, 1
DETACH = 2
LOCKED = 2 | 4 | 8 | 1024 | 2048
"""nosuid, nodev, noexec, noatime, nodiratime: who is an ordinary user must ask for them again."""


def leave_mounts():
    """Leave those of others for a copy. An ordinary user needs a user namespace for it. OSError if we may not."""
    user, group = os.geteuid(), os.getegid()
    if not unshare(NEW_MOUNTS):
        if not unshare(NEW_USER | NEW_MOUNTS):
            raise refused("a mount namespace")
        stay_oneself(user, group)
    mount("none", "/", PRIVATE | RECURSIVE)


def mount(source, target, flags):
    if libc.mount(os.fsencode(source), os.fsencode(target), None, flags, None) != 0:
        raise refused(f"mount {target}")


def unmount(target):
    if libc.umount2(os.fsencode(target), DETACH) != 0:
        raise refused(f"unmount {target}")


def read_only(target):
    """Of what is mounted there."""
    mount("none", target, REMOUNT | BIND | READ_ONLY | (os.statvfs(target).f_flag & LOCKED))


def refused(what):
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")
