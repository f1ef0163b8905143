"""A finished image in, why no container can be started from it out."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from expc.compiler.check import check_file
from expc.compiler.programs.sif import lacking

SHELL = b"#!/usr/bin/env run-singularity\n".ljust(32, b"\0")
NUMBERS = struct.pack("<8q", 0, 0, 45, 48, 4096, 28080, 100, 50)
"""Its content begins at byte 100 and has 50."""
IMAGE = (SHELL + b"SIF_MAGIC\0".ljust(32, b"x") + NUMBERS).ljust(150, b"x")
SPEC = """\
expc: 1
name: own
task: {command: "sort {args}"}
metrics: {score: {goal: maximize}}
environment: {container: one.sif}
"""


@pytest.mark.parametrize(
    ("content", "lack"),
    [
        (IMAGE, ""),
        (IMAGE + b"signed", ""),
        (b"hsqs" + bytes(200), ""),
        (bytes(2000), ""),
        (b"", "is empty"),
        (IMAGE[:149], "is cut off: it has 149 bytes of 150"),
        (IMAGE[:60], "is cut off after 60 bytes"),
        (b"<html>\nno such file", "is no image: it begins with '<html>'"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid",
            "is no image: it begins with 'version https://git-lfs.github.com/spec/'",
        ),
        (b"Bootstrap: docker\n", "is no image: it begins with 'Bootstrap: docker'"),
    ],
)
def test_an_image_that_is_not_whole_is_found_before_a_job_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, lack: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("one.sif").write_bytes(content)
    Path("spec.yaml").write_text(SPEC)
    assert lacking(Path("one.sif")) == lack
    said = [f"{found.line}:{found.column} {found.message}" for found in check_file("spec.yaml") if found.code == "E388"]
    assert said == ([f"5:26 'one.sif' {lack}"] if lack else [])


def test_an_image_that_we_may_not_read_is_an_error_of_the_spec(tmp_path: Path) -> None:
    (tmp_path / "loop.sif").symlink_to("loop.sif")
    assert lacking(tmp_path / "loop.sif").startswith("can't be read: ")
    if os.geteuid() != 0:
        (tmp_path / "closed.sif").touch(mode=0)
        assert lacking(tmp_path / "closed.sif") == "can't be read: Permission denied"
