"""Evaluations that say what they predict, where a plan asks for it, and not where none does."""

import json

import pytest

FIRST, SECOND = ["e1", "d", "d1", "last"], ["e2", "d", "d1", "step-1"]
ROW = {"id": 0, "on": None, "prediction": "a", "score": None, "label": "b"}


def evaluated_by(project, text):
    train = project.folder.joinpath("results/code/warm/train.py").read_text()
    measure = """import json, os
open(os.environ["EXPC_METRICS"], "a").write(json.dumps({"name": "accuracy", "value": 1}) + "\\n")
"""
    project.variant("other", {"train.py": train, "evaluate.py": measure + text})


def predictions(project, evaluation="e1", trial="t1"):
    path = project.of(trial, "evaluations", evaluation + ".predictions.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else None


def status(project, evaluation="e1"):
    return json.loads(project.of("t1", "evaluations", evaluation + ".json").read_text())["status"]


def test_what_is_predicted_is_written_for_the_checkpoints_that_are_asked_about(project):
    trial = project.trial("t1", checkpoints=["last", "step-1"], keep=["last"], evaluate=[FIRST, SECOND])
    project.plan({**trial, "predict": ["last"]})
    assert project.run()[0] == 0
    assert (predictions(project), predictions(project, "e2")) == ([ROW], None)
    left = sorted(path.name for path in project.of("t1", "evaluations").iterdir())
    assert left == ["e1.json", "e1.predictions.jsonl", "e2.json"]


def test_who_asks_later_evaluates_again_and_trains_nothing(project):
    trial = project.trial("t1", keep=["last"], evaluate=[FIRST])
    project.plan(trial)
    assert (project.run()[0], predictions(project)) == (0, None)
    project.plan({**trial, "predict": ["last"]})
    assert project.run("evaluate")[0] == 0
    assert (predictions(project), status(project), project.starts()) == ([ROW], "done", ["t1"])
    before = project.of("t1", "evaluations", "e1.json").stat().st_mtime_ns
    assert project.run("evaluate")[0] == 0
    project.plan(trial)  # and who doesn't ask leaves them where they are
    assert project.run()[0] == 0
    assert project.of("t1", "evaluations", "e1.json").stat().st_mtime_ns == before
    assert predictions(project) == [ROW]
    project.of("t1", "evaluations", "e1.predictions.jsonl").unlink()
    project.plan({**trial, "predict": ["last"]})
    assert (project.run("evaluate")[0], predictions(project), project.starts()) == (0, [ROW], ["t1"])


def test_without_its_checkpoint_the_trial_trains_again(project):
    trial = project.trial("t1", evaluate=[FIRST])
    project.plan(trial)
    assert project.run()[0] == 0
    project.plan({**trial, "predict": ["last"]})
    assert (project.run()[0], predictions(project), project.starts()) == (0, [ROW], ["t1", "t1"])


@pytest.mark.parametrize(
    ("text", "ended", "left"),
    [
        ("", ("done", None), []),
        (
            "open(os.environ['EXPC_PREDICTIONS'], 'w').write('{}')",
            ("failed", 'e1.predictions.jsonl.new, line 1: "id" must be a text or a number, not null'),
            None,
        ),
        ("open(os.environ['EXPC_PREDICTIONS'], 'w').write('{'); raise ValueError('late')", ("failed", "late"), None),
    ],
    ids=["none", "malformed", "torn"],
)
def test_a_program_that_predicts_nothing_is_done_and_one_whose_rows_are_no_predictions_has_failed(
    project, text, ended, left
):
    evaluated_by(project, text)
    project.plan(project.trial("t1", variant="other", evaluate=[FIRST], predict=["last"]))
    assert [project.run()[0], project.run()[0]] == [0, 0]
    made = json.loads(project.of("t1", "evaluations", "e1.json").read_text())
    assert (made["status"], (made["cause"] or {}).get("detail", "").removeprefix("ValueError: ") or None) == ended
    assert predictions(project) == left
    assert not project.of("t1", "evaluations", "e1.predictions.jsonl.new").exists()


def test_predictions_keep_no_secret(project):
    write = "open(os.environ['EXPC_PREDICTIONS'], 'w').write(json.dumps({'id': 1, 'prediction': os.environ['KEY']}))"
    evaluated_by(project, write)
    project.plan(
        project.trial("t1", variant="other", evaluate=[FIRST], predict=["last"]),
        stages={"train": {"environment": {"secrets": ["KEY"]}}},
    )
    assert project.run(env={"PATH": "/usr/bin:/bin", "KEY": "sesame-123"})[0] == 0
    assert predictions(project) == [{"id": 1, "on": None, "prediction": "***", "score": None}]


def test_what_another_spec_asks_of_an_evaluation_is_made_with_it(project):
    (project.folder / "workflow" / "plans").mkdir(parents=True)
    trial = project.trial("t1", evaluate=[FIRST])
    for name, line in (("asks", {**trial, "predict": ["last"]}), ("first", trial)):
        project.path = f"workflow/plans/{name}.d.jsonl"
        project.plan(line)
    asked = {name: {"plan": "d", "tables": {}, "figures": {}} for name in ("first", "asks")}
    stated = {"expc": "0.1.0", "experiments": asked, "variants": {}, "data": {}}
    (project.folder / "workflow" / "experiments.json").write_text(json.dumps(stated))
    assert project.run()[0] == 0
    assert (predictions(project), project.starts()) == ([ROW], ["t1"])
