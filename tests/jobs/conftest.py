"""A project's folder, and a cluster that answers what a real one answered."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

RECORDED = Path(__file__).parent / "recorded"
PLAN = "0123456789ab"

Answer = Callable[..., None]


def recorded(name: str, folder: Path) -> str:
    """What a command printed in SLURM 22.05, as if it had been in this folder."""
    return (RECORDED / name).read_text(encoding="utf-8").replace("/home/ada/nap", str(folder))


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Commands by their names, that print a text, or fail with it, at once or once there is a file `until`; in a
    project that was submitted from."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake/slurm_logs").mkdir(parents=True)
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")

    def answer(name: str, text: str = "", *, fails: str = "", until: str = "") -> None:
        (programs / f"{name}.txt").write_text(text, encoding="utf-8")
        waits = f"while [ ! -e {until} ]; do sleep 0.05; done\n" if until else ""
        script = f'#!/bin/sh\n{waits}cat "$0.txt"\n' + (f"echo '{fails}' >&2; exit 1\n" if fails else "")
        (programs / name).write_text(script, encoding="utf-8")
        (programs / name).chmod(0o755)

    return answer
