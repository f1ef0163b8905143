"""A folder in, the names of its files and one hash of all their contents out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

# What `datasets` leaves beside a saved set when somebody works with it: copies of what can be computed again.
_CACHED = ("cache-", "tmp")


def files_in(folder: Path) -> tuple[str, ...]:
    """The paths of all files below a folder, relative to it, sorted; hidden ones and caches are left out."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return tuple(sorted(str(PurePosixPath(path)) for path in found if not _is_left_out(path)))


def visible_files(folder: Path) -> tuple[str, ...]:
    """Those that are not hidden, nor in a hidden folder, whatever they are called."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return tuple(sorted(str(PurePosixPath(path)) for path in found if not _is_hidden(path)))


def tree_hash(folder: Path, names: Iterable[str], sha256: Callable[[Path], str]) -> str:
    """The sha256 of a list of names, each with the hash of its file: it changes when a file does, comes or goes."""
    lines = (f"{sha256(folder / name)} {name}\n" for name in names)
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def file_hash(path: Path) -> str:
    """The sha256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_left_out(path: Path) -> bool:
    return path.name.startswith(_CACHED) or _is_hidden(path)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
