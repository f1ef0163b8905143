import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest

from expc.data.prepare import prepare
from expc.errors import ExpcError

SPLIT = {"test": 0.2, "validation": 0.1, "stratify": True, "seed": 0}
SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def entry(project, source, files=None, **more):
    kind = "texts" if source == "csv" else "images"
    stated = {
        part: {"path": path, "sha256": hashlib.sha256((project / path).read_bytes()).hexdigest()}
        for part, path in (files or {}).items()
    }
    columns = {"text": 0, "label": 1} if source == "csv" else None
    whole = {"id": "ab12", "kind": kind, "source": source, "name": None, "files": stated}
    return {**whole, "columns": columns, "labels": None, "split": SPLIT, **more}


def prepared(project, given):
    """data.json, and the parts: (text, label) pairs, or x and y."""
    target = project / "results" / "data" / given["id"]
    prepare(given, target, project)
    summary = json.loads((target / "data.json").read_text(encoding="utf-8"))
    suffix = "jsonl" if given["kind"] == "texts" else "npz"
    assert sorted(path.name for path in target.iterdir()) == sorted(
        ["data.json", "test.digests", "train.digests", *(f"{part}.{suffix}" for part in summary["examples"])]
    )
    assert summary.pop("sizes") == sizes(target)
    read = _texts if given["kind"] == "texts" else _images
    return summary, {part: read(target / f"{part}.{suffix}") for part in summary["examples"]}


def sizes(target):
    return {path.name: path.stat().st_size for path in target.iterdir() if path.name != "data.json"}


def _texts(path):
    with path.open(encoding="utf-8") as lines:
        return [tuple(json.loads(line).values()) for line in lines]


def _images(path):
    with np.load(path) as arrays:
        assert sorted(arrays.files) == ["x", "y"]
        return arrays["x"], arrays["y"]


def table(project, name, rows):
    (project / name).write_text("".join(f"{text}\t{label}\n" for text, label in rows), encoding="utf-8")


def npz(project, name, **arrays):
    np.savez(project / name, **arrays)


def images(count, *shape, dtype="uint8"):
    return np.arange(count * np.prod(shape)).reshape(count, *shape).astype(dtype)


# Which examples land where


PARTS = {"train": [("a", "x"), ("b", "y")] * 20, "validation": [("v", "x")], "test": [("t", "y"), ("u", "x")]}


@pytest.mark.parametrize(
    ("given", "examples"),
    [
        (["train", "validation", "test"], {"train": 40, "validation": 1, "test": 2}),
        (["train", "test"], {"train": 36, "validation": 4, "test": 2}),
        (["train", "validation"], {"train": 32, "validation": 1, "test": 8}),
        (["train"], {"train": 28, "validation": 4, "test": 8}),
        (["file"], {"train": 28, "validation": 4, "test": 8}),
    ],
)
def test_what_is_given_stays_and_what_is_missing_is_taken_out_of_training(tmp_path, given, examples):
    numbered = [(f"{text}{number}", label) for number, (text, label) in enumerate(PARTS["train"])]
    for part in given:
        table(tmp_path, f"{part}.tsv", PARTS.get(part) if part in ("validation", "test") else numbered)
    summary, parts = prepared(tmp_path, entry(tmp_path, "csv", {part: f"{part}.tsv" for part in given}))
    tested = [sum(label == number for _, label in parts["test"]) for number in (0, 1)]
    assert summary == {
        "id": "ab12", "kind": "texts", "classes": ["x", "y"], "examples": examples, "tested": tested
    }  # fmt: skip
    made = [row for part in examples if part not in given or part == "train" for row in parts[part]]
    coded = [(text, "xy".index(label)) for text, label in numbered]
    assert sorted(made) == sorted(coded)
    assert [parts[part] for part in ("validation", "test") if part in given] == [
        [(text, "xy".index(label)) for text, label in PARTS[part]] for part in ("validation", "test") if part in given
    ]
    assert all(rows == sorted(rows, key=coded.index) for part, rows in parts.items() if part not in given)


