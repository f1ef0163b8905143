import json

import pytest

from expc.data.sources import check_source
from expc.errors import ExpcError

PARTS = {"source": "jsonl", **dict.fromkeys(("train", "validation", "test"), "a.jsonl")}


@pytest.mark.parametrize(
    ("lines", "columns", "classes", "rows"),
    [
        (['{"text": "a", "label": 1}', '{"label": 0, "text": "b"}'], None, ["0", "1"], [("a", 1), ("b", 0)]),
        (
            ['{"text": "a", "label": "neg "}', "", '{"text": "b", "label": "pos"}'],
            None,
            ["neg", "pos"],
            [("a", 0), ("b", 1)],
        ),
        (
            ['{"text": "a", "label": true}', '{"text": "b", "label": false}'],
            None,
            ["false", "true"],
            [("a", 1), ("b", 0)],
        ),
        (['{"text": "a", "label": 1.0}', '{"text": "b", "label": 2}'], None, ["1", "2"], [("a", 0), ("b", 1)]),
        (
            ['{"s": "a\u2028b", "y": 1}', '{"s": "b", "y": 0}'],
            {"text": "s", "label": "y"},
            ["0", "1"],
            [("a\u2028b", 1), ("b", 0)],
        ),
        (
            ['\ufeff{"text": "a", "label": 1}\r', '{"text": "b", "label": 0, "id": {}}\r'],
            None,
            ["0", "1"],
            [("a", 1), ("b", 0)],
        ),
    ],
)
def test_texts_arrive_as_they_were_written(tmp_path, prepared, lines, columns, classes, rows):
    (tmp_path / "a.jsonl").write_bytes("\n".join(lines).encode())
    summary, parts = prepared({**PARTS, **({"columns": columns} if columns else {})})
    assert (summary["classes"], parts) == (classes, {"train": rows, "validation": rows, "test": rows})


NO_JSON = (
    "not JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1)); each line "
    "must be one object"
)
GOOD = '{"text": "a", "label": 1}'


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{'text': 1}", NO_JSON),
        ("[1]", "a list, and each line must be an object, {…}"),
        ('{"txt": "a", "label": 1}', "no field 'text'; did you mean 'txt'? allowed: txt, label"),
        ('{"text": 5, "label": 1}', "the text is 5; it must be a text"),
        ('{"text": " ", "label": 1}', "the text is empty; write one, or remove the line"),
        ('{"text": "a", "label": null}', "the label is null; allowed: a text, a whole number, true or false"),
        ('{"text": "a", "label": 0.5}', "the label is 0.5; allowed: a text, a whole number, true or false"),
        ('{"text": "a", "label": ["b"]}', "the label is a list; allowed: a text, a whole number, true or false"),
        ('{"text": "a", "label": ""}', "the label is empty; write one, or remove the line"),
        ("\udcff", "not UTF-8 (byte 0xff); save it as UTF-8"),
    ],
)
def test_a_line_that_can_not_be_used_is_named_and_the_first_one_before_anything_runs(tmp_path, prepared, line, problem):
    content = "\n".join([GOOD, "", line, GOOD, *[line] * 6]).encode("utf-8", "surrogateescape")
    (tmp_path / "a.jsonl").write_bytes(content)
    assert check_source(PARTS, "texts", tmp_path, name="mine") == []
    with pytest.raises(ExpcError) as error:
        prepared(PARTS)
    lines = [f"a.jsonl:{number}: {problem}" for number in (3, 5, 6, 7, 8)]
    assert str(error.value).splitlines() == [*lines, "and 2 more like these"]
    (tmp_path / "a.jsonl").write_bytes(line.encode("utf-8", "surrogateescape"))
    message, _, hint = problem.partition("; ")
    assert check_source({"source": "jsonl", "file": "a.jsonl"}, "texts", tmp_path, name="mine") == [
        (("file",), f"a.jsonl:1: {message}", hint)
    ]


def test_examples_of_one_group_stay_together(tmp_path, prepared):
    rows = [{"text": f"{group} {label}", "label": label, "who": group} for group in range(10) for label in (0, 1)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    summary, parts = prepared({"source": "jsonl", "file": "a.jsonl", "split": {"group": "who"}})
    assert summary["examples"] == {"train": 14, "validation": 2, "test": 4}
    groups = [{text.split()[0] for text, _ in rows} for rows in parts.values()]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 10


def test_an_empty_file_is_no_data(tmp_path, prepared):
    (tmp_path / "a.jsonl").write_text("\n\n")
    assert check_source(PARTS, "texts", tmp_path, name="mine") == [
        ((part,), "a.jsonl is empty", "") for part in ("train", "validation", "test")
    ]
    with pytest.raises(ExpcError, match=r"^a\.jsonl is empty$"):
        prepared(PARTS)


def test_a_label_that_only_the_test_data_have_is_named_with_its_line(tmp_path, prepared):
    (tmp_path / "a.jsonl").write_text(f'{GOOD}\n{{"text": "b", "label": 0}}\n')
    (tmp_path / "b.jsonl").write_text(f'{GOOD}\n\n{{"text": "b", "label": 2}}\n')
    with pytest.raises(ExpcError, match=r"^b\.jsonl:3: label '2' is not in the training data"):
        prepared({**PARTS, "test": "b.jsonl"})
