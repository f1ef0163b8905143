"""What the schema has against a document, in our own words and at the right place."""

# ruff: noqa: E501  A table of messages is read along its rows.

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from expc.compiler.reading.load import Document, load
from expc.compiler.reading.schema import schema
from expc.compiler.reading.validate import check_shape, validate, validator
from expc.errors import Diagnostic

WHOLE = """\
expc: 1
name: sst2-encoders
question: Do convolutional encoders beat a bag of embeddings?
task: text-classification
data:
  sst2: {source: csv, train: train.tsv, validation: dev.tsv, test: test.tsv, columns: {text: 0, label: 1}}
  mr: {source: csv, file: mr.csv, columns: {text: sentence, label: polarity}, labels: ["no", "yes"]}
  arrays: {source: npz, file: arrays.npz, columns: {image: pixels}}
  parts: {source: npz, train: train.npz, test: test.npz}
  low: {source: sklearn, name: digits, labels: [0, 1, 2, 3, 4]}
  digits: {source: sklearn}
factors:
  dataset: [sst2, mr]
  encoder:
    bag: bag
    "Kim's CNN (2014)": {encoder: cnn, filter_widths: [3, 4, 5]}
    plain: {}
  patience: [null, 3]
  filter_widths: [[3], [3, 4], 5]
  mixed: [1, "1", true, 1.5]
ablation: {no-dropout: {dropout: 0}, plain: {widths: [1], lr: 1}}
zip: [[patience, mixed], [dataset, encoder]]
design: one-at-a-time
order: seeds-last
include: [{encoder: bag, filter_widths: [[3], 5]}]
exclude:
  - {encoder: bag, patience: [null, 3]}
  - {filter_widths: [[3, 4]]}
params: {epochs: 5, lr: 1e-3, note: "no", flag: true, nothing: null, widths: [1, 2], opt.beta-1: 0.9}
overrides:
  - {when: {dataset: mr}, params: {epochs: 12}, resources: {memory: 32GB}}
  - {when: {dataset: [mr, sst2]}, resources: {time: 12:30:00, cpus: 3}}
stages:
  pretrain: {params: {dataset: low}, reads: [], seeds: 2, keep: {checkpoint: last}, evaluate: {on: [digits]}}
  finetune:
    task: {command: "./train {args}", code: {path: ../repo, include: ["src/**"]}, results: {file: metrics.json}}
    from: {init: pretrain.checkpoint}
    seeds: [0, 7]
    metrics: {accuracy: , validation.loss@last: {goal: minimize, range: [0, null]}}
    resources: {cpus: 2}
seeds: 5
metrics: [accuracy, "test.f1_macro@best(validation.loss)", train.loss@step(3)]
import: [common.yaml]
derive: {warmup: epochs * 20}
budget: {cpu_hours: 40, trials: 200}
evaluate: {on: [mr]}
keep: {checkpoint: best}
baseline: {encoder: bag, patience: null}
inputs: {base: {file: models/base.pt}, bert: {hf: org/bert, revision: "1", files: ["*.json"]}}
methods: {attention: {slot: encoder, file: methods/attention.py, describe: It attends., params: {heads: 4}}}
resources: {cpus: 4, memory: 1.5GiB, time: 1-12:00:00, trials_per_job: auto}
environment: {network: host, secrets: [KEY], variables: {MODE: fast}}
ignore: {R003: Meant.}
on_failure: stop
tables:
  main: {rows: encoder, columns: [dataset], metric: [accuracy, train.loss], average: patience, at: {mixed: "1"}, select: [lr]}
  all: {stage: finetune}
figures: {curves: {stage: finetune, x: step, y: validation.loss, color: encoder, facet: dataset, average: [mixed]}}
"""

