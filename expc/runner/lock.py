"""A trial's id in, the right to work on it out: an exclusive lock that ends with the process that holds it."""

import fcntl
import os

from .files import make
from .outcome import folder


def take(identity):
    """The lock as a descriptor, to be closed; None if another process holds it."""
    make(folder(identity))
    descriptor = os.open(os.path.join(folder(identity), "lock"), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
