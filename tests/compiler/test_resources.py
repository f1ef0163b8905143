"""`resources` in a spec, what of them is in plans and in trials' names out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from expc.compiler.build import build

SPEC = """\
expc: 1
name: sorting
task: {command: "sort {args}"}
factors: {key: [1, 2]}
metrics: {score: {goal: maximize}}
baseline: {key: 1}
environment: {network: host}
"""
TIMED = SPEC.replace("goal: maximize", "goal: minimize, kind: timing")
EXTRA = ("gpus", "gpu", "nodes", "launcher", "exclusive", "preemptible", "at_once", "per_job")


def planned(project: Path, text: str) -> list[dict[str, Any]]:
    (project / "spec.yaml").write_text(text)
    (made,), _ = build(["spec.yaml"], Path())
    return [json.loads(line) for line in made.text.decode().splitlines()[1:]]


def ids(project: Path, text: str) -> list[str]:
    return [trial["id"] for trial in planned(project, text)]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("resources", "same"),
    [
        ("{cpus: 8, memory: 16GB, time: 1h}", True),
        ("{gpus: 0}", True),
        ("{gpus: 1}", True),
        ("{gpus: {type: a100}}", True),
        ("{gpus: 1, trials_at_once: 4, trials_per_job: 20}", True),
        ("{gpus: 1, exclusive: true, preemptible: true}", True),
        ("{gpus: 2}", False),
        ("{nodes: 2, launcher: srun}", False),
        ("{gpus: 4, launcher: torchrun}", False),
    ],
)
def test_of_all_resources_a_trials_name_has_only_the_number_of_processes(
    project: Path, resources: str, same: bool
) -> None:
    assert (ids(project, f"{SPEC}resources: {resources}\n") == ids(project, SPEC)) is same


def test_the_same_number_of_processes_is_the_same_trial_however_it_is_spread(project: Path) -> None:
    ways = [
        "{gpus: 4}",
        "{gpus: 4, launcher: srun}",
        "{gpus: 2, nodes: 2, launcher: torchrun}",
        "{nodes: 4, launcher: srun}",
        "{gpus: {count: 4, type: h100}, launcher: torchrun, preemptible: true}",
    ]
    assert len({tuple(ids(project, f"{SPEC}resources: {way}\n")) for way in ways}) == 1
    assert ids(project, f"{SPEC}resources: {{gpus: 4}}\n") != ids(project, f"{SPEC}resources: {{gpus: 8}}\n")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("{}", "{cpus: 4}", True),
        ("{}", "{gpus: 1}", False),
        ("{gpus: 1}", "{gpus: {type: a100}}", False),
        ("{gpus: {type: a100}}", "{gpus: {type: h100}}", False),
        ("{gpus: {type: a100}}", "{gpus: {type: a100}, preemptible: true}", True),
    ],
)
def test_a_timed_trials_name_has_the_type_of_its_gpus(project: Path, one: str, other: str, same: bool) -> None:
    first, second = (ids(project, f"{TIMED}resources: {resources}\n") for resources in (one, other))
    assert (first == second) is same


def test_a_plans_line_says_what_is_not_the_usual(project: Path) -> None:
    overrides = """overrides:
  - {when: {key: 2}, resources: {gpus: 4, nodes: 2, launcher: srun, trials_per_job: auto, preemptible: false}}
"""
    stated = "resources: {gpus: {type: a100}, trials_at_once: 1, trials_per_job: 4, preemptible: true}\n"
    one, other = planned(project, SPEC + stated + overrides)
    assert {key: one[key] for key in EXTRA if key in one} == {"gpus": 1, "gpu": "a100", "preemptible": True}
    assert {key: other[key] for key in EXTRA if key in other} == {
        "gpus": 4, "nodes": 2, "launcher": "srun", "per_job": "auto",
    }  # fmt: skip
    assert not any(key in trial for trial in planned(project, SPEC) for key in EXTRA)


def test_a_stage_takes_from_the_top_what_it_does_not_say_itself(project: Path) -> None:
    stages = """stages:
  one: {}
  two: {resources: {gpus: 2, exclusive: false}}
"""
    text = SPEC + "resources: {gpus: {count: 1, type: a100}, exclusive: true}\n" + stages
    found = {trial["stage"]: {key: trial[key] for key in EXTRA if key in trial} for trial in planned(project, text)}
    assert found == {"one": {"gpus": 1, "gpu": "a100", "exclusive": True}, "two": {"gpus": 2}}
