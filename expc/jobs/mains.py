"""This machine's processes in, the starts of Snakemake that run this project's workflow out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path


def mains(proc: Path = Path("/proc")) -> list[int]:
    """The processes of mine that submit jobs or run them; not those that Snakemake starts within its jobs."""
    return [number for number, folder in _mine(proc) if _here(folder) and is_main(_words(folder))]


def is_main(words: Sequence[str]) -> bool:
    """Whether these words start a workflow."""
    if "--mode" in words:  # a job's own start
        return False
    module = ("-m", "snakemake") in pairwise(words)
    script = any(Path(word).name == "snakemake" for word in words[:2])
    return module or script


def _mine(proc: Path) -> Iterator[tuple[int, Path]]:
    try:
        folders = [folder for folder in proc.iterdir() if folder.name.isdigit()]
    except OSError:
        return
    for folder in folders:
        try:
            if folder.stat().st_uid == os.getuid() and int(folder.name) != os.getpid():
                yield int(folder.name), folder
        except OSError:  # it has ended
            continue


def _here(folder: Path) -> bool:
    try:
        return (folder / "cwd").samefile(".")
    except OSError:
        return False


def _words(folder: Path) -> list[str]:
    try:
        return (folder / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return []
