"""Specs with budgets and outcomes of earlier trials in, what they cost out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from expc.compiler.check import check, check_file
from expc.compiler.digest import StandIns
from expc.compiler.planning.spent import cpu_hours, distinct, durations, gpu_hours, spent, trials
from expc.plan import Plan

SPEC = """\
expc: 1
name: own
task: {command: "sort {args}", results: {file: score.json}}
metrics: {score: {goal: maximize}}
factors: {rate: [1, 2]}
overrides: [{when: {rate: 2}, resources: {cpus: 4}}]
baseline: {rate: 1}
seeds: 3
"""


def planned(folder: Path, text: str) -> Plan:
    (folder / "spec.yaml").write_text(text, encoding="utf-8")
    return check(str(folder / "spec.yaml"), folder, StandIns(folder)).plan


def finish(folder: Path, identity: str, seconds: float, status: str = "done") -> None:
    path = folder / "results" / "trials" / identity / "outcome.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"id": identity, "status": status, "seconds": seconds}), encoding="utf-8")


def test_the_stated_time_counts_before_what_finished_trials_took(tmp_path: Path) -> None:
    timed = planned(tmp_path, SPEC + "resources: {time: 2h}\n")
    plan = planned(tmp_path, SPEC)
    assert cpu_hours(distinct(timed), tmp_path) == (30.0, 0, "at most, by resources.time")
    assert cpu_hours(distinct(plan), tmp_path) == (0.0, 6, "")
    one, two, three, *_ = (trial.id for cell in plan.cells for trial in cell.trials)
    finish(tmp_path, one, 3600)
    finish(tmp_path, two, 7200)
    finish(tmp_path, three, 36000, status="failed")
    assert cpu_hours(distinct(plan), tmp_path) == (22.5, 0, "as finished trials of train took")
    lines = [{"id": identity, "cpus": cpus} for identity, cpus in ((one, 1), (two, 4), (three, 1), ("none", 9))]
    assert spent(lines, tmp_path) == (1 + 8 + 10, 0)
    shared = {"cpus": 2, "gpus": 1, "at_once": 4}
    wide = {"cpus": 2, "gpus": 4, "nodes": 2}
    assert spent([{"id": one, **shared}, {"id": two, **wide}], tmp_path) == (2 + 8, 0.25 + 16)


def test_hours_of_gpus_are_those_of_all_nodes_and_of_shared_ones_a_part(tmp_path: Path) -> None:
    overrides = "overrides: [{when: {rate: 2}, resources: {gpus: 1, trials_at_once: 4}}]"
    text = SPEC.replace("overrides: [{when: {rate: 2}, resources: {cpus: 4}}]", overrides)
    timed = planned(tmp_path, text + "resources: {time: 1h}\n")
    assert gpu_hours(distinct(timed), tmp_path) == (3 / 4, 0, "at most, by resources.time")
    wide = "resources: {time: 1h, cpus: 2, gpus: 4, nodes: 2, launcher: srun}\nenvironment: {network: host}\n"
    everywhere = planned(tmp_path, text.replace(overrides, "") + wide)
    assert gpu_hours(distinct(everywhere), tmp_path) == (48.0, 0, "at most, by resources.time")
    assert cpu_hours(distinct(everywhere), tmp_path) == (24.0, 0, "at most, by resources.time")
    assert gpu_hours(distinct(planned(tmp_path, SPEC)), tmp_path) == (0.0, 0, "")


def test_an_outcome_without_its_seconds_costs_nothing(tmp_path: Path) -> None:
    for identity, seconds in (("a", 3600), ("b", None), ("c", "long")):
        folder = tmp_path / "results/trials" / identity
        folder.mkdir(parents=True)
        (folder / "outcome.json").write_text(json.dumps({"id": identity, "status": "done", "seconds": seconds}))
    assert spent([{"id": identity, "cpus": 2} for identity in "abc"], tmp_path).cpu_hours == 2.0
    assert durations("abc", tmp_path) == [3600.0]


def test_a_trial_of_two_conditions_counts_once(tmp_path: Path) -> None:
    plan = planned(
        tmp_path,
        SPEC.replace("rate: [1, 2]", "rate: {one: {rate: 1}, same: {rate: 1}}")
        .replace("rate: 2", "rate: same")
        .replace("{rate: 1}\nseeds", "{rate: one}\nseeds"),
    )
    assert trials(distinct(plan)) == 3


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ("cpu_hours: 10", []),
        ("cpu_hours: 9.9", ["the plan costs 10 CPU-hours (as finished trials of train took), and the budget is 9.9"]),
        ("gpu_hours: 0", []),
        ("trials: 6", []),
        ("trials: 5", ["the plan has 6 trials, and the budget is 5"]),
    ],
)
def test_a_plan_that_costs_more_than_its_budget_is_a_weakness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, budget: str, said: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    plan = planned(tmp_path, SPEC + f"budget: {{{budget}}}\n")
    finish(tmp_path, plan.cells[0].trials[0].id, 2400)
    found = [finding for finding in check_file(str(tmp_path / "spec.yaml")) if finding.code == "R012"]
    assert [finding.message for finding in found] == said
