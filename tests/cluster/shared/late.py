"""A folder in, the same folder mounted elsewhere out, as one of several clients of a file server sees it.

`late.py FOLDER MOUNTPOINT SECONDS PARENT`. What a client has looked at, or looked for in vain, it takes to be so for
some seconds. Its locks reach no other client, and a file that is removed while it is open stays under a hidden name. It
ends with the process PARENT."""

import contextlib
import ctypes
import os
import select
import signal
import stat
import sys
import threading
import time

from mfusepy import FUSE, Operations

NOW = (1 << 30) - 1  # UTIME_NOW, as it comes from the kernel; nobody here leaves one of the two out
STATED = ("st_mode", "st_nlink", "st_uid", "st_gid", "st_size", "st_ino", "st_blocks")


def main():
    folder, mountpoint, seconds, parent = *sys.argv[1:3], float(sys.argv[3]), int(sys.argv[4])
    threading.Thread(target=end_with, args=(parent,), daemon=True).start()
    late = {"entry_timeout": seconds, "attr_timeout": seconds, "negative_timeout": seconds}
    FUSE(Client(folder), mountpoint, foreground=True, allow_other=True, use_ino=True, fsname="late", **late)


def end_with(parent):
    with contextlib.suppress(ProcessLookupError):
        select.select([os.pidfd_open(parent)], [], [])
    ctypes.CDLL(None).umount2(os.fsencode(sys.argv[2]), 2)
    os.kill(os.getpid(), signal.SIGKILL)


def stated(found):
    times = {name: getattr(found, f"{name}_ns") for name in ("st_atime", "st_mtime", "st_ctime")}
    return {**{name: getattr(found, name) for name in STATED}, **times}


class Client(Operations):
    use_ns = True

    def __init__(self, folder):
        self.folder = folder

    def at(self, path):
        return self.folder + path

    def getattr(self, path, fh=None):
        return stated(os.lstat(self.at(path)))

    def readdir(self, path, fh):
        own = {"st_mode": stat.S_IFDIR, "st_ino": 1}  # a name whose number is 0 isn't listed
        with os.scandir(self.at(path)) as entries:
            found = [(entry.name, stated(entry.stat(follow_symlinks=False)), 0) for entry in entries]
        return [(".", own, 0), ("..", own, 0), *found]

    def readlink(self, path):
        return os.readlink(self.at(path))

    def statfs(self, path):
        found = os.statvfs(self.at(path))
        return {name: getattr(found, name) for name in dir(found) if name.startswith("f_") and name != "f_fsid"}

    def mkdir(self, path, mode):
        os.mkdir(self.at(path), mode)

    def rmdir(self, path):
        os.rmdir(self.at(path))

    def unlink(self, path):
        os.unlink(self.at(path))

    def symlink(self, target, source):
        os.symlink(source, self.at(target))

    def link(self, target, source):
        os.link(self.at(source), self.at(target))

    def rename(self, old, new):
        os.rename(self.at(old), self.at(new))

    def chmod(self, path, mode):
        os.chmod(self.at(path), mode)

    def chown(self, path, uid, gid):
        os.chown(self.at(path), uid, gid)

    def utimens(self, path, times=None):
        now = [time.time_ns() if value == NOW else value for value in times or (NOW, NOW)]
        os.utime(self.at(path), ns=tuple(now))

    def truncate(self, path, length, fh=None):
        os.truncate(self.at(path), length)

    def create(self, path, mode, fi=None):
        return os.open(self.at(path), os.O_RDWR | os.O_CREAT, mode)

    def open(self, path, flags):
        return os.open(self.at(path), flags & ~(os.O_APPEND | os.O_EXCL))

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        return os.pwrite(fh, data, offset)

    def fsync(self, path, datasync, fh):
        os.fsync(fh)

    def release(self, path, fh):
        os.close(fh)


if __name__ == "__main__":
    main()
