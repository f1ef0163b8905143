"""A file in the format of MNIST in, what its first bytes say of it out. Reads no more, and needs no numpy.

An IDX file has two zeros, the type of its numbers, how many dimensions there are, the size of each, and the numbers,
big-endian. It may be packed by gzip, whatever it is called."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

from expc.errors import ExpcError

# The type's byte -> numpy's name for it.
TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_PACKED = b"\x1f\x8b"
_DIMENSIONS = 4


class Header(NamedTuple):
    type: str
    shape: tuple[int, ...]
    size: int
    """Bytes of the header itself."""


def first_header(path: Path, name: str) -> Header:
    """That of a file on the disk."""
    with path.open("rb") as file:
        return header(unpacked(file, name, 4 + 4 * _DIMENSIONS), name)


def header(content: bytes, name: str) -> Header:
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES:
        raise ExpcError(f"{name} is not an IDX file: it doesn't begin with two zeros and the type of its numbers")
    dimensions = content[3]
    if not 1 <= dimensions <= _DIMENSIONS or len(content) < 4 + 4 * dimensions:
        raise ExpcError(f"{name} has {dimensions} dimensions; allowed: 1 for labels, 3 or 4 for images")
    return Header(TYPES[content[2]], struct.unpack_from(f">{dimensions}I", content, 4), 4 + 4 * dimensions)


def unpacked(file: BinaryIO, name: str, size: int = -1) -> bytes:
    """The first `size` bytes of what a file holds, or all of it."""
    packed = file.read(2) == _PACKED
    file.seek(0)
    try:
        return gzip.GzipFile(fileobj=file).read(size) if packed else file.read(size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ExpcError(f"{name} can't be unpacked ({error}); fetch it again") from error


def fault(images: Header, labels: Header, names: tuple[str, str]) -> str | None:
    """Why two files don't belong together, as images and their labels; None if they do."""
    image, label = names
    if len(images.shape) not in (3, 4):
        hint = "; the two files may have changed places" if len(labels.shape) in (3, 4) else ""
        return f"{image} has {len(images.shape)} dimension(s), and images have 3 or 4{hint}"
    if len(labels.shape) != 1:
        return f"{label} has {len(labels.shape)} dimensions, and labels have 1"
    if images.shape[0] != labels.shape[0]:
        return f"{images.shape[0]} images in {image}, and {labels.shape[0]} labels in {label}"
    return None
