"""Requirements in, those that may be another version tomorrow out."""

from __future__ import annotations

from pathlib import Path

import pytest

from expc.compiler.check import check_file

SPEC = """\
expc: 1
name: own
task: {command: "sort {args}"}
metrics: {score: {goal: maximize}}
environment: {requirements: requirements.txt}
"""
COMMIT = "0123456789012345678901234567890123456789"


@pytest.mark.parametrize(
    ("line", "loose"),
    [
        ("numpy==2.3.4", False),
        ("numpy==2.3.4; python_version > '3.8'", False),
        ("numpy===2.3.4 --hash=sha256:abc", False),
        ("numpy>=2,==2.3.4", False),
        (f"mine @ git+https://example.org/mine@{COMMIT} ; python_version == '3.11'", False),
        ("numpy", True),
        ("numpy>=2", True),
        ("numpy==2.*", True),
        ("numpy>=2; python_version == '3.11'", True),
        ("numpy>=2;python_version=='3.11'", True),
        ("numpy>=2 --hash=sha256:abc", True),
        ("mine @ git+https://example.org/mine@main ; python_version == '3.11'", True),
    ],
)
def test_a_requirement_that_may_be_another_version_tomorrow_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, loose: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text(SPEC)
    Path("requirements.txt").write_text(f"{line}\n")
    found = [finding.message for finding in check_file("spec.yaml") if finding.code == "R014"]
    name = "mine" if line.startswith("mine") else "numpy"
    said = f"requirements.txt doesn't say which version of {name}: it may be another one tomorrow"
    assert found == ([said] if loose else [])
