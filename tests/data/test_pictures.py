import numpy as np
import pytest
from PIL import Image

from expc.data.folders import SUFFIXES
from expc.data.prepare import prepare
from expc.data.sources import check_source
from expc.errors import ExpcError

TREE = {"source": "folder", "path": "flowers"}


def draw(folder, name, *, size=(4, 3), mode="RGB", value=0):
    """A picture of one colour; `size` is height and width."""
    path = folder / "flowers" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = value if mode in ("L", "I;16") else (value,) * len(mode)
    Image.new(mode, size[::-1], colour).save(path)


def draw_all(folder, parts=(".",), **how):
    for part in parts:
        for number in range(5):
            for label, value in (("rose", 10), ("tulip", 20)):
                draw(folder, f"{part}/{label}/{number}.png", value=value + number, **how)


def test_a_tree_of_classes_is_split_and_its_folders_are_the_labels(tmp_path, prepared):
    draw_all(tmp_path)
    summary, parts = prepared(TREE)
    assert summary == {
        "kind": "images",
        "classes": ["rose", "tulip"],
        "examples": {"train": 6, "validation": 2, "test": 2},
        "tested": [1, 1],
        "shape": [3, 4, 3],
    }
    seen = [(int(image[0, 0, 0]), int(label)) for x, y in parts.values() for image, label in zip(x, y, strict=True)]
    assert sorted(seen) == [(10 + n, 0) for n in range(5)] + [(20 + n, 1) for n in range(5)]
    assert all(x.dtype == np.uint8 and (x == x[:, :1, :1, :1]).all() for x, _ in parts.values())


@pytest.mark.parametrize("validation", ["validation", "valid", "val"])
def test_folders_called_like_the_parts_are_the_parts(tmp_path, prepared, validation):
    draw_all(tmp_path, parts=("train", validation, "test"))
    summary, parts = prepared({**TREE, "labels": ["tulip", "rose"]})
    assert summary["classes"] == ["tulip", "rose"]
    assert summary["examples"] == {"train": 10, "validation": 10, "test": 10}
    assert [parts[part][1].tolist() for part in parts] == [[1] * 5 + [0] * 5] * 3


@pytest.mark.parametrize(
    ("mode", "more", "shape", "first"),
    [
        ("L", {}, [1, 4, 3], 100),
        ("L", {"channels": 3}, [3, 4, 3], 100),
        ("RGB", {"channels": 1}, [1, 4, 3], 100),
        ("RGBA", {}, [4, 4, 3], 100),
        ("I;16", {}, [1, 4, 3], 100),
        ("RGB", {"resize": [2, 5]}, [3, 2, 5], 100),
    ],
)
def test_pictures_arrive_with_their_channels_first(tmp_path, prepared, mode, more, shape, first):
    for number in range(6):
        draw(tmp_path, f"{'ab'[number % 2]}/{number}.png", mode=mode, value=100)
    summary, parts = prepared({**TREE, **more})
    assert summary["shape"] == shape
    assert all((x == first).all() for x, _ in parts.values())


def test_a_picture_of_three_columns_is_not_taken_for_one_of_three_channels(tmp_path, prepared):
    for number in range(6):
        draw(tmp_path, f"{'ab'[number % 2]}/{number}.png", size=(3, 3), value=1)
    assert prepared(TREE)[0]["shape"] == [3, 3, 3]


def test_a_photograph_is_turned_upright_as_its_camera_noted(tmp_path, prepared):
    for number in range(6):
        path = tmp_path / "flowers" / "ab"[number % 2] / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        image = Image.new("L", (8, 4))
        exif = image.getexif()
        exif[0x0112] = 6  # turned by a quarter
        image.save(path, exif=exif)
    assert prepared(TREE)[0]["shape"] == [1, 8, 4]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda tree: (tree / "rose/1.png").write_bytes((tree / "rose/1.png").read_bytes()[:50]),
            "flowers/rose/1.png: not a picture that can be read (",
        ),
        (
            lambda tree: (tree / "rose/1.png").write_text("<html>"),
            "flowers/rose/1.png: not a picture that can be read (",
        ),
        (
            lambda tree: Image.new("RGB", (9, 9)).save(tree / "rose/1.png"),
            "flowers/rose/1.png: size 9×9, and 9 others have 4×3; make them alike with `resize: [height, width]`",
        ),
        (
            lambda tree: Image.new("L", (3, 4)).save(tree / "rose/1.png"),
            "flowers/rose/1.png: colours 1 channel of uint8, and 9 others have 3 channels of uint8; make them alike "
            "with `channels: 1` or `channels: 3`",
        ),
    ],
)
def test_pictures_that_can_not_be_used_are_named(tmp_path, prepared, change, message):
    draw_all(tmp_path)
    change(tmp_path / "flowers")
    with pytest.raises(ExpcError) as error:
        prepared(TREE)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_with_16_bits_a_pixel_are_not_cut_to_black_and_white(tmp_path, prepared, channels):
    draw_all(tmp_path)
    Image.new("I;16", (3, 4), 1000).save(tmp_path / "flowers/rose/1.png")
    with pytest.raises(ExpcError, match=r"^flowers/rose/1.png: 16 bits a pixel, of which `channels` would leave "):
        prepared({**TREE, "channels": channels})


