"""An argparse script that knows nothing of expc in, a table out, in the five commands that its page shows."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "own-argparse"


def commands() -> list[list[str]]:
    (block,) = re.findall(r"^```sh\n(.*?)^```$", (FOLDER / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    return [shlex.split(line) for line in block.splitlines()]


def without_its_first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[2]


@pytest.mark.slow
def test_five_commands_lead_from_the_script_to_a_table(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "train.py", tmp_path)
    said = []
    assert [words[:2] for words in commands()] == [["expc", word] for word in ("init", "check", "try", "plan", "run")]
    for _, *words in commands():
        command = [sys.executable, "-P", "-m", "expc", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        said.append(done.stdout)
    assert without_its_first_line(tmp_path / "spec.yaml") == without_its_first_line(FOLDER / "spec.yaml")
    _, checked, tried, planned, ran = said
    assert checked == "1 spec: nothing to complain about.\n"
    assert tried.startswith("own-argparse: 4 conditions, all of them work\n")
    assert planned.startswith("own-argparse: 12 trials: 0 done, 12 new\n")
    assert "12 of 12 trials done, 0 failed" in ran
    rows = re.findall(r"^\| ([\d.]+) +\| (\w+) +\| +\**([\d.]+) ± [\d.]+\** \|", ran, re.MULTILINE)
    found = {(lr, decay): float(accuracy) for lr, decay, accuracy in rows}
    assert found.keys() == {("0.5", "none"), ("0.5", "linear"), ("0.05", "none"), ("0.05", "linear")}
    assert all(0.85 < accuracy < 0.99 for accuracy in found.values()), found
    assert found["0.5", "none"] > found["0.05", "none"]
