"""A compute node, or an image, has some Python from 3.8 on: what the runner needs of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = Path(__file__).parents[2] / "expc" / "runner"
VERMIN = [sys.executable, "-c", "import vermin; vermin.main()", "--target=3.8-", "--eval-annotations", "--violations"]


def python38() -> str | None:
    """A Python 3.8 of this machine, if there is one."""
    versions = sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions").glob("3.8.*/bin/python"))
    return shutil.which("python3.8") if not versions else str(versions[-1])


@pytest.mark.parametrize(
    ("code", "enough"),
    [
        (None, True),
        ("def f(x, /):\n    return (y := x)\n", True),
        ("import functools\nfunctools.cache\n", False),
        ("def f(x):\n    match x:\n        case 1:\n            return 2\n", False),
        ("def f(x: dict[str, int]):\n    return x\n", False),
    ],
)
def test_a_checker_of_minimum_versions_says_so(tmp_path, code, enough):
    if code is not None:
        (tmp_path / "file.py").write_text(code)
    checked = subprocess.run(
        [*VERMIN, str(tmp_path if code else RUNNER)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (checked.returncode == 0) is enough, checked.stdout + checked.stderr


@pytest.mark.slow
@pytest.mark.skipif(python38() is None, reason="there is no Python 3.8 on this machine")
def test_all_tests_of_the_runner_pass_under_3_8():
    tests = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-m",
        "not slow",
        "-p",
        "no:cacheprovider",
        str(Path(__file__).parent),
    ]
    environ = {**os.environ, "EXPC_TESTS_PYTHON": str(python38())}
    found = subprocess.run(tests, env=environ, capture_output=True, text=True, timeout=550, check=False)
    assert found.returncode == 0, found.stdout[-3000:]
