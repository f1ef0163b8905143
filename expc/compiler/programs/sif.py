"""A finished image in, why no container can be started from it out.

Copies break off and downloads bring a page that says no; each trial would fail, after its job has waited for a node.
What is read is the header of the Singularity Image Format (sif): after 32 bytes for a shell and 32 of names and an
identity come eight numbers, the last two of which say where its content begins and how long that is."""

from __future__ import annotations

import struct
from pathlib import Path

HEADER = struct.Struct("<32s10s22s8q")
MAGIC = b"SIF_MAGIC\0"
TEXT = (b"<", b"{", b"version https://git-lfs", b"Bootstrap:")
"""What begins a page, an answer in JSON, a pointer of git-lfs, and a definition. Other images, which Apptainer knows by
themselves (squashfs, ext3), begin otherwise."""


def lacking(path: Path) -> str:
    """The end of a sentence about the image; empty if nothing speaks against it."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            begins = file.read(HEADER.size)
    except OSError as error:
        return f"can't be read: {error.strerror}"
    if not begins:
        return "is empty"
    if begins.startswith(TEXT):
        return f"is no image: it begins with {begins.splitlines()[0][:40].decode(errors='replace')!r}"
    if begins[32:42] != MAGIC:
        return ""
    if len(begins) < HEADER.size:
        return f"is cut off after {size} bytes"
    *_, start, length = HEADER.unpack(begins)
    return "" if size >= start + length else f"is cut off: it has {size:,} bytes of {start + length:,}"
