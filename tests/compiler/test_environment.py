"""`environment` and files of texts in a spec, what of them is in plans and in trials' names out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from expc.compiler.build import build
from expc.compiler.planning.reasons import difference

SPEC = """\
expc: 1
name: sums
task: llm-evaluation
data: {sums: {source: questions, file: sums.jsonl}}
factors: {prompt: {one: one.txt, other: other.txt, none: null}}
params: {model: openai/gpt-4o-mini}
environment: {network: host}
baseline: {prompt: none}
"""
OWN = """\
expc: 1
name: sorting
task: {command: "sort {args}"}
factors: {key: [1, 2]}
metrics: {score: {goal: maximize}}
baseline: {key: 1}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sums.jsonl").write_text('{"question": "What is 2 + 2?", "answer": 4}\n')
    (tmp_path / "one.txt").write_text("First. {question}\n")
    (tmp_path / "other.txt").write_text("Then. {question}\n")
    return tmp_path


def planned(project: Path, text: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The header and the trials of the plan that a spec comes to."""
    (project / "spec.yaml").write_text(text)
    (made,), _ = build(["spec.yaml"], Path())
    header, *trials = map(json.loads, made.text.decode().splitlines())
    return header, trials


def ids(project: Path, text: str) -> list[str]:
    return [trial["id"] for trial in planned(project, text)[1]]


@pytest.mark.parametrize(
    ("environment", "same"),
    [
        ("{}", True),
        ("{network: none}", True),
        ("{secrets: [SERVICE_KEY], network: none, variables: {}}", True),
        ("{network: host}", False),
        ("{variables: {MODE: fast}}", False),
    ],
)
def test_what_decides_a_result_is_in_a_trials_name_and_secrets_are_not(
    project: Path, environment: str, same: bool
) -> None:
    plain = ids(project, OWN)
    assert (ids(project, f"{OWN}environment: {environment}\n") == plain) is same


def test_each_way_to_differ_gives_other_names(project: Path) -> None:
    ways = ["{network: host}", "{variables: {A: b}}", "{variables: {A: b}, network: host}", "{variables: {A: c}}"]
    found = [ids(project, f"{OWN}environment: {way}\n")[0] for way in ways]
    assert len(set(found)) == len(ways)
    orders = ["{variables: {A: b, C: d}}", "{variables: {C: d, A: b}}"]
    assert len({ids(project, f"{OWN}environment: {order}\n")[0] for order in orders}) == 1


def test_a_plan_says_what_is_not_the_usual_and_nothing_where_all_is(project: Path) -> None:
    assert "environment" not in planned(project, OWN)[0]["stages"]["train"]
    stated = "{secrets: [Z_KEY, A_KEY], network: host, variables: {B: '2', A: '1'}}"
    header, _ = planned(project, f"{OWN}environment: {stated}\n")
    assert header["stages"]["train"]["environment"] == {
        "network": "host", "secrets": ["A_KEY", "Z_KEY"], "variables": {"A": "1", "B": "2"},
    }  # fmt: skip


def test_a_stage_takes_from_the_top_what_it_does_not_say_itself(project: Path) -> None:
    task = 'task: {command: "sort {args}"}\nmetrics: {score: {goal: maximize}}\n'
    top = "environment: {network: host, secrets: [A_KEY], variables: {A: top}}\n"
    stages = "stages:\n  one: {}\n  two: {environment: {network: none, variables: {B: own}}}\n"
    header, _ = planned(project, f"expc: 1\nname: x\n{task}{top}{stages}")
    assert {name: stage["environment"] for name, stage in header["stages"].items()} == {
        "one": {"network": "host", "secrets": ["A_KEY"], "variables": {"A": "top"}},
        "two": {"secrets": ["A_KEY"], "variables": {"B": "own"}},
    }


def test_the_reason_for_running_again_names_what_changed_in_the_environment(project: Path) -> None:
    before, (old, *_) = planned(project, f"{OWN}environment: {{variables: {{A: b, C: d}}}}\n")
    after, (new, *_) = planned(project, f"{OWN}environment: {{network: host, variables: {{A: c}}, secrets: [KEY]}}\n")
    said = 'network none → host; variable A "b" → "c"; variable C "d" → null'
    assert difference(before, old, after, new) == said


def test_a_trial_gets_the_text_of_a_file_and_goes_by_it(project: Path) -> None:
    trials = planned(project, SPEC)[1]
    assert [trial["params"]["prompt"] for trial in trials] == ["First. {question}\n", "Then. {question}\n", None]
    before = [trial["id"] for trial in trials]
    (project / "prompts").mkdir()
    (project / "one.txt").rename(project / "prompts" / "first.txt")
    moved = SPEC.replace("one.txt", "prompts/first.txt")
    assert ids(project, moved) == before
    (project / "other.txt").write_text("Then, briefly. {question}\n")
    after = ids(project, moved)
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True]


def test_a_trial_that_trains_nothing_is_asked_for_no_checkpoint(project: Path) -> None:
    header, trials = planned(project, SPEC)
    assert {(*trial["checkpoints"], *trial["keep"], *trial["evaluate"]) for trial in trials} == {()}
    assert {metric["rule"] for metric in header["stages"]["train"]["metrics"]} == {"last"}
