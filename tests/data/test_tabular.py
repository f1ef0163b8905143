import hashlib
import json

import numpy as np
import pytest

from expc.data.prepare import prepare
from expc.errors import ExpcError

SPLIT = {"test": 0.25, "validation": 0.25, "stratify": False, "seed": 0}
HOUSES = "town,rooms,size,owner,price\n" + "".join(
    f"{'Ulm' if n % 2 else 'Bonn'}, {n % 3},{'' if n % 5 == 0 else n * 1.5},o{n // 2},{100 + n}\n" for n in range(12)
)


def entry(folder, files, columns, split=SPLIT, **more):
    stated = {
        part: {"path": path, "sha256": hashlib.sha256((folder / path).read_bytes()).hexdigest()}
        for part, path in files.items()
    }
    whole = {"id": "ab12", "kind": "tables", "source": "csv", "name": None, "files": stated, "labels": None}
    return {**whole, "columns": columns, "split": split, **more}


def prepared(folder, given):
    target = folder / "results" / "data" / given["id"]
    prepare(given, target, folder)
    parts = {}
    for part in ("train", "validation", "test"):
        with np.load(target / f"{part}.npz") as arrays:
            parts[part] = {name: arrays[name] for name in arrays.files}
    return json.loads((target / "data.json").read_text()), parts


