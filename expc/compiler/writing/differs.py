"""Files of `workflow/` that aren't what expc would write in, how they are named and what has changed them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

NAMED = 8
"""Files that are named; with the runner there are a hundred."""
LINE_ENDS = (
    "git has changed the line ends (core.autocrlf): a line `* -text` in .gitattributes keeps it from that; commit it,"
    " and check out the files anew"
)


def listed(paths: Sequence[str]) -> str:
    more = len(paths) - NAMED
    return ", ".join(paths[:NAMED]) + (f" and {more} more" if more > 0 else "")


def other_line_ends(paths: Iterable[str], files: Mapping[str, bytes], folder: Path) -> bool:
    """Whether nothing else is different in one of these files."""
    return any(_unix(folder / path) == files[path] for path in paths if path in files)


def _unix(path: Path) -> bytes:
    """What it says, if its lines end as on Windows; nothing if they don't."""
    content = path.read_bytes() if path.is_file() else b""
    return content.replace(b"\r\n", b"\n") if b"\r\n" in content else b""
