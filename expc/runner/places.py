"""The folders in which a workflow writes in, what is in the way out, in words; an error of the system in, the same."""

import contextlib
import errno
import os
import re
import shutil

FOLDERS = ("", "trials", "code", "data", "inputs", ".cache")
LITTLE = 2**20
"""Bytes without which not even an outcome can be written."""
MEANT = re.compile(r"[$`\\\n]|%\d*[AaJjNnstuxb%]")
"""Snakemake's executor for SLURM writes the folder's path in double quotes in a shell's command, where these are
commands and variables, and in the name of a job's log, in which SLURM puts the job's number for `%j`."""


def blocked(experiments=(), results="results"):
    """Files that stand where a folder is meant."""
    return [
        _in_the_way(folder)
        for folder in _folders(experiments, results)
        if os.path.lexists(folder) and not os.path.isdir(folder)
    ]


def shut(experiments=(), results="results"):
    """Folders in which nothing can be written, for want of permission or of room."""
    if not os.path.isdir(results):
        above = os.path.dirname(results) or "."
        found = [closed(above), _full(above)]
    else:
        folders = [folder for folder in _folders(experiments, results) if os.path.isdir(folder)]
        found = [*map(closed, folders), _full(results)]
    return [words for words in found if words]


def misread(folder):
    """Why jobs can't be submitted in this folder, in words; nothing where its path means what it says."""
    found = MEANT.search(folder)
    if found is None:
        return []
    return [
        f"{folder}: SLURM's commands and a shell take {found.group()!r} in a path for something else; rename the folder"
    ]


def _folders(experiments, results):
    return [os.path.join(results, name) if name else results for name in (*FOLDERS, *experiments)]


def _in_the_way(path):
    what = "a link that leads nowhere" if os.path.islink(path) else "a file"
    return f"{path} is {what}, and expc keeps a folder there; move it away"


def words(error):
    """What an OSError means, and what to do."""
    named = error.filename2 or error.filename  # of two, the second is what is to be replaced, and known to the user
    path = named if isinstance(named, str) else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        place = f"the disk of {path}" if path else "the disk"
        return f"{place} is full, or your share of it; make room, and start again: what is finished stays"
    if path and error.errno in (errno.ENOTDIR, errno.EEXIST):
        blocking = _blocking(path)
        if blocking:
            return _in_the_way(blocking)
    if path and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return closed(_existing(path)) or f"{path}: {error.strerror}; ask its owner, or change its mode with chmod"
    if path and error.errno == errno.EISDIR:
        return f"{path} is a folder, and a file is meant; move it away, or name another"
    return f"{path or 'expc'}: {error.strerror or error}"


def closed(folder):
    """Why nothing can be written in a folder; None if it can."""
    if os.access(folder, os.W_OK | os.X_OK):
        return None
    where = _named(folder)
    if _read_only(folder):
        return f"{where} is on a file system that can only be read; work in a copy elsewhere"
    return f"{where} can't be written in; ask its owner, or change its mode with chmod"


def _named(folder):
    return "this folder" if folder == "." else folder


def _read_only(folder):
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def had_room(folder, ended):
    """OSError if a program ended badly because it could write no more: it isn't to blame, and goes on another time."""
    error = no_room(folder, ended.printed) if ended.exit or ended.signal else None
    if error and not ended.killed_for:
        raise error


def no_room(folder, printed):
    """The error that kept a program from writing in a folder, if that was for want of room: by what it `printed`, or
    because a MiB doesn't fit. A quota shows in no other way."""
    for number in (errno.ENOSPC, errno.EDQUOT):
        if os.strerror(number) in printed:
            return OSError(number, os.strerror(number), folder)
    probe = os.path.join(folder, ".room")
    try:
        with open(probe, "wb") as file:
            file.write(bytes(LITTLE))
    except OSError as error:
        return error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(probe)
    return None


def _full(folder):
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return None
    return f"the disk of {_named(folder)} is full; make room first" if free < LITTLE else None


def _existing(path):
    """The nearest folder above a path that is there."""
    folder = os.path.dirname(path) or "."
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder) or "."
    return folder


def _blocking(path):
    """The part of a path that is a file, where a folder is meant."""
    while path and path != os.path.dirname(path):
        if os.path.isfile(path):
            return path
        path = os.path.dirname(path)
    return None