def csv(folder, text=HOUSES, name="houses.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return {"file": name}


@pytest.mark.parametrize(
    ("columns", "group", "expected"),
    [
        ({"target": "price"}, None, {"numbers": ["rooms", "size"], "categories": ["town", "owner"]}),
        ({"target": "price"}, "owner", {"numbers": ["rooms", "size"], "categories": ["town"]}),
        ({"target": "price", "features": ["size", "town"]}, None, {"numbers": ["size"], "categories": ["town"]}),
        (
            {"target": 4, "categorical": ["rooms"]},
            None,
            {"numbers": ["size"], "categories": ["town", "rooms", "owner"]},
        ),
    ],
)
def test_columns_are_numbers_or_categories_and_none_is_what_is_predicted_or_grouped_by(
    tmp_path, columns, group, expected
):
    split = {**SPLIT, **({"group": group} if group else {})}
    summary, parts = prepared(tmp_path, entry(tmp_path, csv(tmp_path), columns, split))
    assert (summary["kind"], summary["classes"], summary["columns"]) == ("tables", None, expected)
    assert sum(summary["examples"].values()) == 12
    rows = {float(price): row for part in parts.values() for price, row in zip(part["y"], part["numbers"], strict=True)}
    sizes = {price: row[expected["numbers"].index("size")] for price, row in rows.items()}
    assert np.isnan(sizes[105.0])
    assert sizes[107.0] == 10.5
    for part in parts.values():
        assert part["categories"].shape == (len(part["y"]), len(expected["categories"]))
        assert part["y"].dtype == np.float64


def test_without_a_header_columns_go_by_their_numbers_and_labels_are_classes(tmp_path):
    text = "".join(f"{n},{'x' if n % 2 else 'y'},{'yes' if n % 3 else 'no'}\n" for n in range(24))
    given = entry(tmp_path, csv(tmp_path, text), {"label": 2}, {**SPLIT, "stratify": True})
    summary, parts = prepared(tmp_path, given)
    assert (summary["classes"], summary["columns"]) == (["no", "yes"], {"numbers": ["0"], "categories": ["1"]})
    for part in parts.values():
        assert [int(first % 3 > 0) for (first,) in part["numbers"]] == part["y"].tolist()
        assert [["x"] if first % 2 else ["y"] for (first,) in part["numbers"]] == part["categories"].tolist()


def test_no_group_is_on_two_sides(tmp_path):
    split = {"validation": 0.3, "stratify": False, "seed": 1, "group": "owner", "folds": 3}
    tested = []
    for fold in range(3):
        given = entry(tmp_path, csv(tmp_path), {"target": "price"}, {**split, "fold": fold}, id=f"f{fold}")
        _, parts = prepared(tmp_path, given)
        owners = [{int(price - 100) // 2 for price in part["y"]} for part in parts.values()]
        assert sum(map(len, owners)) == 6
        tested += parts["test"]["y"].tolist()
    assert sorted(tested) == [100.0 + n for n in range(12)]


@pytest.mark.parametrize(
    ("name", "classes", "examples", "columns"),
    [
        ("iris", ["setosa", "versicolor", "virginica"], 150, 4),
        ("wine", ["class_0", "class_1", "class_2"], 178, 13),
        ("breast_cancer", ["benign", "malignant"], 569, 30),
        ("diabetes", None, 442, 10),
    ],
)
def test_sets_that_scikit_learn_ships_are_tables(tmp_path, name, classes, examples, columns):
    given = entry(tmp_path, {}, None, {**SPLIT, "stratify": classes is not None}, source="sklearn", name=name)
    summary, parts = prepared(tmp_path, given)
    assert (summary["classes"], sum(summary["examples"].values())) == (classes, examples)
    assert len(summary["columns"]["numbers"]) == parts["train"]["numbers"].shape[1] == columns


@pytest.mark.parametrize(
    ("split", "examples"),
    [
        ({"test": 0.25, "validation": 0}, {"train": 9, "validation": 0, "test": 3}),
        ({"test": 0.25, "validation": 0.0, "group": "owner"}, {"train": 8, "validation": 0, "test": 4}),
        ({"validation": 0, "folds": 4, "fold": 1}, {"train": 9, "validation": 0, "test": 3}),
    ],
)
def test_without_validation_data_everything_that_is_not_for_the_test_is_learned_from(tmp_path, split, examples):
    given = entry(tmp_path, csv(tmp_path), {"target": "price"}, {"stratify": False, "seed": 0, **split})
    summary, parts = prepared(tmp_path, given)
    assert summary["examples"] == examples
    assert {part: arrays["y"].shape for part, arrays in parts.items()} == {part: (n,) for part, n in examples.items()}
    columns = {kind: len(names) for kind, names in summary["columns"].items()}
    for kind, count in columns.items():
        assert {part: arrays[kind].shape for part, arrays in parts.items()} == {
            part: (n, count) for part, n in examples.items()
        }
    assert sorted([*parts["train"]["y"], *parts["test"]["y"]]) == [100.0 + n for n in range(12)]


def test_validation_data_that_are_not_made_beside_a_test_file_stay_in_training(tmp_path):
    files = {"train": csv(tmp_path)["file"], "test": csv(tmp_path, HOUSES, "more.csv")["file"]}
    summary, _ = prepared(tmp_path, entry(tmp_path, files, {"target": "price"}, {**SPLIT, "validation": 0}))
    assert summary["examples"] == {"train": 12, "validation": 0, "test": 12}


TOWNS = "a,b,c\n1,x,1\n2,y,2\n3,z,3\n4,x,4\n5,y,5\n6,z,6\n"


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        (TOWNS, {"target": "b"}, "t.csv:2: target 'x' is not a finite number; is it a class?"),
        (TOWNS.replace("3,z,3", "3,z,inf"), {"target": "c"}, "t.csv:4: target 'inf' is not a finite number"),
        (TOWNS.replace("3,z,3", "3,z,NA"), {"target": "c"}, "t.csv:4: the target is missing; write one, or remove"),
        (TOWNS.replace("3,z,3", "3,z"), {"target": "c"}, "t.csv:4: 2 fields, and the first line has 3"),
        (TOWNS, {"label": "d"}, "t.csv:1: no column 'd' in the header"),
        (TOWNS, {"target": "c", "features": ["e"]}, "t.csv:1: no column 'e' in the header"),
        (TOWNS.replace("a,b,c", "a,a,c"), {"target": "c"}, "t.csv:1: column 'a' stands in the header more than once; "),
        ("a,c\n1,2\n", {"target": "c"}, "t.csv: too few examples (1) for one each in train, test, validation"),
        ("a,c\n", {"target": "c"}, "t.csv has a header and no examples"),
    ],
)
def test_what_can_not_be_read_is_said_with_its_line(tmp_path, text, columns, said):
    with pytest.raises(ExpcError) as found:
        prepared(tmp_path, entry(tmp_path, csv(tmp_path, text, "t.csv"), columns))
    assert said in str(found.value)


PRICES = "price,liked\n" + "".join(f"{n},{'yes' if n % 2 else 'no'}\n" for n in range(200))


@pytest.mark.parametrize(
    ("text", "categorical", "kind"),
    [
        (PRICES.replace("\n149,", "\n12 EUR,"), [], "t.csv:151: column 'price': 199 of 200 values are numbers, and "),
        (PRICES.replace("\n149,", "\ninf,").replace("\n7,", "\n,"), [], "t.csv:151: column 'price': 198 of 199 values"),
        (PRICES.replace("\n149,", "\n12 EUR,"), ["price"], "categories"),
        (PRICES.replace("\n149,", "\nNA,"), [], "numbers"),
        (PRICES.replace(",", "x,").replace("pricex", "price"), [], "categories"),
        (PRICES.replace("\n1", "\nA1"), [], "categories"),
    ],
)
def test_one_slip_makes_no_categories_of_a_column_of_numbers(tmp_path, text, categorical, kind):
    given = entry(tmp_path, csv(tmp_path, text, "t.csv"), {"label": "liked", "categorical": categorical})
    if kind in ("numbers", "categories"):
        summary, _ = prepared(tmp_path, given)
        assert summary["columns"][kind] == ["price"]
    else:
        with pytest.raises(ExpcError) as found:
            prepared(tmp_path, given)
        assert kind in str(found.value)


def test_what_is_no_number_in_the_test_file_alone_is_an_error_with_its_line(tmp_path):
    csv(tmp_path, TOWNS, "t.csv")
    csv(tmp_path, "a,b,c\n1,x,1\nmany,y,2\n", "u.csv")
    with pytest.raises(ExpcError, match=r"u\.csv:3: 'many' is not a number, and those of the training data .* 'a'"):
        prepared(tmp_path, entry(tmp_path, {"train": "t.csv", "test": "u.csv"}, {"target": "c"}))
    csv(tmp_path, "a,d,c\n1,x,1\n", "u.csv")
    with pytest.raises(ExpcError, match=r"u\.csv: the columns a, d, but a, b in t\.csv; make them alike"):
        prepared(tmp_path, entry(tmp_path, {"train": "t.csv", "test": "u.csv"}, {"target": "c"}))


def test_rows_that_stand_twice_are_counted_where_they_come_to_both_sides(tmp_path):
    first, *rows = HOUSES.splitlines(keepends=True)
    twice = csv(tmp_path, first + "".join(rows[:6] * 2))
    summary, _ = prepared(tmp_path, entry(tmp_path, twice, {"target": "price"}))
    assert summary["familiar"] == {"train": 2, "validation": 1}  # the twins of three test rows
    summary, _ = prepared(tmp_path, {**entry(tmp_path, csv(tmp_path), {"target": "price"}), "id": "cd34"})
    assert "familiar" not in summary
