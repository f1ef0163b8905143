"""Which columns of a table only tell its rows apart, by what their names and values say."""

import random

import pytest

from expc.data import identifiers as looked
from expc.data.identifiers import identifiers

CHANCE = random.Random(0)
DRAWN = [str(n) for n in CHANCE.sample(range(1000, 9000), 30)]
COLUMNS = {
    "counted": [str(n + 5) for n in range(30)],
    "patient_id": DRAWN,
    "visitID": DRAWN,
    "ID": DRAWN,
    "year": DRAWN,  # numbers that differ, and are not called a number
    "idle": DRAWN,
    "paid": DRAWN,
    "remark": [f"remark {n}" for n in range(30)],
    "missing": ["", *(f"remark {n}" for n in range(29))],
    "weight": [f"{n * n / 8}" for n in range(30)],
    "town": ["Ulm", "Bonn"] * 15,
    "rooms": ["1", "2", "3"] * 10,
    "price": [str(n % 7) for n in range(30)],
}


def write(folder, name="table.csv", rows=30, header=True):
    apart = "\t" if name.endswith(".tsv") else ","
    lines = [apart.join(COLUMNS)] * header + [apart.join(values[n] for values in COLUMNS.values()) for n in range(rows)]
    (folder / name).write_text("\n".join(lines) + "\n")
    return folder / name


@pytest.mark.parametrize("name", ["table.csv", "table.tsv"])
def test_texts_counted_numbers_and_numbers_that_are_called_so(tmp_path, name):
    found = identifiers(write(tmp_path, name), name, {"target": "price"}, None)
    assert found is not None
    assert found.found == ("counted", "patient_id", "visitID", "ID", "remark")
    assert found.others == ("year", "idle", "paid", "missing", "weight", "town", "rooms")
    assert found.rows == 30


def test_without_a_header_columns_go_by_their_numbers(tmp_path):
    found = identifiers(write(tmp_path, header=False), "table.csv", {"target": 12}, None)
    assert found is not None
    assert found.found == ("0", "7")


@pytest.mark.parametrize(
    ("columns", "group", "rows"),
    [
        ({"target": "price", "features": ["counted"]}, None, 30),
        ({"target": "price"}, None, 19),
        ({"target": "absent"}, None, 30),
        ({"target": 99}, None, 30),
    ],
    ids=["what is learned from is listed", "few rows", "no such column", "no such number"],
)
def test_nothing_is_said_where_nothing_is_known(tmp_path, columns, group, rows):
    assert identifiers(write(tmp_path, rows=rows), "table.csv", columns, group) is None


def test_what_is_predicted_or_grouped_by_is_not_learned_from(tmp_path):
    found = identifiers(write(tmp_path), "table.csv", {"label": "remark"}, "counted")
    assert found is not None
    assert found.found == ("patient_id", "visitID", "ID")


def test_a_broken_file_is_left_to_its_preparation(tmp_path):
    (tmp_path / "broken.csv").write_bytes(b'a,b\n"1,2\n' * 30)
    (tmp_path / "latin.csv").write_bytes(b"a,b\n1,\xe9\n" * 30)
    for name in ("broken.csv", "latin.csv", "missing.csv"):
        assert identifiers(tmp_path / name, name, {"target": "a"}, None) is None


def test_of_a_large_file_the_first_whole_lines_are_looked_at(tmp_path, monkeypatch):
    path = write(tmp_path)
    monkeypatch.setattr(looked, "LOOKED_AT", len(path.read_bytes()) - 3)
    found = identifiers(path, "table.csv", {"target": "price"}, None)
    assert found is not None
    assert found.rows == 29