@pytest.mark.parametrize(
    ("labels", "wanted", "classes"),
    [
        (["10", "9", "-1"], None, ["-1", "9", "10"]),
        (["10", "9", "b"], None, ["10", "9", "b"]),
        (["2", "02"], None, ["02", "2"]),
        ([" pos", "neg "], None, ["neg", "pos"]),
        (["2", "0", "1"], [2, 0], ["2", "0"]),
        (["neg", "pos", "neutral"], ["pos", "neg"], ["pos", "neg"]),
    ],
)
def test_classes_are_sorted_by_number_or_by_text_or_stand_as_the_spec_orders_them(tmp_path, labels, wanted, classes):
    rows = [(f"{label.strip()} {number}", label) for label in labels for number in range(3)]
    for part in ("train", "validation", "test"):
        table(tmp_path, f"{part}.tsv", rows)
    files = {part: f"{part}.tsv" for part in ("train", "validation", "test")}
    summary, parts = prepared(tmp_path, entry(tmp_path, "csv", files, labels=wanted))
    assert summary["classes"] == classes
    kept = [(text, classes.index(label.strip())) for text, label in rows if label.strip() in classes]
    assert parts == {"train": kept, "validation": kept, "test": kept}


def test_a_label_that_was_not_asked_for_may_stand_in_the_test_file_alone(tmp_path):
    for part, rows in {"train": [("a", 0), ("b", 1)], "test": [("c", 2), ("d", 1)]}.items():
        table(tmp_path, f"{part}.tsv", rows)
    files = {"train": "train.tsv", "validation": "train.tsv", "test": "test.tsv"}
    summary, parts = prepared(tmp_path, entry(tmp_path, "csv", files, labels=[0, 1]))
    assert (summary["examples"]["test"], parts["test"]) == (1, [("d", 1)])


# Tables


@pytest.mark.parametrize(
    ("name", "content", "columns", "rows"),
    [
        ("a.tsv", 'say "so\t0\r\nso, so\t1\n', None, [('say "so', 0), ("so, so", 1)]),
        ("a.tsv", "\ufeffone\u2028line\t0\n\nstill\rone\t1", None, [("one\u2028line", 0), ("still\rone", 1)]),
        ("a.csv", '"so, ""so""\nso",0\r\nplain,1\r\n', None, [('so, "so"\nso', 0), ("plain", 1)]),
        (
            "a.csv",
            "id,label,text\n1,no,a\n2,yes,b\n",
            {"text": "text", "label": "label"},
            [("a", 0), ("b", 1)],
        ),
        ("a.TSV", "label\tother\n0\tx\n1\ty\n", {"text": 1, "label": "label"}, [("x", 0), ("y", 1)]),
        ("a.csv", f"{'long ' * 40_000},0\nshort,1\n", None, [("long " * 40_000, 0), ("short", 1)]),
        ("a.csv", "Ærø \U0001f600,0\n日本,1\n", None, [("Ærø \U0001f600", 0), ("日本", 1)]),
    ],
)
def test_texts_arrive_as_they_were_written(tmp_path, name, content, columns, rows):
    (tmp_path / name).write_bytes(content.encode())
    given = entry(tmp_path, "csv", dict.fromkeys(("train", "validation", "test"), name))
    _, parts = prepared(tmp_path, {**given, "columns": columns or given["columns"]})
    assert parts == {"train": rows, "validation": rows, "test": rows}


