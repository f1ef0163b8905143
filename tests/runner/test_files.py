"""Folders that can't be removed at once, as on shared file systems, where what is open keeps a name."""

import errno
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from expc.runner import files


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    (folder / "last.pt").touch()
    return folder


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


def fails(monkeypatch: pytest.MonkeyPatch, *numbers: int) -> None:
    """Removing a folder fails so often, for these reasons."""
    left, rmdir = list(numbers), os.rmdir

    def removed(*arguments: Any, **options: Any) -> None:
        if left:
            number = left.pop(0)
            raise OSError(number, os.strerror(number))
        rmdir(*arguments, **options)

    monkeypatch.setattr(os, "rmdir", removed)


@pytest.mark.parametrize("numbers", [(), (errno.ENOTEMPTY,), (errno.EBUSY, errno.ENOTEMPTY, errno.ENOENT)])
def test_what_keeps_a_folder_for_a_moment_is_waited_for(
    checkpoints: Path, waits: list[float], monkeypatch: pytest.MonkeyPatch, numbers: tuple[int, ...]
) -> None:
    fails(monkeypatch, *numbers)
    files.remove(str(checkpoints))
    assert (checkpoints.exists(), len(waits)) == (False, len(numbers))


@pytest.mark.parametrize(("number", "times"), [(errno.ENOTEMPTY, len(files.PAUSES)), (errno.EROFS, 0)])
def test_what_stays_is_said(
    checkpoints: Path, waits: list[float], monkeypatch: pytest.MonkeyPatch, number: int, times: int
) -> None:
    fails(monkeypatch, *[number] * 100)
    with pytest.raises(OSError, match=os.strerror(number)):
        files.remove(str(checkpoints))
    assert len(waits) == times


def test_what_vanishes_while_a_folder_is_looked_at_is_no_part_of_it(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkpoints / "last.pt.tmp").touch()
    lstat = os.lstat

    def renaming(path: str) -> os.stat_result:
        if path.endswith(".tmp"):
            Path(path).rename(checkpoints / "last.pt")
        return lstat(path)

    monkeypatch.setattr(os, "lstat", renaming)
    assert [path for path, *_ in files.fingerprint(str(checkpoints))] == [str(checkpoints / "last.pt")]


def test_what_ends_a_copy_keeps_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = tmp_path / "original"
    (original / "deep").mkdir(parents=True)
    (original / "deep" / "weights").write_bytes(b"w" * 4096)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left") as raised:
        patch.setattr(shutil, "copystat", full)
        files.copy_folder(original, tmp_path / "copy")
    assert raised.value.errno == errno.ENOSPC
    files.copy_folder(original, tmp_path / "copy", dirs_exist_ok=True)
    assert (tmp_path / "copy" / "deep" / "weights").stat().st_size == 4096
