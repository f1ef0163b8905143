"""predictions.jsonl: what a program may write for each example, and what is made of it."""

import json

import pytest

from expc.runner import predictions
from expc.runner.metrics import Unsound, begin


def row(identity, prediction, score=None, on=None, **more):
    return {"id": identity, "on": on, "prediction": prediction, "score": score, **more}


def test_a_settled_file_has_each_example_once_in_the_order_of_first_appearance(tmp_path):
    path = tmp_path / "predictions.jsonl"
    path.write_text(
        '{"id": "a", "prediction": "B", "score": 0}\n'
        '{"id": 7, "prediction": null, "on": "other"}\n'
        '{"id": "a", "prediction": {"x": [NaN]}, "score": 1, "label": "B", "text": "ünï"}\n'
        '{"id": "b", "prediction": 2, "score": Infinity}\n'
        '{"id": 7, "prediction": 1}'
    )
    expected = [
        row("a", {"x": [None]}, 1, label="B", text="ünï"), row(7, None, on="other"),
        row("b", 2, None, reason="inf"), row(7, 1),
    ]  # fmt: skip
    assert predictions.settle(str(path)) == expected
    assert [json.loads(line) for line in path.read_text().splitlines()] == expected
    before = path.stat().st_mtime_ns
    assert predictions.settle(str(path)) == expected
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", 'a row is an object such as {"id": "7", "prediction": "B"}, not []'),
        ('{"prediction": 1}', '"id" must be a text or a number, not null'),
        ('{"id": true, "prediction": 1}', '"id" must be a text or a number, not true'),
        ('{"id": "a"}', "\"prediction\" of 'a' is missing; null says that there is none"),
        ('{"id": "a", "prediction": 1, "on": 3}', "\"on\" of 'a' must be a data set's name or null, not 3"),
        ('{"id": "a", "prediction": 1, "score": "x"}', '"score" of \'a\' must be a number or null, not "x"'),
        ('{"id": "a", ', "isn't JSON"),
    ],
)
def test_a_row_that_is_none_is_said_with_its_line(tmp_path, text, message):
    path = tmp_path / "predictions.jsonl"
    path.write_text('{"id": 1, "prediction": 1}\n' + text + "\n")
    with pytest.raises(Unsound) as error:
        predictions.settle(str(path))
    assert str(error.value).startswith("predictions.jsonl, line 2")
    assert message in str(error.value)


def test_a_file_that_is_not_there_holds_nothing(tmp_path):
    assert predictions.settle(str(tmp_path / "predictions.jsonl")) == []


def test_an_attempt_that_goes_on_finds_whole_rows_and_a_fresh_one_none(tmp_path):
    path = tmp_path / "predictions.jsonl"
    for resuming, left in ((True, '{"id": 1, "prediction": 1}\n'), (False, None)):
        path.write_text('{"id": 1, "prediction": 1}\n{"id": 2, "predi')
        begin(str(path), resuming=resuming)
        assert (path.read_text() if path.exists() else None) == left


def test_a_trial_with_a_malformed_prediction_has_failed(project):
    write = "open('predictions.jsonl', 'w').write('{\"id\": 1}\\n')"
    project.plan(project.trial("t1", params={"do": write}))
    assert project.run()[0] == 0
    detail = 'predictions.jsonl, line 1: "prediction" of 1 is missing; null says that there is none'
    assert project.outcome("t1")["cause"] == {"kind": "metrics", "detail": detail}