@pytest.mark.parametrize(
    ("content", "more", "message"),
    [
        (
            b"a\t0\nb\n\nc\t1\t2\n",
            {},
            "a.tsv:2: 1 field, and the first line has 2\na.tsv:4: 3 fields, and the first line has 2",
        ),
        (b"a\t0\n \t1\n", {}, "a.tsv:2: the text is empty; write one, or remove the line"),
        (b"a\t0\nb\t \n", {}, "a.tsv:2: the label is empty; write one, or remove the line"),
        (
            b"a\t0\n" + b"\t1\n" * 7,
            {},
            "\n".join(
                [f"a.tsv:{line}: the text is empty; write one, or remove the line" for line in range(2, 7)]
                + ["and 2 more like these"]
            ),
        ),
        (b"a\t0\nb\t1\ncaf\xe9\t1\n", {}, "a.tsv:3: not UTF-8 (byte 0xe9); save it as UTF-8"),
        (b"\xef\xbb\xbfa\t0\n\xff\t1\n", {}, "a.tsv:2: not UTF-8 (byte 0xff); save it as UTF-8"),
        (b"\n", {}, "a.tsv is empty"),
        (b"text\tlabel\n", {"columns": None}, "a.tsv has a header and no examples"),
        (b"a\tlabel\n", {"columns": None}, "a.tsv:1: no column 'text' in the header; allowed: a, label"),
        (b"a\t0\n", {"columns": {"text": 2}}, "a.tsv:1: no column 2, there are 2; allowed: 0 to 1"),
        (b"a\t0\nb\t0\n", {}, "a.tsv has one label only, '0'; a classifier needs two"),
        (b"a\t0\nb\t1\n", {"labels": [0, 7]}, "labels: '7' is not a label of a.tsv; allowed: 0, 1"),
        (
            b"a\t0\n" * 9 + b"b\t1\n" * 2,
            {},
            "a.tsv: too few examples of '1' (2) for one each in train, test, validation; "
            "add examples, give files for the parts, or keep the other classes with `labels`",
        ),
    ],
)
def test_a_table_that_can_not_be_used_says_where_and_what_to_do(tmp_path, content, more, message):
    (tmp_path / "a.tsv").write_bytes(content)
    assert refusal(tmp_path, entry(tmp_path, "csv", {"file": "a.tsv"}, **more)) == message


def test_a_label_that_training_has_not_is_named_with_its_line(tmp_path):
    table(tmp_path, "train.tsv", [("a", "no"), ("b", "yes")] * 5)
    table(tmp_path, "test.tsv", [("c", "no"), ("d", "yess")])
    given = entry(tmp_path, "csv", {"train": "train.tsv", "test": "test.tsv"})
    assert refusal(tmp_path, given) == (
        "test.tsv:2: label 'yess' is not in the training data; did you mean 'yes'? allowed: no, yes"
    )


def test_labels_that_a_given_part_has_none_of_are_an_error(tmp_path):
    table(tmp_path, "train.tsv", [("a", 0), ("b", 1), ("c", 2)] * 5)
    table(tmp_path, "test.tsv", [("d", 2)])
    given = entry(tmp_path, "csv", {"train": "train.tsv", "test": "test.tsv"}, labels=[0, 1])
    assert refusal(tmp_path, given) == "test.tsv has no example with one of the labels 0, 1"


def refusal(project, given):
    """The message, when nothing may have been written."""
    target = project / "results" / "data" / "ab12"
    with pytest.raises(ExpcError) as found:
        prepare(given, target, project)
    assert not target.exists() or list(target.iterdir()) == []
    return str(found.value)


def test_a_file_that_changed_or_went_since_compile_is_an_error(tmp_path):
    table(tmp_path, "mr.tsv", PARTS["train"])
    given = entry(tmp_path, "csv", {"file": "mr.tsv"})
    table(tmp_path, "mr.tsv", PARTS["train"][:-1])
    assert refusal(tmp_path, given) == "mr.tsv has changed since `expc compile`; compile again"
    (tmp_path / "mr.tsv").unlink()
    assert refusal(tmp_path, given) == (
        "mr.tsv can't be read (No such file or directory); put it back, or change the spec"
    )


# Images


