"""Values in, whole files out: a file is replaced at once or stays as it was; rows are appended a line at a time."""

import contextlib
import errno
import json
import os
import re
import shutil
import time

PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds between attempts to remove a folder in which there is always something."""
PASSING = (errno.ENOENT, errno.ENOTEMPTY, errno.EBUSY)
"""What may be over in a moment: somebody else removes it, or still has something in it open."""

COLLECTED = re.compile(r"\[Errno (\d+)\] ")


def write_text(path, text):
    """Write a file whole or not at all. Two writers never share a temporary file: the writer holds the trial's lock.

    Half a surrogate pair, which JSON can hold and UTF-8 can't, becomes the escape that JSON has for it."""
    with open(path + ".tmp", "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


def write_bytes(path, content):
    with open(path + ".tmp", "wb") as file:
        file.write(content)
    os.replace(path + ".tmp", path)


def write_json(path, value):
    write_text(path, json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")


def append_row(path, row):
    """Append one line, after mending a line that a killed writer left torn."""
    line = (json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n").encode()
    with open(path, "ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                line = b"\n" + line
        file.write(line)


def rows(path):
    """The rows of a file of JSON lines; lines that are torn or no objects are left out."""
    found = []
    try:
        with open(path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                if isinstance(row, dict):
                    found.append(row)
    except FileNotFoundError:
        return []
    return found


def content(path):
    """A file's text; none if it can't be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def size(path):
    """Bytes; none if there is no such file."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


def make(folder):
    """Make a folder and those above it. Trying first saves two calls for each of thousands of trials."""
    try:
        os.mkdir(folder)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)


def remove(path):
    """Remove a file or a folder with all that it holds, if it is there."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError):  # macOS says PermissionError for a folder
        if not os.path.isdir(path):
            raise
        remove_folder(path)


def remove_folder(path):
    """What somebody still has open keeps a name on shared file systems (.nfs…, .fuse_hidden…), and so its folder: also
    what a process that has just been killed had, for a moment."""
    pauses = list(PAUSES)
    while os.path.lexists(path):
        try:
            shutil.rmtree(path)
        except OSError as error:
            if error.errno not in PASSING or not pauses:
                raise
            time.sleep(pauses.pop(0))


def anything_in(folder):
    """Whether a folder holds a file, at any depth."""
    try:
        with os.scandir(folder) as entries:
            return any(not entry.is_dir(follow_symlinks=False) or anything_in(entry.path) for entry in entries)
    except FileNotFoundError:
        return False


def fingerprint(folder):
    """What shows that something in a folder has changed: every file's path, size and time."""
    found = []
    for where, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # a process that was just killed may still rename something
                state = os.lstat(os.path.join(where, name))
                found.append((os.path.join(where, name), state.st_size, state.st_mtime_ns, state.st_ino))
    return sorted(found)


def copy_folder(original, copy, **how):
    """As shutil.copytree does. It collects what goes wrong as texts; the first of them is raised as the error it was,
    so that a full disk is known as one."""
    try:
        shutil.copytree(original, copy, **how)
    except shutil.Error as collected:
        _, where, why = collected.args[0][0]
        found = COLLECTED.match(why)
        if found is None:
            raise
        number = int(found.group(1))
        raise OSError(number, os.strerror(number), where) from collected
