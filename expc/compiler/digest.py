"""Files and values in, their hashes out: what identity is made of."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from typing import Any

from expc.plan import canonical
from expc.runner.written import Damaged, read
from expc.whole import write_whole

# A file that changed this lately may change again without a new time stamp.
_RACY_NS = 2_000_000_000

SMALL = 2**24
"""Bytes that are sooner read than anybody notices."""

Signature = tuple[int, int, int, int]


def digest(value: Any) -> str:
    """16 hex characters of the sha256 of `value` as canonical JSON.

    1 and 1.0 differ, as they do in JSON: normalise first. ValueError for numbers that are not finite."""
    # surrogatepass: YAML and JSON can spell half a surrogate pair, which has a hash like everything else.
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def file_hash(path: Path) -> str:
    """The sha256 of a file's content, read now."""
    with path.open("rb") as file:
        return _hash(file)


class Digests:
    """The sha256 of files, remembered in `results/.cache/sha256.json` of a project between commands.

    What is remembered holds while size, both times and the inode stay. `now` is the clock, in nanoseconds."""

    def __init__(self, project: Path, now: Callable[[], int] = time.time_ns) -> None:
        self._project = project
        self._now = now
        self._cache = project / "results" / ".cache" / "sha256.json"
        self._known = _remembered(self._cache)
        self._changed = False

    def sha256(self, path: Path) -> str:
        """The sha256 of a file's content; OSError if it can't be read."""
        key = os.path.relpath(path, self._project)
        with path.open("rb") as file:
            signature = _signature(file)
            fresh = self._now() - max(signature[1:3]) < _RACY_NS
            found = self._known.get(key)
            if found and found[0] == signature and not fresh:
                return found[1]
            content = _hash(file)
            if not fresh and _signature(file) == signature:
                self._known[key] = (signature, content)
                self._changed = True
            return content

    def save(self, *, begin: bool = True) -> None:
        """Write what is known, whole, if there is news; unless to `begin`, only where there is a cache already. One
        that can't be written only costs time."""
        if not self._changed or not (begin or self._cache.exists()):
            return
        lines = {key: [*signature, content] for key, (signature, content) in sorted(self._known.items())}
        with contextlib.suppress(OSError):
            write_whole(self._cache, (json.dumps(lines, indent=0) + "\n").encode())
            self._changed = False


class StandIns(Digests):
    """For who only looks: a large file that isn't known has a stand-in, of its path, size and time, for its hash.

    None of it is saved, and no plan that it stands in may be written."""

    def sha256(self, path: Path) -> str:
        with path.open("rb") as file:
            size, modified, *_ = signature = _signature(file)
        key = os.path.relpath(path, self._project)
        if size <= SMALL or self._known.get(key, (None,))[0] == signature:
            return super().sha256(path)
        return hashlib.sha256(f"{size} {modified} {path.resolve()}".encode("utf-8", "surrogateescape")).hexdigest()

    def save(self, *, begin: bool = True) -> None:
        """Nothing is."""


def _hash(file: BufferedReader) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()


def _signature(file: BufferedReader) -> Signature:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _remembered(cache: Path) -> dict[str, tuple[Signature, str]]:
    """The entries of a cache file that are whole; none if there is no such file, or it isn't JSON."""
    try:
        entries = read(str(cache), "it is made anew", {...: None}).items()
    except Damaged:
        return {}
    return {key: ((line[0], line[1], line[2], line[3]), line[4]) for key, line in entries if _is_whole(line)}


def _is_whole(line: Any) -> bool:
    return (
        isinstance(line, list)
        and len(line) == 5
        and all(isinstance(number, int) for number in line[:4])
        and isinstance(line[4], str)
        and len(line[4]) == 64
    )