Y = np.array([0, 1] * 10)


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (images(20, 4, 5), images(20, 1, 4, 5)),
        (images(20, 3, 8, 8), images(20, 3, 8, 8)),
        (images(20, 8, 8, 3), images(20, 8, 8, 3).transpose(0, 3, 1, 2)),
        (images(20, 4, 4, 4), images(20, 4, 4, 4)),
        (images(20, 8, 8, dtype=">f4"), images(20, 1, 8, 8, dtype="<f4")),
        (np.asfortranarray(images(20, 8, 8, dtype="float64")), images(20, 1, 8, 8, dtype="float64")),
        (images(20, 8, 8) % 2 == 0, images(20, 1, 8, 8) % 2 == 0),
    ],
)
def test_images_get_their_channels_first_and_keep_their_type(tmp_path, x, expected):
    npz(tmp_path, "a.npz", x=x, y=Y)
    given = entry(tmp_path, "npz", dict.fromkeys(("train", "validation", "test"), "a.npz"))
    summary, parts = prepared(tmp_path, given)
    assert summary == {
        "id": "ab12",
        "kind": "images",
        "classes": ["0", "1"],
        "examples": {"train": 20, "validation": 20, "test": 20},
        "tested": np.bincount(Y).tolist(),
        "shape": list(expected.shape[1:]),
        "familiar": {"train": 20, "validation": 20},
    }
    for found, labels in parts.values():
        assert (found.dtype, found.flags.c_contiguous, labels.dtype) == (expected.dtype, True, np.int64)
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(labels, Y)


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (Y.astype("uint8"), ["0", "1"]),
        (Y[:, np.newaxis], ["0", "1"]),
        (Y == 1, ["0", "1"]),
        (np.where(Y, "cat", "dog"), ["cat", "dog"]),
        (Y * 11 - 1, ["-1", "10"]),
    ],
)
def test_labels_of_images_are_whole_numbers_or_texts(tmp_path, y, classes):
    npz(tmp_path, "a.npz", x=images(20, 2, 2), y=y)
    given = entry(tmp_path, "npz", dict.fromkeys(("train", "validation", "test"), "a.npz"))
    summary, parts = prepared(tmp_path, given)
    assert summary["classes"] == classes
    np.testing.assert_array_equal(parts["train"][1], [classes.index(str(label)) for label in _written(y)])


def _written(y):
    return (y.astype(int) if y.dtype == bool else y).ravel()


def _arrays(*parts, image="x", label="y"):
    return {
        name: array
        for number, part in enumerate(parts)
        for name, array in ((f"{image}_{part}", images(20, 2, 2) + number), (f"{label}_{part}", Y))
    }


