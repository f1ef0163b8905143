"""Rows of text in, a Markdown table that reads well in a terminal out."""

import re
from collections.abc import Sequence
from unicodedata import combining, east_asian_width

# An underscore between letters, as in f1_macro, means nothing to Markdown.
_MARKUP = re.compile(r"[\\|*`<\[]|(?<![^\W_])_|_(?![^\W_])")
_BLANK = re.compile(r"\s+")


def plain(text: str) -> str:
    """`text` on one line, with what Markdown would read as markup escaped."""
    return _MARKUP.sub(r"\\\g<0>", _BLANK.sub(" ", text).strip())


def pipe_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int) -> str:
    """A table whose first `left` columns are aligned to the left and the others, of numbers, to the right."""
    widths = [max(3, *map(_width, column)) for column in zip(head, *rows, strict=True)]
    rule = [":" + "-" * (width - 1) if n < left else "-" * (width - 1) + ":" for n, width in enumerate(widths)]
    return "".join(_line(cells, widths, left) for cells in (head, rule, *rows))


def _line(cells: Sequence[str], widths: Sequence[int], left: int) -> str:
    padding = [" " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)]
    padded = [cell + pad if n < left else pad + cell for n, (cell, pad) in enumerate(zip(cells, padding, strict=True))]
    return f"| {' | '.join(padded)} |\n"


def _width(text: str) -> int:
    """The columns of a terminal that a text takes: East Asian characters take two."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
