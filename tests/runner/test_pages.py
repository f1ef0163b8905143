"""What is in memory stays the same in larger pages."""

import mmap
import os
import re

import pytest

from expc.runner import pages


def huge():
    """kB of this process in huge pages."""
    with open("/proc/self/smaps_rollup", encoding="ascii") as file:
        return int(re.search(r"^AnonHugePages: +(\d+) kB", file.read(), re.MULTILINE).group(1))


def kernel_can():
    """Asked of the kernel, and not of us: whatever breaks in us would look like an old one."""
    probe = mmap.mmap(-1, 4 * pages.HUGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    probe[:] = bytes(len(probe))
    try:
        probe.madvise(25)
    except OSError:
        return False
    return True


def test_memory_keeps_its_content_in_larger_pages_and_a_child_sees_it():
    held = mmap.mmap(-1, 4 * pages.HUGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    content = os.urandom(1024) * (len(held) // 1024)
    held[:] = content
    before = huge()
    pages.collapse()
    assert held[:] == content
    child = os.fork()
    if child == 0:
        held[0:1] = bytes([content[0] ^ 1])
        os._exit(0 if held[1:] == content[1:] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert held[:] == content
    found = huge() - before
    if not kernel_can():
        pytest.skip("this kernel has no MADV_COLLAPSE: everything stayed as it was")
    assert found >= 3 * pages.HUGE // 1024


def test_only_memory_that_is_no_files_is_touched(monkeypatch, tmp_path):
    lines = {
        "55d0a0000000-55d0a0400000 rw-p 00000000 00:00 0                          [heap]\n": True,
        "7f0000000000-7f0000200000 rw-p 00000000 00:00 0 \n": True,
        "7f1000000000-7f1000200000 r--p 00000000 00:00 0 \n": False,
        "7f2000000000-7f2000200000 rw-p 00001000 08:01 131                        /usr/lib/libc.so.6\n": False,
        "7f3000000000-7f3000200000 rw-s 00000000 00:01 12                         /dev/zero (deleted)\n": False,
        "7ffc00000000-7ffc00200000 rw-p 00000000 00:00 0                          [stack]\n": False,
    }
    assert {line: bool(pages.WRITABLE.fullmatch(line)) for line in lines} == lines
