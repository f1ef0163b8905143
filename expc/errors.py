"""What can be wrong, as values: a diagnostic has a place, a code, a message and a hint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Diagnostic:
    """One finding: `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str = ""

    @property
    def is_error(self) -> bool:
        return self.code.startswith("E")

    @property
    def place(self) -> tuple[str, int, int]:
        return self.file, self.line, self.column

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: {self.code} {self.message}"
        return f"{place}\n    {self.hint}" if self.hint else place


class ExpcError(Exception):
    """A problem that the user can mend. The message says what is wrong and what to do."""

    exit_code = 1


class SpecError(ExpcError):
    """A spec that can't be compiled, with everything that is wrong with it."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(diagnostics))
        super().__init__("\n".join(map(str, self.diagnostics)))


LISTED = 30
"""Names of what is allowed that a hint has."""


def nearest(word: str, allowed: Iterable[str]) -> str:
    """A hint that names what is allowed, and first the word that was probably meant."""
    known = list(allowed)
    begun = [one for one in known if len(word) >= 3 and one.startswith(word)]
    close = get_close_matches(word, known, n=1, cutoff=0.6) or begun[:1]
    shown = ", ".join(known[:LISTED]) + (", …" if known[LISTED:] else "")
    if close:
        return f"did you mean {close[0]!r}? allowed: {shown}"
    return f"allowed: {shown}" if known else "none is defined here"
