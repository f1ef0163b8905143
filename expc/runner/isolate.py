"""A process in, one without a network and that dies with its parent out. Linux only; elsewhere nothing changes."""

import ctypes
import fcntl
import os
import signal
import socket
import struct

NEW_USER, NEW_NET = 0x10000000, 0x40000000
PARENT_DEATH_SIGNAL = 1
GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1

libc = ctypes.CDLL(None, use_errno=True)


def deny_network():
    """Leave the network for an empty one that has only a loopback. False if the platform does not let us.

    An ordinary user may do it in a user namespace of his own, in which he stays who he is."""
    user, group = os.geteuid(), os.getegid()
    if not unshare(NEW_NET):
        if not unshare(NEW_USER | NEW_NET):
            return False
        stay_oneself(user, group)
    raise_loopback()
    return True


def stay_oneself(user, group):
    """Be in a fresh user namespace who one was outside. Where that fails one is nobody in there, which will do."""
    try:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with open("/proc/self/" + name, "w") as file:
                file.write(text)
    except OSError:
        pass


def unshare(flags):
    return hasattr(libc, "unshare") and libc.unshare(flags) == 0


def raise_loopback():
    """Programs that talk to themselves need it; without it they fail, and say so."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            asked = struct.pack("16sh14x", b"lo", 0)
            flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, GET_FLAGS, asked))[1]
            fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", b"lo", flags | UP))
    except OSError:
        pass


def die_with_parent(parent, number=signal.SIGKILL):
    """Get signal `number` when the parent dies. Call it after `deny_network`: changed credentials undo it."""
    if hasattr(libc, "prctl"):
        libc.prctl(PARENT_DEATH_SIGNAL, int(number), 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), number)
