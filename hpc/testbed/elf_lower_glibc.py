#!/usr/bin/env python3
"""A program for x86-64 that was built against glibc 2.38 or later in, one that runs with an older one out.

Since 2.38, glibc's headers turn strtol, sscanf and their kin into twins for C23, called __isoc23_<name>. Where these
are all that a file needs of a newer glibc, it can be bound to the old functions in place, by two tables:

  .dynsym         __isoc23_strtol becomes strtol, the end of the same text in .dynstr: st_name moves on by 9 bytes
  .gnu.version_r  the need for GLIBC_2.38 becomes one for GLIBC_2.2.5

usage: elf_lower_glibc.py FILE...     Exit status 3: a file needs other symbols that are too new; it stays as it is."""

import os
import re
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

TWIN, OLDEST = b"__isoc23_", b"GLIBC_2.2.5"
DYNSYM, VERSYM, VERNEED = 11, 0x6FFFFFFF, 0x6FFFFFFE
INDEX = 0x7FFF  # of a version; the bit above it hides a symbol


@dataclass(frozen=True)
class Tables:
    """Where in the file each table begins."""

    symbols: int
    count: int
    versions: int
    needs: int
    strings: int
    strings_end: int


def main() -> int:
    return max((lower(Path(name)) for name in sys.argv[1:]), default=0)


def lower(path: Path) -> int:
    """The exit status."""
    content = bytearray(path.read_bytes())
    tables = find(content)
    too_new = newer(content, tables)
    symbols = needing(content, tables, set(too_new))
    others = [name.decode() for _, name in symbols if not name.startswith(TWIN)]
    if others:
        print(f"{path}: needs {', '.join(others)} of a newer glibc", file=sys.stderr)
        return 3
    oldest = content.index(b"\0" + OLDEST + b"\0", tables.strings, tables.strings_end) + 1 - tables.strings
    for place, _ in symbols:
        struct.pack_into("<I", content, place, struct.unpack_from("<I", content, place)[0] + len(TWIN))
    for place in too_new.values():
        struct.pack_into("<I", content, place, elf_hash(OLDEST))
        struct.pack_into("<I", content, place + 8, oldest)
    replace(path, content)
    return 0


def find(content: bytearray) -> Tables:
    assert content[:6] == b"\x7fELF\x02\x01", "not an ELF file of 64 bits, little-endian"
    (begin,) = struct.unpack_from("<Q", content, 0x28)
    size, number = struct.unpack_from("<HH", content, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", content, begin + index * size) for index in range(number)]
    kinds = {section[1]: section for section in sections}
    symbols = kinds[DYNSYM]
    strings = sections[symbols[6]]
    return Tables(
        symbols[4], symbols[5] // 24, kinds[VERSYM][4], kinds[VERNEED][4], strings[4], strings[4] + strings[5]
    )


def newer(content: bytearray, tables: Tables) -> dict[int, int]:
    """The needed versions of glibc that are newer than this machine's: where each is, by its index."""
    here, found, place, following = host_glibc(), {}, tables.needs, 1
    while following:
        _, count, _, first, following = struct.unpack_from("<HHIII", content, place)
        need = place + first
        for _ in range(count):
            _, _, index, name, step = struct.unpack_from("<IHHII", content, need)
            version = re.fullmatch(rb"GLIBC_(\d+)\.(\d+)(\.\d+)?", text(content, tables, name))
            if version and (int(version[1]), int(version[2])) > here:
                found[index & INDEX] = need
            need += step
        place += following
    return found


def needing(content: bytearray, tables: Tables, versions: set[int]) -> list[tuple[int, bytes]]:
    """The symbols of these versions: where each is, and its name."""
    places = [
        tables.symbols + 24 * index
        for index in range(tables.count)
        if struct.unpack_from("<H", content, tables.versions + 2 * index)[0] & INDEX in versions
    ]
    return [(place, text(content, tables, struct.unpack_from("<I", content, place)[0])) for place in places]


def text(content: bytearray, tables: Tables, offset: int) -> bytes:
    begin = tables.strings + offset
    return bytes(content[begin : content.index(b"\0", begin)])


def host_glibc() -> tuple[int, int]:
    major, minor = (os.confstr("CS_GNU_LIBC_VERSION") or "glibc 0.0").split()[1].split(".")[:2]
    return int(major), int(minor)


def elf_hash(name: bytes) -> int:
    """The System V ABI's hash of a symbol's name."""
    found = 0
    for byte in name:
        found = (found << 4) + byte
        high = found & 0xF0000000
        found = (found ^ (high >> 24)) & ~high & 0xFFFFFFFF
    return found


def replace(path: Path, content: bytearray) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    fresh.chmod(path.stat().st_mode & 0o7777)
    fresh.replace(path)


if __name__ == "__main__":
    sys.exit(main())