WORDS = [
    ("metrcs: [a]", "4:1: E201 unknown key 'metrcs'", "did you mean 'metrics'? allowed: expc, name, question, task, "),
    ("keep: {checkpoint: last, x: 1}", "4:26: E201 keep: unknown key 'x'", "allowed: checkpoint"),
    ('keep: {checkpoint: last, "\\x1b[0m": 1}', r"4:26: E201 keep: unknown key '\x1b[0m'", "allowed: checkpoint"),
    ("keep: {}", "4:1: E202 keep: missing key 'checkpoint'", "add `checkpoint: …`; allowed: none, last, best"),
    ("keep: {checkpiont: last}", "4:8: E201 keep: unknown key 'checkpiont'", "did you mean 'checkpoint'?"),
    ("evaluate: {}", "4:1: E202 evaluate: missing key 'on'", "add it: Names of data sets in `data`."),
    ("methods: {m: {file: x}}", "4:11: E202 methods.m: missing key 'slot'", "add `slot: encoder`"),
    (
        "seeds: no",
        "4:8: E203 seeds: expected a whole number or a list of whole numbers, found the text 'no'",
        "no is a text in YAML 1.2; the truth value is written false",
    ),
    ("seeds: '5'", "4:8: E203 seeds: expected a whole number or a list of whole numbers, found the text '5'", "remove the quotes"),
    ("seeds: five", "4:8: E203 seeds: expected a whole number or a list of whole numbers, found the text 'five'", "write how many there are, 5 for"),
    ("params:\n  lr:0.1", "5:3: E203 params: expected a mapping of parameters, found the text 'lr:0.1'", "put a space after the colon"),
    ("metrics: {a: {range: [0, None]}}", "4:26: E203 metrics.a.range[1]: expected a number or null, found the text 'None'", "None is a text; the empty value is written null"),
    ("seeds: [1, true]", "4:12: E203 seeds[1]: expected a whole number, found true", ""),
    ("seeds:", "4:1: E203 seeds: expected a whole number or a list of whole numbers, found nothing", "write a value after the colon"),
    ("question: yes\nresources: {time: 30}", "5:19: E203 resources.time: expected a duration such as 30m or 1-12:00:00, found the whole number 30", "a bare number has no unit: write 30s, 30m or 2h"),
    ("question: 2.5", "4:11: E203 question: expected text, found the number 2.5", "put it in quotes if it is meant as text"),
    ("derive: {a: 20}", "4:13: E203 derive.a: expected a formula such as \"epochs * 20\", found the whole number 20", "a constant belongs under `params`"),
    ("import: common.yaml", "4:9: E203 import: expected a list of YAML files, found the text 'common.yaml'", "write a list: [common.yaml]"),
    ("budget: {}", "4:9: E205 budget: expected at least 1 entry, found 0", ""),
    ("params: [a]", "4:9: E203 params: expected a mapping of parameters, found a list", "write `key: value` on each line, without a `- `"),
    ("factors: {a: [{lr: 1}]}", "4:15: E203 factors.a[0]: expected a value or a list of values, found a mapping", "a level that sets several parameters needs a name"),
    ("on_failure: stopp", "4:13: E204 on_failure: expected report or stop, found the text 'stopp'", "did you mean 'stop'? allowed: report, stop"),
    ("seeds: 0", "4:8: E205 seeds: expected at least 1, found the whole number 0", ""),
    ("factors: {a: []}", "4:14: E205 factors.a: expected at least 1 item, found 0", ""),
    ("stages: {a: {task: {command: ''}}}", "4:30: E205 stages.a.task.command: expected a text that isn't empty, found an empty one", "as in a shell: \"python train.py {args}\""),
    ("seeds: [3, 3]", "4:12: E205 seeds: repeated item 3", "remove it: it stands further up already"),
    (
        "factors: {a: [1, 1.0]}",
        "4:18: E205 factors.a: repeated item 1.0",
        '1 further up is the same number; quote them, "1.0", where a program tells them apart',
    ),
    ("metrics: [a.b]", "4:11: E206 metrics[0]: expected a metric such as accuracy or validation.loss@last, found the text 'a.b'", "write [split.]name[@last | @best(split.name) | @step(N)]"),
    ("params: {a b: 1}", "4:10: E206 params: expected a name such as batch_size, found the key 'a b'", "write letters, digits, "),
    ("factors: {a: {x y: {c d: 1}}}", "4:21: E206 factors.a['x y']: expected a name such as batch_size, found the key 'c d'", "write letters"),
    ("ignore: {E301: x}", "4:10: E206 ignore: expected a code such as R001, found the key 'E301'", "write a warning's code such as R001; errors, whose codes begin with E, can't be ignored"),
]  # fmt: skip


def check(tmp_path: Path, text: str) -> list[Diagnostic]:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return check_shape(str(path))[1]


def test_a_spec_with_every_key_of_the_language_fits(tmp_path: Path) -> None:
    (tmp_path / "common.yaml").write_text("seeds: 3\n", encoding="utf-8")
    assert check(tmp_path, WHOLE) == []
    # `from` at the top is for experiments without stages.
    assert {*load(str(tmp_path / "spec.yaml")).value, "from"} == set(schema()["properties"])