def test_of_many_pictures_the_first_few_are_named(tmp_path, prepared):
    draw_all(tmp_path)
    for path in (tmp_path / "flowers").rglob("*.png"):
        path.write_text("")
    with pytest.raises(ExpcError) as error:
        prepared(TREE)
    lines = str(error.value).splitlines()
    assert (len(lines), lines[-1]) == (6, "and 5 more like these")


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: (tree / "rose/1.png").unlink(),
        lambda tree: (tree / "rose/1.png").rename(tree / "tulip/1000.png"),
        lambda tree: Image.new("RGB", (3, 4)).save(tree / "rose/7.png"),
        lambda tree: Image.new("RGB", (3, 4), (9, 9, 9)).save(tree / "rose/1.png"),
    ],
)
def test_a_tree_that_changes_is_another_one(tmp_path, planned, change):
    draw_all(tmp_path)
    before = planned(TREE)
    change(tmp_path / "flowers")
    assert planned(TREE)["id"] != before["id"]
    with pytest.raises(ExpcError, match="flowers has changed since `expc compile`; compile again"):
        prepare(before, tmp_path / "target", tmp_path)


def test_where_a_tree_lies_and_what_is_hidden_in_it_is_no_part_of_its_id(tmp_path, planned):
    draw_all(tmp_path)
    before = planned(TREE)["id"]
    (tmp_path / "flowers" / "rose" / ".DS_Store").write_text("")
    (tmp_path / "flowers").rename(tmp_path / "plants")
    assert planned({**TREE, "path": "plants"})["id"] == before


FORM = "put each picture into a folder that has the name of its class: flowers/rose/1.png, or flowers/train/rose/1.png"


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (lambda tree: None, []),
        (
            lambda tree: (tree / "rose/notes.txt").write_text(""),
            ["flowers/rose/notes.txt is no picture; move it away (pictures end in " + ", ".join(SUFFIXES) + ")"],
        ),
        (lambda tree: (tree / "rose/1.png").rename(tree / "1.png"), [f"flowers/1.png is in no class's folder; {FORM}"]),
        (lambda tree: [path.unlink() for path in tree.rglob("*.png")], [f"flowers holds no pictures; {FORM}"]),
    ],
)
def test_a_tree_is_looked_at_before_anything_runs(tmp_path, change, problems):
    draw_all(tmp_path)
    change(tmp_path / "flowers")
    assert check_source(TREE, "images", tmp_path, name="mine") == [(("path",), text, "") for text in problems]


@pytest.mark.parametrize(
    ("more", "labels", "message", "hint"),
    [
        ("test/lily/1.png", None, "flowers (test): class 'lily' is not in the training data", "allowed: rose, tulip"),
        ("test/lily/1.png", ["rose", "tulip"], None, None),
        (
            "other/rose/1.png",
            None,
            "flowers/other/rose/1.png is in none of the folders train, validation and test, and flowers has one called "
            "train; move it",
            "",
        ),
        ("val/rose/1.png", None, "flowers holds both val/ and valid/, which mean the same; keep one", ""),
    ],
)
def test_the_parts_of_a_tree_fit_together(tmp_path, more, labels, message, hint):
    draw_all(tmp_path, parts=("train", "valid", "test"))
    draw(tmp_path, more)
    entry = TREE if labels is None else {**TREE, "labels": labels}
    assert check_source(entry, "images", tmp_path, name="mine") == ([(("path",), message, hint)] if message else [])
