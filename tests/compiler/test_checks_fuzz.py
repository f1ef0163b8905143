"""Specs with a node deleted or replaced: whatever they say, they give findings, and never an exception."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expc.compiler.check import check_file
from expc.compiler.reading.load import load
from expc.compiler.templates import declared, template

VALID = Path(__file__).parents[1] / "specs" / "valid"
SPECS = {path.stem: load(str(path)).value for path in sorted(VALID.glob("*.yaml"))}

NAMES = [
    *("digits", "low", "model", "dropout", "lr", "dataset", "on", "seed", "train", "evaluate", "pretrain", "accuracy"),
    *("score", "main", "mlp", "wide", "init", "source", "./my-template", "wide.py", "../x", "/", "~", "**", "{args}"),
    *(
        "pretrain.checkpoint",
        "accuracy@best(validation.loss)",
        "__proto__",
        "é",
        "a" * 300,
        "-",
        ".",
        "",
        "{",
        "'",
        "\t",
    ),
]
SCALARS = st.sampled_from([None, True, False, 0, 1, -1, 0.5, 1e300, 10**30, *NAMES])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=5,
)


def pointers(value: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every node below a value."""
    inside = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [pointer for key, item in inside for pointer in [(*here, key), *pointers(item, (*here, key))]]


@st.composite
def broken_specs(draw: st.DrawFn) -> Any:
    value = copy.deepcopy(SPECS[draw(st.sampled_from(sorted(SPECS)))])
    for _ in range(draw(st.integers(1, 3))):
        places = pointers(value)
        if not places:
            break
        *above, last = draw(st.sampled_from(places))
        around = value
        for step in above:
            around = around[step]
        match draw(st.sampled_from(["delete", "replace", "rename", "move"])):
            case "delete":
                del around[last]
            case "rename" if isinstance(around, dict):
                around[draw(st.sampled_from(NAMES))] = around.pop(last)
            case "move":
                source = value
                for step in draw(st.sampled_from(places)):
                    source = source[step]
                around[last] = copy.deepcopy(source)
            case _:
                around[last] = draw(VALUES)
    return value


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A path beside copies of what the valid specs name."""
    folder = tmp_path_factory.mktemp("fuzz")
    for path in VALID.rglob("*"):
        if (path.is_file() and path.suffix != ".yaml") or path.name == "template.yaml":
            copied = folder / path.relative_to(VALID)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(path.read_bytes())
    return folder / "spec.yaml"


READ = cache(declared.read)  # templates stay what they are, and to read them would be half of the time


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(broken=broken_specs())
@pytest.mark.slow
def test_no_spec_makes_the_checks_raise(spec: Path, broken: Any) -> None:
    spec.write_text(json.dumps(broken, ensure_ascii=False), encoding="utf-8")
    lines = spec.read_text(encoding="utf-8").count("\n") + 1
    with mock.patch.object(template, "read", READ):
        findings = check_file(str(spec))
    for finding in findings:
        assert finding.line <= lines or finding.file != str(spec)
        assert finding.message
