"""A newcomer's mistake in, a message that suffices to mend it out.

Each `specs/mistakes/NN_*.yaml` has beside it what `expc check` says of it (`.said`), and the spec as it was mended by
somebody who had read that alone (`.mended.yaml`). EXPC_REFRESH=1 writes what is said anew: mend by it, then."""

from __future__ import annotations

import os
import re
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from expc.compiler.check import check_file

MISTAKES = Path(__file__).parent / "specs" / "mistakes"
SPECS = sorted(path for path in MISTAKES.glob("[0-9]*.yaml") if not path.stem.endswith(".mended"))


def said(path: Path) -> str:
    return "".join(f"{finding}\n".replace(f"{path.parent}/", "") for finding in check_file(str(path)))


def unforeseen(wrong: str, mended: str, message: str) -> list[str]:
    """The lines that were changed, or put in, although the message names neither them nor their text."""
    before, after = wrong.splitlines(), mended.splitlines()
    pointed = {int(line) for line in re.findall(r"(?:^[^ :]+:|in line )(\d+)\b", message, re.MULTILINE)}
    found = []
    for kind, first, end, start, stop in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "insert":
            found += [line for line in after[start:stop] if line.strip() not in message]
        elif kind != "equal":
            quoted = all(line.strip() in message for line in after[start:stop]) and kind == "replace"
            found += [] if quoted else [before[line - 1] for line in range(first + 1, end + 1) if line not in pointed]
            found += after[start:stop] if kind == "replace" and stop - start > end - first else []
    return found


def test_there_are_twenty_mistakes_at_least() -> None:
    assert len(SPECS) >= 20


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_mistake_is_mended_by_what_is_said_of_it(path: Path) -> None:
    message, mended = path.with_suffix(".said"), path.with_suffix(".mended.yaml")
    if os.environ.get("EXPC_REFRESH"):
        message.write_text(said(path), encoding="utf-8")
    wanted = message.read_text(encoding="utf-8")
    assert said(path) == wanted != ""
    assert unforeseen(path.read_text(encoding="utf-8"), mended.read_text(encoding="utf-8"), wanted) == []
    assert said(mended) == ""


@pytest.mark.parametrize(
    ("mended", "lines"),
    [("a: 2\nb: 1\n", []), ("a: 1\nb: 2\n", ["b: 1"]), ("a: 2\nc: 3\nb: 1\n", ["a: 2", "c: 3"]), ("a: 1\n", ["b: 1"])],
)
def test_a_line_that_no_message_points_to_is_found(mended: str, lines: list[str]) -> None:
    assert unforeseen("a: 1\nb: 1\n", mended, "x.yaml:1:4: E203 a: expected 2\n") == lines
