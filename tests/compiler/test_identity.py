"""What decides a result in, ids out: the text that is hashed is written down here, for no result may lose its name."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from expc.compiler.planning.identity import Deciding, accelerator, evaluation_id, surroundings
from expc.plan import canonical
from expc.spec import Resources

USUAL: dict[str, Any] = {
    "accelerator": None, "data": None, "environment": None, "inputs": None, "params": "{}", "processes": 1,
    "program": "abc",
}  # fmt: skip


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("stated", "takes", "before_the_seed"),
    [
        ({}, [], '{"data":null,"from":{},"params":{},"program":"abc","seed":'),
        (
            {"data": "d1", "params": '{"a":"é"}'},
            [],
            '{"data":"d1","from":{},"params":{"a":"é"},"program":"abc","seed":',
        ),
        (
            {"accelerator": "a100", "environment": '{"network":"host"}', "inputs": '{"base":"i1"}', "processes": 2},
            [("words", "t2", "w.pt"), ("init", "t1", "last.pt")],
            '{"accelerator":"a100","data":null,"environment":{"network":"host"},'
            '"from":{"init":["t1","last.pt"],"words":["t2","w.pt"]},"inputs":{"base":"i1"},"params":{},"processes":2,'
            '"program":"abc","seed":',
        ),
    ],
)
def test_a_trial_is_named_by_the_text_of_what_decides_its_result(
    stated: dict[str, Any], takes: list[tuple[str, str, str]], before_the_seed: str
) -> None:
    found = Deciding(**{**USUAL, **stated}).ids(takes, [0, 12])
    assert list(found) == [hashed(before_the_seed + "0}"), hashed(before_the_seed + "12}")]


def test_an_evaluation_is_named_by_its_trial_evaluator_data_and_checkpoint() -> None:
    assert evaluation_id("t1", "e1", "d1", "last") == hashed("t1 e1 d1 last")
    assert evaluation_id("t1", None, "d1", "last") == hashed("t1 None d1 last")


@pytest.mark.parametrize(
    ("limits", "expected"),
    [(Resources(), "none"), (Resources(gpus=2), "gpu"), (Resources(gpus=2, gpu="a100"), "a100")],
)
def test_a_timed_trial_is_of_a_kind_of_accelerator(limits: Resources, expected: str) -> None:
    assert accelerator(limits) == expected


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"secrets": ["KEY"], "venv": ".venv", "binds": [{"from": "/a", "to": "/b"}]}, None),
        ({"network": "host", "variables": {"B": "1", "A": "2"}}, '{"network":"host","variables":{"A":"2","B":"1"}}'),
        ({"container": {"identity": "1", "image": "a.sif"}}, '{"container":"1"}'),
        ({"requirements": {"identity": "2"}, "modules": ["cuda/12"]}, '{"modules":["cuda/12"],"requirements":"2"}'),
    ],
)
def test_of_an_environment_counts_what_decides_a_result(environment: dict[str, Any], expected: str | None) -> None:
    assert surroundings(environment) == expected


def test_the_text_of_a_value_is_one_and_never_what_is_no_json() -> None:
    assert canonical({"b": [1, 2.5], "a": "é"}) == '{"a":"é","b":[1,2.5]}'
    with pytest.raises(ValueError, match="Out of range float values"):
        canonical(float("nan"))
