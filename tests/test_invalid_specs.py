"""Every spec in `specs/invalid` in, exactly the findings that it ends in out."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from expc.compiler.check import check_file
from expc.compiler.reading.site import Site, load_site

INVALID = Path(__file__).parent / "specs" / "invalid"
SITES = INVALID.parent / "sites"
SPECS = sorted(INVALID.glob("*.yaml"))


def found(path: Path) -> list[tuple[int, int, str]]:
    return sorted({(finding.line, finding.column, finding.code) for finding in check_file(str(path), site(path))})


def site(path: Path) -> Site | None:
    """The cluster that a spec is wrong for: `# site: university.yaml` in its first line."""
    named = re.match(r"# site: (\S+)\n", path.read_bytes()[:100].decode("latin-1")) if path.is_file() else None
    return load_site(str(SITES / named[1]), SITES) if named else None


def expected(path: Path) -> list[tuple[int, int, str]]:
    beside = path.with_suffix(".expect")
    text = (beside if beside.exists() else path).read_text(encoding="utf-8")
    rows = re.findall(r"^# expect: (\d+):(\d+) ([ER]\d{3})$", text, re.MULTILINE)
    return sorted((int(line), int(column), code) for line, column, code in rows)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_an_invalid_spec_gives_exactly_the_findings_that_it_names(path: Path) -> None:
    wanted = expected(path)
    assert path.stem[:4] in {code for _, _, code in wanted}
    assert found(path) == wanted


def test_the_corpus_holds_every_code_of_loading_and_of_shape() -> None:
    codes = {path.stem[:4] for path in SPECS} | {code for _, code, _, _ in MADE}
    assert {code for code in codes if code.startswith(("E1", "E2"))} == {
        *(f"E10{digit}" for digit in range(1, 8)),
        *("E108", "E109", "E110"),
        *(f"E20{digit}" for digit in range(1, 7)),
    }


def sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


MADE: list[tuple[str, str, tuple[int, int], Callable[[Path], object]]] = [
    ("missing", "E101", (1, 1), lambda path: None),
    ("below a file", "E101", (1, 1), lambda path: path.parent.joinpath("below a file").write_text("")),
    ("directory", "E101", (1, 1), Path.mkdir),
    ("pipe", "E101", (1, 1), os.mkfifo),
    ("latin-1", "E101", (2, 10), lambda path: path.write_bytes("expc: 1\nname: café\n".encode("latin-1"))),
    ("utf-16", "E101", (1, 1), lambda path: path.write_bytes("expc: 1\n".encode("utf-16"))),
    ("cut short", "E101", (1, 7), lambda path: path.write_bytes("name: é".encode()[:-1] + b"\n")),
    ("50 MB", "E102", (1, 1), lambda path: sparse(path, size=50_000_000)),
    ("a byte too many", "E102", (1, 1), lambda path: path.write_bytes(b"#" * 1_000_001)),
    ("as large as may be", "E107", (1, 1), lambda path: path.write_bytes(b"#" * 1_000_000)),
    ("empty", "E107", (1, 1), lambda path: path.write_bytes(b"")),
    ("only a byte order mark", "E107", (1, 1), lambda path: path.write_bytes(b"\xef\xbb\xbf")),
    ("1,001 aliases", "E105", (2, 3005), lambda path: path.write_text(f"a: &a 1\nb: [{','.join(['*a'] * 1001)}]\n")),
]


@pytest.mark.parametrize(("name", "code", "place", "make"), MADE, ids=[row[0] for row in MADE])
def test_a_file_that_no_repository_can_hold_gives_its_finding(
    tmp_path: Path, name: str, code: str, place: tuple[int, int], make: Callable[[Path], object]
) -> None:
    path = tmp_path / name / "x" if name == "below a file" else tmp_path / name
    make(path if name != "below a file" else tmp_path / "spec")
    assert found(path) == [(*place, code)]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.touch(mode=0)
    assert [finding.message for finding in check_file(str(path))] == ["can't be read: permission denied"]
