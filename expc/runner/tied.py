"""A command in, the same process running it out, that dies with whoever started it: `python tied.py COMMAND…`.

torchrun gives each of its processes a session of its own, where nobody would find them once it is killed."""

import ctypes
import os
import signal
import sys

PARENT_DEATH_SIGNAL = 1


def main():
    parent, libc = os.getppid(), ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(PARENT_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("whoever started it is gone")
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
