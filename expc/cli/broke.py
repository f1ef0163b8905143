"""Snakemake's log in, what the rules that failed said of it out: seldom does anybody need the rest."""

from __future__ import annotations

import re
from pathlib import Path

LINES = 12
"""The last lines of a rule's log that are shown."""
TAIL = 25
"""The same of Snakemake's own, where no rule has failed."""
FAILED = re.compile(r">(\S+\.log) 2>&1' returned non-zero")
"""Each of our rules' commands ends so; Snakemake names it when it failed, quiet or not."""


def broke(log: Path, project: Path) -> str:
    """Lines for people: each failed rule's log, by its path in the project; without one, the end of Snakemake's."""
    text = text_of(log)
    failed = [path for path in dict.fromkeys(FAILED.findall(text)) if (project / path).is_file()]
    if not failed:
        return f"Snakemake ended with an error; {log} holds all it said:\n{_indented(text, TAIL)}"
    return "\n".join(f"{path} says:\n{last_lines(project / path)}" for path in failed)


def last_lines(log: Path) -> str:
    """The end of a rule's log, indented."""
    return _indented(text_of(log), LINES)


def text_of(log: Path) -> str:
    """Nothing if it isn't there; it may have been a moment ago, since Snakemake removes logs."""
    try:
        return log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _indented(text: str, lines: int) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip().splitlines()[-lines:])
