"""Specs whose shape is wrong somewhere: what is said of the rest, and what isn't since it may only follow."""

from __future__ import annotations

from pathlib import Path

import pytest

from expc.compiler.check import check_file

SPEC = {
    "expc": "1",
    "name": "digits",
    "task": "image-classification",
    "data": "{digits: {source: sklearn}}",
    "factors": "{optimizer: [sgd, adam]}",
    "params": "{dropout: 0.5}",
    "metrics": "[accuracy]",
    "baseline": "{optimizer: sgd}",
}


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"seeds": "none"}, ["E203"]),
        ({"seeds": "none", "task": "image-clasification"}, ["E203", "E306"]),
        ({"seeds": "none", "params": "{droput: 0.5}", "metrics": "[acuracy]"}, ["E203", "E301", "E302"]),
        ({"seeds": "none", "params": "{dropout: high}"}, ["E203", "E310"]),
        ({"seeds": "none", "baseline": "{optimiser: sgd}"}, ["E203", "E303"]),
        ({"seeds": "none", "baseline": "{optimizer: sdg}"}, ["E203", "E304"]),
        ({"seeds": "none", "factors": "{dataset: [digits, digit]}", "baseline": "{dataset: digits}"}, ["E203", "E305"]),
        ({"seeds": "none", "params": "{dropout: CHANGE-ME}"}, ["E203", "E361"]),
        ({"budgt": "{trials: 3}", "metrics": "[acuracy]"}, ["E201", "E301"]),
        ({"name": None, "metrics": "[acuracy]"}, ["E202", "E301"]),
        # What is broken, or was meant by what is misspelt, is asked for nowhere.
        ({"factors": None, "facotrs": "{optimizer: [sgd, adam]}"}, ["E201"]),
        ({"factors": "{optimizer: sgd}"}, ["E203"]),
        ({"factors": "{optimizer: [sgd, {a: 1}]}", "params": "{droput: 0.5}"}, ["E203", "E302"]),
        ({"task": "[x]", "metrics": "[acuracy]", "params": "{droput: 0.5}"}, ["E203"]),
        ({"metrics": "[accuracy, '']", "tables": "{main: {rows: optimizer, metric: f2}}"}, ["E206"]),
        ({"data": "{digits: {}}", "factors": "{dataset: [digits, digit]}", "baseline": "{dataset: digits}"}, ["E202"]),
        ({"task": None}, ["E202"]),
        ({"seeds": "none", "tables": "{main: {stage: training, metric: accuracy}}"}, ["E203"]),
        ({"params": "{dropout: 0.5, dropout: high}", "metrics": "[acuracy]"}, ["E104"]),
    ],
)
def test_what_hangs_on_nothing_broken_is_said_in_the_same_round(
    tmp_path: Path, changed: dict[str, str | None], codes: list[str]
) -> None:
    path = tmp_path / "spec.yaml"
    entries = {**SPEC, **changed}
    path.write_text("".join(f"{key}: {value}\n" for key, value in entries.items() if value is not None))
    assert sorted(finding.code for finding in check_file(str(path))) == codes