@pytest.mark.parametrize(("line", "finding", "hint"), WORDS, ids=[row[0] for row in WORDS])
def test_a_finding_names_the_culprit_what_is_allowed_and_the_next_step(
    tmp_path: Path, line: str, finding: str, hint: str
) -> None:
    (found,) = check(tmp_path, f"expc: 1\nname: x\ntask: own\n{line}\n")
    assert str(found).partition("\n")[0].partition("spec.yaml:")[2] == finding
    assert found.hint.startswith(hint) if hint else found.hint == ""


NO_NOISE = [
    ("expc: 1\nnmae: x\ntask: a\n", [(2, 1, "E201")]),  # not missing as well
    ("expc: 1\nname: 5\ntask: a\n", [(2, 7, "E203")]),  # nor malformed
    ("expc: '1'\nname: x\ntask: a\n", [(1, 7, "E203")]),  # nor another version
    ("expc: 1\nname: x\ntask: 5\n", [(3, 7, "E203")]),
    ("expc: 1\nname: x\ntask: a\ndata: {d: {source: sv, colums: 3}}\n", [(4, 20, "E204")]),
    ("expc: 1\nname: x\ntask: a\nseeds: 3\nseeds: x\n", [(5, 1, "E104")]),
    ("expc: 1\nname: 2024-01-01\ntask: a\n", [(2, 7, "E106")]),
    ("expc: 1\nname: x\ntask: a\n1: 2\n", [(4, 1, "E106")]),
    ("expc: 1\nname: {{ x }}\ntask: a\n", [(2, 7, "E106")]),
]


@pytest.mark.parametrize(("text", "places"), NO_NOISE)
def test_one_cause_gives_one_finding(tmp_path: Path, text: str, places: list[tuple[int, int, str]]) -> None:
    assert [(found.line, found.column, found.code) for found in check(tmp_path, text)] == places


def test_validation_needs_no_positions() -> None:
    assert validate(Document("spec.yaml", {"expc": 1, "name": "x"})) == [
        Diagnostic(
            "spec.yaml", 1, 1, "E202", "missing key 'task'",
            "name a template, such as `task: text-classification`, or your own program",
        )
    ]  # fmt: skip


VALUE = YAML(typ="safe", pure=True).load(WHOLE)
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    2.5,
    "",
    "no",
    "a b",
    "x\n",
    [],
    [[]],
    {},
    {"": None},
    {"x": 1},
    [1, 1],
    [{"a": 1}],
    "ß@last",
]


@settings(max_examples=200, deadline=None)
@given(choose=st.data())
@pytest.mark.slow
def test_a_document_has_findings_if_and_only_if_it_does_not_fit_the_schema(choose: st.DataObject) -> None:
    value = deepcopy(VALUE)
    within = value
    while True:
        step = choose.draw(st.sampled_from([*within] if isinstance(within, dict) else range(len(within))))
        if not within[step] or not isinstance(within[step], dict | list) or choose.draw(st.booleans()):
            break
        within = within[step]
    within[step] = choose.draw(st.sampled_from(ODD))
    if isinstance(within, dict) and choose.draw(st.booleans()):
        within[choose.draw(st.sampled_from(["", "x", "cpus", "1 2", "file", "train", "E201"]))] = within.pop(step)
    assert (validate(Document("spec.yaml", value)) == []) == validator().is_valid(value)


def test_many_findings_cost_little() -> None:
    levels = [value for number in range(5_000) for value in (number, str(number), [number])]
    document = Document("x", {"expc": 1, "name": "x", "task": "y", "factors": {"a": levels, "b": [1, *levels]}})
    assert [found.message for found in validate(document)] == ["factors.b: repeated item 1"]


def parts(part: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(part, dict):
        yield path, part
        for key, inner in part.items():
            yield from parts(inner, f"{path}/{key}")
    if isinstance(part, list):
        for index, inner in enumerate(part):
            yield from parts(inner, f"{path}/{index}")


def test_the_schema_is_draft_7_with_a_description_at_every_property() -> None:
    Draft7Validator.check_schema(schema())
    for path, part in parts(schema()):
        if path.endswith(("/if", "/then", "/else")):  # they say more of properties that are described elsewhere
            continue
        for name, inner in part.get("properties", {}).items():
            assert inner is True or inner.get("description"), f"{path}: {name} has no description"


def test_no_part_of_the_schema_has_messages_that_nobody_understands() -> None:
    assert [path for path, part in parts(schema()) if {"anyOf", "oneOf"} & set(part)] == []


def test_the_examples_of_the_schema_fit_it() -> None:
    for path, part in parts(schema()):
        for example in part.get("examples", []) if isinstance(part.get("examples"), list) else []:
            errors = [error.message for error in validator().evolve(schema=part).iter_errors(example)]
            assert (path, errors) == (path, [])
