"""The real loader, on sets that the real library saved."""

import json
import shutil
import warnings

import pytest

from expc.data.sources import check_source
from expc.errors import ExpcError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what it imports
    datasets = pytest.importorskip("datasets")

SAVED = {"source": "huggingface", "path": "saved"}
TEXTS = [f"text {number}" for number in range(20)]
NUMBERS = [number % 2 for number in range(20)]


def table(texts=None, labels=None, **more):
    return datasets.Dataset.from_dict(
        {"text": TEXTS if texts is None else texts, "label": NUMBERS if labels is None else labels, **more}
    )


def named(labels=None):
    return table(labels=labels).cast_column("label", datasets.ClassLabel(names=["neg", "pos"]))


def save(folder, **splits):
    datasets.disable_progress_bars()
    datasets.DatasetDict(splits).save_to_disk(str(folder / "saved"))


def test_the_splits_are_the_parts_and_labels_go_by_their_names(tmp_path, prepared):
    save(tmp_path, train=named(), validation=named([1] * 20), test=named([0] * 20))
    summary, parts = prepared(SAVED)
    assert summary == {
        "kind": "texts",
        "classes": ["neg", "pos"],
        "examples": {"train": 20, "validation": 20, "test": 20},
        "tested": [20, 0],
        "familiar": {"train": 20, "validation": 20},
    }
    assert parts == {
        "train": list(zip(TEXTS, NUMBERS, strict=True)),
        "validation": [(text, 1) for text in TEXTS],
        "test": [(text, 0) for text in TEXTS],
    }


def test_a_set_without_splits_is_split(tmp_path, prepared):
    table().save_to_disk(str(tmp_path / "saved"))
    assert prepared(SAVED)[0]["examples"] == {"train": 14, "validation": 2, "test": 4}


def test_other_splits_are_taken_if_the_spec_says_so(tmp_path, prepared):
    save(tmp_path, train=named(), dev=named([1] * 20), test=named([-1] * 20))
    assert prepared({**SAVED, "splits": {"train": "train", "test": "dev"}})[0]["examples"] == {
        "train": 18,
        "validation": 2,
        "test": 20,
    }
    with pytest.raises(ExpcError) as error:
        prepared(SAVED)
    hint = "there is no label; if the labels of this split are kept secret, choose another one with `splits: {test: …}`"
    assert str(error.value).splitlines()[0] == f"saved (test): example 0: {hint}"


def test_examples_of_one_group_stay_together_and_folds_need_data_without_a_test_split(tmp_path, prepared):
    save(tmp_path, train=table(who=[number // 2 for number in range(20)]), test=table(who=[0] * 20))
    _, parts = prepared({**SAVED, "splits": {"train": "train"}, "split": {"folds": 5, "group": "who"}})
    groups = [{int(text.split()[1]) // 2 for text, _ in rows} for rows in parts.values()]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 10
    with pytest.raises(ExpcError, match=r"^saved comes with test data, which `folds` would make; "):
        prepared({**SAVED, "split": {"folds": 5}})


@pytest.mark.parametrize("missing", [None, ""])
def test_an_example_without_a_group_is_in_none(tmp_path, prepared, missing):
    save(tmp_path, train=table(who=[missing, *(f"p{number // 2}" for number in range(1, 20))]))
    with pytest.raises(ExpcError, match=r"^saved \(train\): example 0: there is no group; "):
        prepared({**SAVED, "split": {"group": "who"}})


@pytest.mark.parametrize("labels", [["a", "b"] * 10, [True, False] * 10, [7, 8] * 10])
def test_columns_may_have_other_names_and_labels_other_types(tmp_path, prepared, labels):
    save(tmp_path, train=datasets.Dataset.from_dict({"sentence": TEXTS, "stars": labels}))
    summary, _ = prepared({**SAVED, "columns": {"text": "sentence", "label": "stars"}})
    assert summary["classes"] == sorted(json.dumps(label).strip('"') for label in labels[:2])


@pytest.mark.parametrize(
    ("entry", "pointer", "message", "hint"),
    [
        (
            {"columns": {"text": "txt"}},
            ("columns", "text"),
            "saved (train): no column 'txt'",
            "did you mean 'text'? allowed: text, label, tags",
        ),
        (
            {"columns": {"text": "label"}},
            ("columns", "text"),
            "saved (train): column 'label' holds no texts",
            "columns with texts: text",
        ),
        (
            {"columns": {"label": "tags"}},
            ("columns", "label"),
            "saved (train): column 'tags' holds no labels, but lists",
            "name a column of single values",
        ),
        (
            {"splits": {"train": "trian"}},
            ("splits", "train"),
            "saved has no split 'trian'",
            "did you mean 'train'? allowed: train",
        ),
    ],
)
def test_columns_and_splits_are_checked_before_anything_runs(tmp_path, prepared, entry, pointer, message, hint):
    save(tmp_path, train=table(tags=[["a"]] * 20))
    found = check_source({**SAVED, **entry}, "texts", tmp_path, name="mine")
    assert found == [(pointer, message, hint)]
    with pytest.raises(ExpcError) as error:
        prepared({**SAVED, **entry})
    assert str(error.value) == (f"{message}; {hint}" if hint else message)


def test_a_folder_that_was_not_saved_by_the_library_is_none(tmp_path, prepared):
    (tmp_path / "saved").mkdir()
    message = "saved is no data set that `datasets` saved: it has no dataset_info.json; save it with `datasets`, "
    message += "by save_to_disk"
    assert check_source(SAVED, "texts", tmp_path, name="mine") == [(("path",), message, "")]
    with pytest.raises(ExpcError) as error:
        prepared(SAVED)
    assert str(error.value) == message


def test_a_set_that_lost_its_data_says_so(tmp_path, prepared):
    table().save_to_disk(str(tmp_path / "saved"))
    for path in (tmp_path / "saved").glob("*.arrow"):
        path.write_bytes(b"ARROW1")
    with pytest.raises(ExpcError, match=r"^saved can't be loaded \(.+\); save the data set again$"):
        prepared(SAVED)


def test_where_a_set_lies_is_no_part_of_its_id_and_reading_it_leaves_nothing_in_it(tmp_path, planned, prepared):
    save(tmp_path, train=named())
    before, files = planned(SAVED)["id"], sorted((tmp_path / "saved").rglob("*"))
    prepared(SAVED)
    assert sorted((tmp_path / "saved").rglob("*")) == files
    shutil.move(tmp_path / "saved", tmp_path / "moved")
    assert planned({**SAVED, "path": "moved"})["id"] == before


def test_a_set_of_the_hub_is_another_one_at_another_revision(planned):
    hub = {"source": "huggingface", "name": "org/set", "revision": "1"}
    changes = [{}, {"revision": "2"}, {"name": "org/other"}, {"config": "small"}, {"splits": {"train": "dev"}}]
    assert len({planned({**hub, **change})["id"] for change in changes}) == len(changes)
