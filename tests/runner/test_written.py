"""What expc wrote and something has damaged: where, and what to do; and that what expc writes is taken as it is."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from expc.runner.experiments import read_experiments
from expc.runner.forms import SITE, WORKFLOW, misfit
from expc.runner.outcome import intact
from expc.runner.written import Damaged, read

GOLDEN = Path(__file__).parents[1] / "golden"
TABLE = {"stage": "s", "at": {}, "average": [], "select": [], "rows": [], "columns": [], "metrics": ["m"]}
PARTITION = {"name": "cpu", "time": 60, "gpus": {}, "nodes": 1, "preemptible": False}


@pytest.mark.parametrize("path", sorted(GOLDEN.rglob("experiments.json")), ids=lambda path: path.parent.name)
def test_what_is_compiled_is_of_the_form_that_is_asked_for(path):
    assert misfit(read_experiments(str(path)), WORKFLOW) == ""
    plans = sorted(path.parent.rglob("plans/*.jsonl"))
    assert [intact(str(plan)) for plan in plans] == list(map(str, plans))
    assert plans


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", " is damaged: it is empty"),
        (b" \n", " is damaged: it is empty"),
        (b'{"a": 1,\n <', ":2:2 is damaged: Expecting property name enclosed in double quotes"),
        (b'{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> theirs\n}', ":2:1 is damaged: git left a conflict in it"),
        (b'{"a":\n\0\0', ":2:1 is damaged: there are NUL bytes, as a disk leaves them that failed or was full"),
        (b'{"a":\n "\xff"}', ":2:3 is damaged: this isn't UTF-8"),
        (b"[" * 100_000, " is damaged: it is nested too deeply"),
        (b"[1]", " is damaged: it must be an object, not [1]"),
        (b'{"b": "x"}', " is damaged: it lacks a"),
        (b'{"a": 7}', " is damaged: a must be a text, not 7"),
    ],
)
def test_a_file_that_is_damaged_is_named_with_the_place_and_what_to_do(tmp_path, content, said):
    path = tmp_path / "file.json"
    path.write_bytes(content)
    with pytest.raises(Damaged) as error:
        read(str(path), "make it anew", {"a": (lambda value: isinstance(value, str), "a text")})
    first, second = str(error.value).split("\n")
    assert (first.startswith(f"{path}{said}"), second) == (True, "    Delete it, and make it anew."), first


def test_what_is_no_file_is_said_without_a_look_into_it(tmp_path):
    path = tmp_path / "file.json"
    said = []
    for make in (lambda: None, path.mkdir, lambda: path.rmdir() or path.symlink_to("nowhere")):
        make()
        with pytest.raises(Damaged) as error:
            read(str(path), "make it anew")
        said.append(str(error.value))
    assert said == [
        f"{path} isn't there.\n    Make it anew.",
        f"{path} is a folder, and a file is meant; move it away, or name another",
        f"{path} is a link that leads nowhere.\n    Delete it, and make it anew.",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"experiments": []}, "experiments must be an object, not []"),
        ({"experiments": {"e": {"plan": "d1", "figures": {}}}}, "experiments.e lacks tables"),
        (
            {"experiments": {"e": {"plan": "../d", "tables": {}, "figures": {}}}},
            'experiments.e.plan must be hexadecimal digits, not "../d"',
        ),
        (
            {"experiments": {"e": {"plan": "d1", "tables": {"t": {**TABLE, "rows": [7]}}, "figures": {}}}},
            "experiments.e.tables.t.rows must be a list of texts, not [7]",
        ),
        (
            {"experiments": {"e": {"plan": "d1", "tables": {}, "figures": {}, "trials_per_job": {"s": 0}}}},
            'experiments.e.trials_per_job.s must be "auto", or a whole number from 1 on, not 0',
        ),
        ({"variants": {"v": {"command": "x"}}}, "variants.v lacks files, folder, results"),
        ({"variants": {"v": {}}}, "variants.v lacks choices, files, methods, task"),
        ({"data": {"d": {"id": "d"}}}, "data.d lacks files, kind, source"),
        ({"more": 1}, ""),
    ],
)
def test_the_first_place_that_is_not_of_the_form_is_named(value, expected):
    assert misfit({"expc": "1", "experiments": {}, "variants": {}, "data": {}, **value}, WORKFLOW) == expected


@pytest.mark.parametrize(
    ("partition", "expected"),
    [
        (PARTITION, ""),
        ({**PARTITION, "time": "1d"}, 'partitions[0].time must be a number from 0 on, not "1d"'),
        ({**PARTITION, "gpus": {"a100": -1}}, "partitions[0].gpus.a100 must be a whole number from 0 on, not -1"),
        ("cpu", 'partitions[0] must be an object, not "cpu"'),
    ],
)
def test_lists_are_counted_from_0(partition, expected):
    site = {"file": "lab.yaml", "name": "lab", "status": "squeue", "prepare": "here", "partitions": [partition]}
    assert misfit({**site, "jobs": {"most": 1, "target": 1, "shortest": 1}}, SITE) == expected


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text, None),
        (lambda text: text.replace(b"\n", b"\r\n"), None),
        (lambda text: text[:-2], ":3:10 is damaged"),
        (lambda text: text.replace(b'"b"', b'"c"'), " is damaged: it isn't what `expc compile` wrote"),
        (lambda text: text[: text.index(b'{"id"')], " is damaged: it isn't what `expc compile` wrote"),
        (lambda text: text + text[-11:], " is damaged: it isn't what `expc compile` wrote"),
    ],
)
def test_a_plan_is_what_its_name_says_byte_for_byte(tmp_path, damage, said):
    text = b'{"plan":1,"stages":{}}\n{"id":"a"}\n{"id":"b"}\n'
    path = tmp_path / f"toy.{sha256(text).hexdigest()[:12]}.jsonl"
    path.write_bytes(damage(text))
    if said is None:
        assert intact(str(path)) == str(path)
        return
    with pytest.raises(Damaged) as error:
        intact(str(path))
    first, second = str(error.value).split("\n")
    assert first.startswith(f"{path}{said}"), first
    assert second == "    Delete it, and run `expc compile` again: no result is lost."


def test_a_plan_that_is_mended_while_we_run_is_looked_at_again(tmp_path):
    text = json.dumps({"stages": {}}).encode() + b"\n"
    path = tmp_path / f"toy.{sha256(text).hexdigest()[:12]}.jsonl"
    path.write_bytes(b"")
    with pytest.raises(Damaged, match="it is empty"):
        intact(str(path))
    path.write_bytes(text)
    assert intact(str(path)) == str(path)
