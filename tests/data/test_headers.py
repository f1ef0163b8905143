"""Tables in; the header that is read as an example, and the column that says whose the rows are, out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from expc.data.headers import header_among_rows
from expc.data.repeats import Repeats, repeats

LABELS = {"text": 0, "label": 1}
FILMS = [("a fine film", "pos"), ("a bad film", "neg")] * 5


def written(folder: Path, rows: list[tuple[Any, ...]]) -> Path:
    path = folder / "rows.csv"
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


@pytest.mark.parametrize(
    ("rows", "columns", "header"),
    [
        ([("sentence", "label"), *FILMS], LABELS, ("sentence", "label")),
        (FILMS, LABELS, ()),
        ([("sentence", "pos"), *FILMS], LABELS, ()),
        ([("one", "odd"), ("two", "even"), *FILMS], LABELS, ()),  # another label is rare as well
        ([("sentence", "label"), *FILMS[:8]], LABELS, ()),  # too few to say
        ([("same", "same"), *FILMS], LABELS, ()),
        ([("12", "label"), *FILMS], LABELS, ()),
        ([("rooms", "price"), *[(n, n * 1.5) for n in range(10)]], {"target": 1}, ("rooms", "price")),
        ([(n, n * 1.5) for n in range(11)], {"target": 1}, ()),
        ([("x", "y"), *[("a", "b")] * 10], {"target": 7}, ()),
    ],
)
def test_a_first_row_that_looks_like_a_header_is_found(
    tmp_path: Path, rows: list[tuple[Any, ...]], columns: dict[str, int], header: tuple[str, ...]
) -> None:
    assert header_among_rows(written(tmp_path, rows), "rows.csv", columns) == header


@pytest.mark.parametrize(
    ("name", "values", "found"),
    [
        ("patient", [n // 4 for n in range(40)], Repeats("patient", 10, 40)),
        ("patient_id", [f"p{n // 2}" for n in range(20)], Repeats("patient_id", 10, 20)),
        ("subjectID", [n % 10 for n in range(30)], Repeats("subjectID", 10, 30)),
        ("patient", list(range(40)), None),  # each has one row
        ("patient", [n % 3 for n in range(40)], None),  # few: rather categories
        ("patient_age", [n % 12 for n in range(40)], None),
        ("rooms", [n % 12 for n in range(40)], None),
        ("grid", [n % 12 for n in range(40)], None),
    ],
)
def test_a_column_that_tells_whose_rows_these_are_is_found(
    tmp_path: Path, name: str, values: list[Any], found: Repeats | None
) -> None:
    rows = [(name, "ill"), *((value, "yes") for value in values)]
    assert repeats(written(tmp_path, rows), "rows.csv", {"label": "ill"}) == found
    assert repeats(written(tmp_path, rows), "rows.csv", {"label": name}) is None
    assert repeats(tmp_path / "absent.csv", "absent.csv", {"label": "ill"}) is None
