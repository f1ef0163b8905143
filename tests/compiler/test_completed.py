"""A template in, the schema that knows it out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from expc.compiler.meaning.completed import completed_schema
from expc.compiler.reading.schema import schema
from expc.compiler.templates.template import template_names
from expc.errors import ExpcError

SPECS = sorted(Path(__file__).parents[2].glob("examples/*/*.yaml"))


def completed(task: str | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(completed_schema(task, Path()))
    return found


def read(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def test_without_a_task_it_is_the_language() -> None:
    assert completed(None) == schema()


@pytest.mark.parametrize("task", template_names())
def test_it_is_a_schema_and_takes_every_example_of_its_template(task: str) -> None:
    found = completed(task)
    Draft7Validator.check_schema(found)
    specs = {path.parent.name: read(path.read_text(encoding="utf-8")) for path in SPECS}
    errors = {
        name: [error.message for error in Draft7Validator(found).iter_errors(spec)]
        for name, spec in specs.items()
        if spec.get("task") == task
    }
    assert {name: messages for name, messages in errors.items() if messages} == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("params: {encoder: cnn, lr: 1e-3, filter_widths: [3, 4], grad_clip: null, patience: 3}", []),
        (
            "params: {encoder: my-method, new: 3}\nmethods: {my-method: {slot: encoder, file: a.py, params: {lr: a}}}",
            [],
        ),
        ("factors: {encoder: [bag, cnn], filter_widths: [[3], [4, 5]], other: {a: {lr: 1e-3}, b: 3}}", []),
        ("factors: {optimizer: {plain: sgd, other: {optimizer: adam, lr: 0.1}}}", []),
        ("params: {optimizer: addam}", [["params", "optimizer"]]),
        ("params: {lr: fast}", [["params", "lr"]]),
        ("params: {epochs: 0}", [["params", "epochs"]]),
        ("params: {filter_widths: 3}", [["params", "filter_widths"]]),
        ("params: {epochs: null}", [["params", "epochs"]]),
        ("factors: {optimizer: [sgd, addam]}", [["factors", "optimizer", 1]]),
        ("factors: {optimizer: {a: addam}}", [["factors", "optimizer", "a"]]),
        ("factors: {other: {a: {lr: fast}}}", [["factors", "other", "a", "lr"]]),
        ("stages: {train: {params: {dropout: 2}}}", [["stages", "train", "params", "dropout"]]),
        ("overrides: [{when: {a: 1}, params: {dropout: 2}}]", [["overrides", 0, "params", "dropout"]]),
    ],
)
def test_values_of_parameters_are_told_apart(text: str, wrong: list[list[Any]]) -> None:
    spec = {"expc": 1, "name": "x", "task": "text-classification", **read(text)}
    found = Draft7Validator(completed("text-classification")).iter_errors(spec)
    assert [list(error.absolute_path) for error in found] == wrong


def test_every_parameter_slot_and_choice_is_explained() -> None:
    found = completed("text-classification")["definitions"]["params"]["properties"]
    assert [name for name, part in found.items() if not part["description"]] == []
    choices = found["encoder"]["anyOf"][0]
    assert choices["enum"][0] == "bag"
    assert choices["enumDescriptions"] == choices["markdownEnumDescriptions"]
    assert choices["enumDescriptions"][0] == "The mean of the word vectors, which knows nothing of their order."


def test_a_template_that_is_not_there_is_said() -> None:
    with pytest.raises(ExpcError) as said:
        completed("text-clasification")
    assert "did you mean 'text-classification'?" in str(said.value)


def test_parts_of_the_schema_say_all_that_the_template_knows() -> None:
    found = completed("image-classification")
    values = found["definitions"]["params"]["properties"]
    assert [values[name] for name in ("dataset", "from.init", "epochs")] == [
        {"title": "dataset", "description": "The data set, by its name in `data`.", "type": "string"},
        {
            "title": "from.init",
            "description": "The input, by its name in `inputs`, that trials are given as init; null for none. "
            "Takes over the weights whose name and shape fit; the head starts anew.",
            "type": ["string", "null"],
        },
        {
            "title": "epochs",
            "description": "Passes over the training data.",
            "default": 10,
            "type": "integer",
            "minimum": 1,
        },
    ]
    factor = found["properties"]["factors"]["properties"]["epochs"]
    inner = {"default": 10, "type": "integer", "minimum": 1}
    assert (factor["title"], factor["description"]) == ("epochs", "Passes over the training data.")
    assert (factor["items"], factor["additionalProperties"]["else"]) == (inner, inner)
