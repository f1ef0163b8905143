"""Compiled specs in, what the files of `workflow/` say out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from expc.compiler.check import check
from expc.compiler.digest import StandIns
from expc.compiler.writing.write import compiled, workflow_files

DIGITS = """\
expc: 1
name: {name}
task: image-classification
data: {{digits: {{source: sklearn}}, few: {{source: sklearn, name: digits, labels: [0, 1]}}}}
params: {{dataset: {data}}}
"""


def experiments(folder: Path, *texts: str) -> dict[str, Any]:
    """What `experiments.json` says of some specs."""
    made = []
    for number, text in enumerate(texts):
        spec = folder / f"spec{number}.yaml"
        spec.write_text(text, encoding="utf-8")
        made.append(compiled(check(str(spec), folder, StandIns(folder)), spec.name))
    found: dict[str, Any] = json.loads(workflow_files(made, folder)["experiments.json"])
    return found


def test_of_data_only_those_are_prepared_that_a_trial_reads(tmp_path: Path) -> None:
    one, other = (DIGITS.format(name=name, data=data) for name, data in (("one", "digits"), ("other", "few")))
    found = [experiments(tmp_path, *texts)["data"] for texts in ([one], [other], [other, one])]
    assert [[recipe.get("labels") for recipe in recipes.values()] for recipes in found[:2]] == [[None], [[0, 1]]]
    assert found[2] == found[0] | found[1]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [("{}", "auto"), ("{trials_per_job: 10}", 10), ("{trials_per_job: auto}", "auto")],
)
def test_a_job_carries_as_many_trials_as_the_spec_says(tmp_path: Path, resources: str, expected: object) -> None:
    text = DIGITS.format(name="one", data="digits") + f"resources: {resources}\n"
    found = experiments(tmp_path, text)["experiments"]
    assert {name: one["trials_per_job"] for name, one in found.items()} == {"one": {"train": expected}}
