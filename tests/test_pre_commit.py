"""The hook for pre-commit, as of the last commit, run by pre-commit: mistakes are reported, other files passed over."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
FILES = {
    "good.yaml": 'expc: 1\nname: a\ntask: {command: "true {x}"}\nparams: {x: 1}\nmetrics: [m]\n',
    "bad.yaml": 'expc: 1\nname: a\ntask: {command: "true {x}"}\nparams: {x: 1}\nmetircs: [m]\n',
    "other.yaml": "metircs: [m]\n",
}


def test_a_commit_with_a_mistaken_spec_is_stopped(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, which pre-commit needs")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"PRE_COMMIT_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv" / "bin"

    def said(*command: str | Path) -> tuple[int, str]:
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    project = tmp_path / "project"
    project.mkdir()
    code, output = said(programs / "pip", "install", "--quiet", "pre-commit")
    if code:
        pytest.skip(f"pre-commit can't be installed: {output[-300:]}")
    code, revision = said("git", "-C", ROOT, "rev-parse", "HEAD")
    assert code == 0, revision
    hooks = {"repos": [{"repo": str(ROOT), "rev": revision.strip(), "hooks": [{"id": "expc-check"}]}]}
    for name, text in {**FILES, ".pre-commit-config.yaml": json.dumps(hooks)}.items():
        (project / name).write_text(text)
    assert [said("git", *words)[0] for words in (["init", "-q"], ["add", "."])] == [0, 0]
    tried = [programs / "pre-commit", "run", "--files"]
    code, output = said(*tried, *FILES)
    assert (code, "bad.yaml:5:1: E201 unknown key 'metircs'" in output) == (1, True), output
    assert "other.yaml" not in output
    code, output = said(*tried, "good.yaml", "other.yaml")
    assert code == 0, output
    shutil.rmtree(tmp_path / "home")