@pytest.mark.parametrize(
    ("arrays", "columns", "examples"),
    [
        ({"x": images(20, 2, 2), "y": Y}, None, {"train": 14, "validation": 2, "test": 4}),
        ({"pixels": images(20, 2, 2), "y": Y}, {"image": "pixels"}, {"train": 14, "validation": 2, "test": 4}),
        (_arrays("train", "validation", "test"), None, {"train": 20, "validation": 20, "test": 20}),
        (_arrays("train", "test"), None, {"train": 18, "validation": 2, "test": 20}),
        (_arrays("train", "validation"), None, {"train": 16, "validation": 20, "test": 4}),
        (
            _arrays("train", "test", image="i", label="l"),
            {"image": "i", "label": "l"},
            {"train": 18, "validation": 2, "test": 20},
        ),
    ],
)
def test_one_npz_holds_all_examples_or_the_parts_by_name(tmp_path, arrays, columns, examples):
    npz(tmp_path, "a.npz", **arrays)
    summary, parts = prepared(tmp_path, entry(tmp_path, "npz", {"file": "a.npz"}, columns=columns))
    assert summary["examples"] == examples == {part: len(y) for part, (_, y) in parts.items()}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"x": images(2, 2, 2), "z": Y},
            "a.npz holds no array 'y'; it holds x, z: say which it is with `columns: {image: …, label: …}`",
        ),
        ({"x": images(2, 2, 2), "y": Y}, "a.npz: 2 images in x, and 20 labels in y"),
        (
            {"x": images(20, 5, 5, 5), "y": Y},
            "a.npz: x: shape 20×5×5×5; allowed: n×height×width, n×channels×height×width "
            "or n×height×width×channels, with at least one image and at most 4 channels",
        ),
        (
            {"x": images(20, 5), "y": Y},
            "a.npz: x: shape 20×5; allowed: n×height×width, n×channels×height×width "
            "or n×height×width×channels, with at least one image and at most 4 channels",
        ),
        (
            {"x": images(20, 2, 2), "y": np.eye(20)},
            "a.npz: y: shape 20×20; allowed: n labels, one for each image, not one column a class",
        ),
        (
            {"x": images(20, 2, 2), "y": Y / 2},
            "a.npz: y: labels of type float64; allowed: whole numbers or texts",
        ),
        (
            {"x": images(20, 2, 2).astype(str), "y": Y},
            "a.npz: x: pixels of type <U3; allowed: bool, uint8, uint16, uint32, uint64, "
            "int8, int16, int32, int64, float16, float32, float64",
        ),
        (
            {"x": np.where(images(20, 2, 2) == 3, np.nan, 1.0), "y": Y},
            "a.npz: x: some pixels are not finite numbers; replace them before saving",
        ),
        (
            {"x": images(20, 2, 2), "y": Y.astype(object)},
            "a.npz: y holds pickled objects, and loading those can run any code; "
            "save it as an array of numbers or of texts (dtype=str)",
        ),
        (
            {"x": images(4, 2, 2), "y": Y[:4]},
            "a.npz (y): too few examples of '0' (2), '1' (2) for one each in train, test, validation; "
            "add examples, give files for the parts, or keep the other classes with `labels`",
        ),
        (
            {**_arrays("train", "validation"), "x_test": images(20, 2, 2), "y_test": Y + 1},
            "a.npz (y_test): example 1: label '2' is not in the training data; allowed: 0, 1",
        ),
        (
            {**_arrays("train", "validation"), "x_test": images(20, 3, 2), "y_test": Y},
            "a.npz (y_test): shape (1, 3, 2), but (1, 2, 2) in a.npz (y_train); make them alike",
        ),
        (
            {**_arrays("train", "validation"), "x_test": images(20, 2, 2) / 255, "y_test": Y},
            "a.npz (y_test): pixels' type float64, but uint8 in a.npz (y_train); make them alike",
        ),
    ],
)
def test_arrays_that_can_not_be_used_say_which_and_what_to_do(tmp_path, arrays, message):
    npz(tmp_path, "a.npz", **arrays)
    assert refusal(tmp_path, entry(tmp_path, "npz", {"file": "a.npz"})) == message


@pytest.mark.parametrize("damage", [lambda whole: whole[:-30], lambda whole: b"text"])
def test_what_is_not_an_npz_file_is_named(tmp_path, damage):
    npz(tmp_path, "a.npz", x=images(20, 2, 2), y=Y)
    (tmp_path / "a.npz").write_bytes(damage((tmp_path / "a.npz").read_bytes()))
    assert refusal(tmp_path, entry(tmp_path, "npz", {"file": "a.npz"})) == (
        "a.npz is not an npz file; write it with numpy.savez"
    )


def test_a_damaged_array_is_named(tmp_path):
    npz(tmp_path, "a.npz", x=images(20, 2, 2), y=Y)
    whole = bytearray((tmp_path / "a.npz").read_bytes())
    whole[whole.index(images(20, 2, 2).tobytes())] ^= 255
    (tmp_path / "a.npz").write_bytes(whole)
    assert refusal(tmp_path, entry(tmp_path, "npz", {"file": "a.npz"})) == (
        "a.npz: x can't be read (Bad CRC-32 for file 'x.npy'); save the file again"
    )


# What is written


