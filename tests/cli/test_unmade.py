"""What could not be made before the trials: `status` and `logs --failed` show what it said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from .conftest import Called, finish, planned

Call = Callable[..., Called]
TEXTS = """\
expc: 1
name: texts
task: text-classification
data: {reviews: {source: csv, file: a.csv, columns: {text: 0, label: 1}}}
params: {epochs: 1}
seeds: 2
"""


def test_data_that_could_not_be_prepared_are_shown_by_their_own_words(call: Call, tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(TEXTS)
    (tmp_path / "a.csv").write_text("good,1\n")
    assert call("compile", "spec.yaml")[0] == 0
    (trial, _) = planned(tmp_path)
    log = tmp_path / f"results/data/{trial['data']}.log"
    log.parent.mkdir(parents=True)
    assert call("logs", "--failed") == (1, "", "no trial has failed\n")
    log.write_text("a.csv has one class\n")
    heading = f"the data reviews are not there, and 2 trials wait; results/data/{trial['data']}.log says:"
    _, said, _ = call("status")
    assert said.splitlines()[-2:] == [heading, "    a.csv has one class"]
    (stated,) = json.loads(call("status", "--format", "json")[1])
    assert stated["unmade"] == [
        {
            "what": "the data reviews",
            "log": log.relative_to(tmp_path).as_posix(),
            "said": "    a.csv has one class",
            "trials": 2,
        }
    ]
    assert call("logs", "--failed") == (0, f"==> {heading}\n    a.csv has one class\n", "")
    assert call("logs", "--failed", "--path")[1] == f"results/data/{trial['data']}.log\n"
    (log.parent / trial["data"]).mkdir()
    (log.parent / trial["data"] / "data.json").touch()
    assert call("logs", "--failed") == (1, "", "no trial has failed\n")


def test_code_that_could_not_be_made_stands_beside_trials_that_failed(call: Call, toy: Path, tmp_path: Path) -> None:
    assert call("compile", "spec.yaml")[0] == 0
    first, *_ = planned(tmp_path)
    finish(tmp_path, first, "failed")
    log = tmp_path / f"results/code/{first['variant']}.log"
    log.parent.mkdir(parents=True)
    log.write_text("no compiler\n")
    code, said, _ = call("logs", "--failed")
    assert code == 0
    assert said.startswith(f"==> the code is not there, and 3 trials wait; results/code/{first['variant']}.log says:\n")
    assert f"==> {first['id'][:12]} train x=1 seed 0: code: ended with 3\n" in said
