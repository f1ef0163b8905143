"""Specs that share trials: who trains them saves what all specs need, and keeps it as long as one does."""

import json
from pathlib import Path

import pytest

from expc.runner.claims import claims

OTHER, THIRD = ["e-other", "other", "d1", "last"], ["e-third", "third", "d1", "step-1"]


def workflow(project, **plans):
    """Several plans over one trial."""
    (project.folder / "workflow" / "plans").mkdir(parents=True, exist_ok=True)
    for name, trial in plans.items():
        project.path = f"workflow/plans/{name}.d.jsonl"
        project.plan(trial)
    asked = {name: {"plan": "d", "tables": {}, "figures": {}} for name in plans}
    stated = {"expc": "0.1.0", "experiments": asked, "variants": {}, "data": {}}
    (project.folder / "workflow" / "experiments.json").write_text(json.dumps(stated))


def test_plans_ask_for_all_that_any_of_them_asks_for_and_the_one_that_runs_for_nothing(project, monkeypatch):
    mine = project.trial("t1", checkpoints=["mine"])
    first = project.trial("t1", checkpoints=["last", "step-1"], keep=["last"], evaluate=[OTHER])
    second = project.trial("t1", checkpoints=["last", "step-2"], evaluate=[OTHER, THIRD], predict=["last"])
    workflow(project, mine=mine, first=first, second=second)
    compact = json.dumps(second, separators=(",", ":"))
    others = (compact, json.dumps({"stage": "train", **second, "id": "t2"}), json.dumps({**second, "id": "t3"}))
    monkeypatch.chdir(project.folder)
    Path("workflow/plans/second.d.jsonl").write_text("".join(f"{line}\n" for line in ("{}", *others)))
    asked = {
        "checkpoints": ["last", "step-1", "step-2"], "keep": ["last"], "evaluate": [OTHER, THIRD], "predict": ["last"],
    }  # fmt: skip
    found = claims("./workflow/plans/mine.d.jsonl", [mine])
    assert found == {"t1": {"id": "t1", **asked}}
    assert list(claims("workflow/plans/mine.d.jsonl", [mine, {"id": "t2"}])) == ["t1", "t2"]


def run(project, name):
    project.path = f"workflow/plans/{name}.d.jsonl"
    status, said = project.run()
    assert status == 0, said


def checkpoints(project):
    return sorted(path.stem for path in project.of("t1").glob("checkpoints/*"))


def evaluations(project):
    return sorted(path.stem for path in project.of("t1").glob("evaluations/*.json"))


@pytest.mark.parametrize(
    ("keep", "after_first", "after_both"),
    [([], ["step-1"], []), (["last"], ["last", "step-1"], ["last"]), (["*"], ["last", "step-1"], ["last", "step-1"])],
)
def test_what_another_spec_will_measure_or_keep_is_saved_and_stays_until_then(project, keep, after_first, after_both):
    first = project.trial("t1", checkpoints=["last"], evaluate=[OTHER])
    second = project.trial("t1", checkpoints=["step-1"], evaluate=[THIRD], keep=keep)
    workflow(project, first=first, second=second)
    run(project, "first")
    assert (project.starts(), evaluations(project), checkpoints(project)) == (["t1"], ["e-other"], after_first)
    assert project.outcome("t1")["keep"] == keep
    run(project, "second")
    assert (project.starts(), evaluations(project)) == (["t1"], ["e-other", "e-third"])
    assert checkpoints(project) == after_both


def test_who_trains_a_trial_again_evaluates_it_again_for_the_others_too(project):
    first, second = project.trial("t1", evaluate=[OTHER]), project.trial("t1", checkpoints=["step-1"])
    workflow(project, first=first, second=second)
    run(project, "first")
    before = project.of("t1", "evaluations", "e-other.json").stat().st_mtime_ns
    workflow(project, first=first, second={**second, "evaluate": [THIRD]})
    run(project, "second")
    assert (project.starts(), evaluations(project)) == (["t1", "t1"], ["e-other", "e-third"])
    assert project.of("t1", "evaluations", "e-other.json").stat().st_mtime_ns > before
    assert checkpoints(project) == []


@pytest.mark.parametrize(
    ("damaged", "text"),
    [
        ("experiments.json", None),
        ("experiments.json", "{"),
        ("experiments.json", '{"experiments": []}'),
        ("plans/second.d.jsonl", None),
        ("plans/second.d.jsonl", '{}\n{"id": "t1", "che'),
    ],
)
def test_a_workflow_that_cannot_be_read_asks_nothing(project, damaged, text):
    workflow(project, first=project.trial("t1"), second=project.trial("t1", checkpoints=["step-1"], keep=["step-1"]))
    path = project.folder / "workflow" / damaged
    path.write_text(text) if text else path.unlink()
    run(project, "first")
    assert (project.outcome("t1")["keep"], checkpoints(project)) == ([], [])
