"""A trial's folder in, a file out that keeps it from others on every node, also where `flock` reaches only one.

It is written in SLURM jobs alone, and names job and host. Its holder renews it; one that isn't renewed any more has no
holder. All times are compared by the file server's clock."""

import contextlib
import errno
import json
import os
import time

FILE = "held"
RENEW = 20.0  # seconds
STALE = 120.0  # without a sign of life: a node may be busy, and a client writes times late
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS)
SEEN = 60.0  # until what another node wrote can be read here


def ourselves(environ):
    """Who we are, as a value; None outside of a job."""
    if not environ.get("SLURM_JOB_ID"):
        return None
    start = int(environ.get("SLURM_RESTART_COUNT") or 0)
    host = (
        environ.get("SLURMD_NODENAME") or os.uname().nodename
    )  # one machine may be several nodes, each with its locks
    return {"job": environ["SLURM_JOB_ID"], "start": start, "host": host, "pid": os.getpid()}


def hold(folder, us, *, locked):
    """Whether the folder is ours now. `locked` says that we have its `flock`: then nobody else on our node has it."""
    target = os.path.join(folder, FILE)
    # With the job: in containers, two processes of a node may have the same number.
    mine = os.path.join(folder, "%s.%s.%s.%d" % (FILE, us["host"], us["job"], us["pid"]))
    with open(mine, "w") as file:
        json.dump(us, file)
    try:
        now = os.stat(mine).st_mtime
        for _ in range(2):
            if linked(mine, target):
                return True
            found = state(target)
            if found and not (
                abandoned(found[1], found[0], us, now, locked=locked) and set_aside(target, mine + ".old", found)
            ):
                return False
        return False
    finally:
        os.unlink(mine)


def linked(mine, target):
    """A link is made or not, on every file system that knows links; a create may be answered twice."""
    try:
        os.link(mine, target)
    except FileExistsError:
        return os.stat(mine).st_nlink == 2
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        try:
            with open(mine) as said, open(target, "x") as file:
                file.write(said.read())
        except FileExistsError:
            return False
    return True


def state(target):
    """(when it was renewed, its file's number) and who holds it; None if nobody does."""
    try:
        with open(target) as file:
            found = os.fstat(file.fileno())
            text = file.read()
    except FileNotFoundError:
        return None
    try:
        holder = dict(json.loads(text))
    except (ValueError, TypeError):
        holder = {}
    return (found.st_mtime, found.st_ino), holder


def abandoned(holder, stamp, us, now, *, locked):
    """Whether the holder is gone: an earlier start of our job, another process of our node, or one long silent."""
    if us and holder.get("job") == us["job"] and holder.get("start", 0) < us["start"]:
        return True
    here = us["host"] if us else os.uname().nodename
    return (locked and holder.get("host") == here) or now - stamp[0] > STALE


def set_aside(target, aside, found):
    """Remove what was found. False if it was another's by then: that one gets its own back."""
    try:
        os.rename(target, aside)
    except FileNotFoundError:
        return True
    same = state(aside) == found
    if not same:
        with contextlib.suppress(OSError):
            os.link(aside, target)
    os.unlink(aside)
    return same


def held_elsewhere(folder):
    """Whether a job on another node works in the folder."""
    found = state(os.path.join(folder, FILE))
    return bool(found) and not abandoned(found[1], found[0], None, time.time(), locked=True)


def renew(folder, us):
    """A sign of life. False if the folder isn't ours any more."""
    target = os.path.join(folder, FILE)
    try:
        found = state(target)
        if not found or found[1] != us:
            return False
        os.utime(target)
    except OSError:  # a moment without the file server; the next time tells
        return True
    return True


def release(folder, us):
    with contextlib.suppress(OSError):
        if (state(os.path.join(folder, FILE)) or (None, None))[1] == us:
            os.unlink(os.path.join(folder, FILE))


def await_listed(path, seconds=SEEN):
    """Another node's file may be listed before it can be opened. Call it after a file was made in that folder, which
    makes NFS forget what it remembers of it."""
    end = time.monotonic() + seconds
    folder, name = os.path.split(path)
    while not os.path.exists(path) and name in os.listdir(folder) and time.monotonic() < end:
        time.sleep(0.5)