def test_digits_come_with_scikit_learn(tmp_path):
    from sklearn.datasets import load_digits

    summary, parts = prepared(tmp_path, entry(tmp_path, "sklearn", name="digits"))
    assert summary == {
        "id": "ab12",
        "kind": "images",
        "classes": [str(digit) for digit in range(10)],
        "examples": {"train": 1257, "validation": 179, "test": 361},
        "tested": np.bincount(parts["test"][1]).tolist(),
        "shape": [1, 8, 8],
    }
    digits = load_digits()
    everything = np.concatenate([x for x, _ in parts.values()])
    assert sorted(map(bytes, everything)) == sorted(map(bytes, digits.images))
    labels = {bytes(image): label for image, label in zip(digits.images, digits.target, strict=True)}
    assert all(labels[bytes(image)] == label for x, y in parts.values() for image, label in zip(x, y, strict=True))


def test_part_of_the_digits_is_a_set_of_its_own(tmp_path):
    summary, _ = prepared(tmp_path, entry(tmp_path, "sklearn", name="digits", labels=[7, 5, 9]))
    assert summary["classes"] == ["7", "5", "9"]
    assert sum(summary["examples"].values()) == 179 + 182 + 180


def test_an_unknown_built_in_set_is_an_error(tmp_path):
    assert refusal(tmp_path, entry(tmp_path, "sklearn", name="mnist")) == (
        "scikit-learn ships no set of images named 'mnist'; allowed: digits"
    )


@pytest.mark.parametrize("source", ["csv", "npz"])
def test_the_same_entry_gives_the_same_bytes_over_what_was_there(tmp_path, source):
    table(tmp_path, "a.csv", [])
    (tmp_path / "a.csv").write_text("".join(f"text {number},{number % 2}\n" for number in range(20)))
    npz(tmp_path, "a.npz", x=images(20, 2, 2), y=Y)
    given = entry(tmp_path, source, {"file": f"a.{source}"})
    found = []
    for target in (tmp_path / "one", tmp_path / "two", tmp_path / "one"):
        prepare(given, target, tmp_path)
        found.append({path.name: path.read_bytes() for path in target.iterdir()})
    assert found[0] == found[1] == found[2]
    for name in found[0]:
        if name.endswith(".npz"):
            assert _dates(found[0][name]) == {(1980, 1, 1, 0, 0, 0)}


def _dates(content):
    from zipfile import ZipFile

    with ZipFile(io.BytesIO(content)) as archive:
        return {entry.date_time for entry in archive.infolist()}


def test_data_json_comes_last_and_a_broken_off_file_leaves_nothing(tmp_path):
    table(tmp_path, "a.tsv", PARTS["train"])
    target = tmp_path / "target"
    (target / "test.jsonl").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        prepare(entry(tmp_path, "csv", {"file": "a.tsv"}), target, tmp_path)
    assert sorted(path.name for path in target.iterdir()) == ["test.jsonl", "train.jsonl", "validation.jsonl"]


@pytest.mark.skipif(not (SHARED / "sst2_train.tsv").exists(), reason="the SST-2 files are not beside the checkout")
def test_the_stanford_sentiment_treebank(tmp_path):
    for part in ("train", "dev", "test"):
        (tmp_path / f"{part}.tsv").write_bytes((SHARED / f"sst2_{part}.tsv").read_bytes())
    files = {"train": "train.tsv", "validation": "dev.tsv", "test": "test.tsv"}
    summary, parts = prepared(tmp_path, entry(tmp_path, "csv", files))
    assert summary == {
        "id": "ab12",
        "kind": "texts",
        "classes": ["0", "1"],
        "examples": {"train": 6920, "validation": 872, "test": 1821},
        "tested": [912, 909],
        "familiar": {"train": 2, "validation": 0},
    }
    written = {part: "".join(f"{text}\t{label}\n" for text, label in rows) for part, rows in parts.items()}
    read = {part: (tmp_path / path).read_text(encoding="utf-8") for part, path in files.items()}
    assert written == {part: text if text.endswith("\n") else text + "\n" for part, text in read.items()}
