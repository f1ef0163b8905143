"""A trial's id in, the right to work on it out: an exclusive lock that ends with the process that holds it."""

import errno
import fcntl
import os

from . import hold
from .files import make
from .outcome import folder, outcome_file

UNREACHED = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)
"""What a file system says that has no locks: NFS without its daemon, some FUSE."""


def take(identity, us=None):
    """The lock as a descriptor, to be closed; None if another process holds it.

    `us` is who we are in a SLURM job: there it holds on all nodes, and what others wrote before can be seen after it.
    Close it by `leave` then."""
    make(folder(identity))
    descriptor = os.open(os.path.join(folder(identity), "lock"), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if held(descriptor, identity, us):
            return descriptor
    except OSError:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def held(descriptor, identity, us):
    where, locked = folder(identity), True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        locked = False
        if us is None or error.errno not in UNREACHED:
            raise
    if us is None:
        return not hold.held_elsewhere(where)
    if not hold.hold(where, us, locked=locked):
        return False
    hold.await_listed(outcome_file(identity))
    return True


def leave(identity, descriptor, us=None):
    if us is not None:
        hold.release(folder(identity), us)
    os.close(descriptor)
