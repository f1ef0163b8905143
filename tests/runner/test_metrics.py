"""Rows: what a program may write, and what is made of it."""

import json

import pytest

from expc.runner import metrics, own
from expc.runner.measured import absent, summary, untested


def row(name, value, split="validation", step=None, on=None, **more):
    return {"name": name, "value": value, "split": split, "on": on, "step": step, **more}


def test_a_settled_file_has_each_row_once_in_the_order_of_first_appearance(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text(
        '{"name": "loss", "value": 3, "split": "train", "step": 1}\n'
        '{"name": "acc", "value": NaN}\n'
        "\n"
        '{"name": "loss", "value": 2, "split": "train", "step": 1, "note": [Infinity, 0.5, "é"]}\n'
        '{"name": "loss", "value": -1e999, "split": "train", "step": 2}\n'
        '{"name": "steps", "value": 1' + 400 * "0" + "}"
    )
    expected = [
        row("loss", 2, "train", 1, note=[None, 0.5, "é"]),
        row("acc", None, "test", reason="nan"),
        row("loss", None, "train", 2, reason="-inf"),
        row("steps", None, "test", reason="inf"),
    ]
    assert metrics.settle(str(path)) == expected
    assert [json.loads(line) for line in path.read_text().splitlines()] == expected
    before = path.stat().st_mtime_ns
    assert metrics.settle(str(path)) == expected
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", 'a row is an object such as {"name": "loss", "value": 0.3}, not []'),
        ('{"value": 1}', '"name" must be a text, not null'),
        ('{"name": 3, "value": 1}', '"name" must be a text, not 3'),
        ('{"name": "", "value": 1}', '"name" must be a text, not ""'),
        (
            '{"name": "a", "value": 1, "split": "dev"}',
            '"split" of \'a\' must be one of train, validation, test, not "dev"',
        ),
        (
            '{"name": "a", "value": "' + 38 * "x" + '"}',
            '"value" of \'a\' must be a number or null, not "' + 38 * "x" + '"',
        ),
        (
            '{"name": "a", "value": "' + 39 * "x" + '"}',
            '"value" of \'a\' must be a number or null, not "' + 36 * "x" + "...",
        ),
        ('{"name": "a"}', "\"value\" of 'a' must be a number or null, not null"),
        ('{"name": "a", "value": true}', "\"value\" of 'a' must be a number or null, not true"),
        ('{"name": "a", "value": 1, "on": 3}', "\"on\" of 'a' must be a data set's name or null, not 3"),
        ('{"name": "a", "value": 1, "step": "x"}', '"step" of \'a\' must be a number or null, not "x"'),
        (
            '{"name": "a", "value": 1, "step": 1' + 400 * "0" + "}",
            "\"step\" of 'a' must be a number or null, not Infinity",
        ),
    ],
)
def test_a_row_that_is_none_is_said_with_its_line(tmp_path, text, message):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"name": "fine", "value": 1}\n' + text + "\n")
    with pytest.raises(metrics.Unsound) as error:
        metrics.settle(str(path))
    assert str(error.value) == f"metrics.jsonl, line 2: {message}"


def test_what_is_nested_too_deeply_is_said_by_name(tmp_path):
    rows, results = tmp_path / "metrics.jsonl", tmp_path / "results.json"
    deep = '{"name": "a", "value": 1, "note": ' + 100_000 * "[" + 100_000 * "]" + "}"
    rows.write_text(deep + "\n")
    results.write_text(f"[{deep}]")
    with pytest.raises(metrics.Unsound, match=r"^metrics.jsonl, line 1 is nested too deeply$"):
        metrics.settle(str(rows))
    with pytest.raises(metrics.Unsound, match=r"^results.json is nested too deeply$"):
        own.results(str(results), "results.json")


ROWS = [row("loss", 3, step=1), row("loss", 1, step=2), row("loss", 1, step=3), row("acc", 0.5, "test", 2)]


@pytest.mark.parametrize(
    ("name", "split", "rows", "missing"),
    [
        ("loss", "validation", ROWS, []),
        ("acc", "test", ROWS, []),
        ("loss", "train", ROWS, ["m"]),
        ("acc", "validation", [], ["m"]),
        ("loss", "validation", [row("loss", 1, on="other", step=1)], ["m"]),
        ("loss", "validation", [row("loss", None, step=1, reason="nan")], []),
    ],
)
def test_a_metric_is_absent_if_it_has_no_row_on_the_trials_own_data(name, split, rows, missing):
    stage = {"metrics": [{"ref": "m", "split": split, "name": name, "rule": "last"}], "evaluated": False}
    assert absent(rows, stage) == missing


def test_what_evaluations_measure_need_not_be_written_in_training_but_by_them():
    asked = [{"ref": "acc@last", "split": "test", "name": "acc", "rule": "last"}]
    asked += [{"ref": "f1@step(2)", "split": "test", "name": "f1", "rule": "step-2"}]
    stage = {"metrics": asked, "evaluated": True}
    assert absent([], stage) == []
    assert absent([], {**stage, "evaluated": False}) == ["acc@last", "f1@step(2)"]
    assert untested([row("f1", 1, "test")], "last", stage) == ["acc@last"]
    assert untested([row("f1", 1, "test")], "step-2", stage) == []


def test_the_summary_holds_final_or_last_values_of_the_trials_own_data():
    rows = [*ROWS, row("acc", 0.75, "test"), row("acc", 0.1, "test", 9), row("acc", 0.2, "test", on="other")]
    assert summary(rows) == {"validation.loss": 1, "test.acc": 0.75}
