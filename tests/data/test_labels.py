"""What is odd about that which is to be predicted, as far as the beginning of a file tells."""

import json

import pytest

from expc.data.labels import Odd, Stated, hardly_classes, no_number

CSV = {"source": "csv", "columns": {"label": "y"}}


def table(rows, head="x,y"):
    return "\n".join([head, *(f"0,{row}" for row in rows)]) + "\n"


def numbers(rows, classes):
    return Odd(f"the labels of {rows} rows are {classes} different numbers, and each is a class", are_numbers=True)


def alike(one, other):
    return Odd(f"the labels {one!r} and {other!r} are two classes, and seem to be meant as one", are_numbers=False)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (range(21), numbers(21, 21)),
        (range(20), None),
        ([*range(21)] * 9, numbers(189, 21)),
        ([*range(21)] * 10, None),  # whole numbers with many rows each: classes may be called so
        ([n / 2 for n in range(21)] * 10, numbers(210, 21)),
        ([*range(40), "unknown"], None),
        (["Yes", "no", "yes"], alike("Yes", "yes")),
        (["new  town", "town", "New town"], alike("new  town", "New town")),
        ([1, 2, "1.0"], alike("1", "1.0")),
        ([" a", "a ", "b"], None),  # blanks around a label don't count
        (["no", "No.", "yes"], None),
    ],
)
def test_labels_that_are_hardly_classes_are_told(tmp_path, rows, expected):
    path = tmp_path / "data.csv"
    path.write_text(table(rows))
    assert hardly_classes(path, "data.csv", CSV) == expected


def test_labels_are_found_by_name_by_place_and_in_json_lines(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(table(["Yes", "yes"]))
    for columns in ({"label": 1}, {"label": 1, "features": ["x"]}):
        assert hardly_classes(path, "data.csv", {"source": "csv", "columns": columns}) == alike("Yes", "yes")
    assert hardly_classes(path, "data.csv", {**CSV, "labels": ["yes", "y"]}) is None  # the others are left out
    (tmp_path / "data.jsonl").write_text("".join(json.dumps({"text": "t", "label": one}) + "\n" for one in ("A", "a")))
    assert hardly_classes(tmp_path / "data.jsonl", "data.jsonl", {"source": "jsonl"}) == alike("A", "a")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([1, 2.5, "-3e2", ""], None),
        ([1, "NA", "big", "small"], Stated(4, "big")),
        (["1e999"], Stated(2, "1e999")),
        (["1_000"], Stated(2, "1_000")),
    ],
)
def test_the_first_target_that_is_no_number_is_told(tmp_path, rows, expected):
    path = tmp_path / "data.csv"
    path.write_text(table(rows))
    assert no_number(path, "data.csv", {"source": "csv", "columns": {"target": "y"}}) == expected


@pytest.mark.parametrize("content", ["", "x,z\n1,2\n", 'x,y\n"1,2\n', b"\xff\xfe"])
def test_of_a_broken_file_nothing_is_said(tmp_path, content):
    path = tmp_path / "data.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert hardly_classes(path, "data.csv", CSV) is None
    assert hardly_classes(tmp_path / "none.csv", "none.csv", CSV) is None
