"""A plan and what its trials have left in, what each still needs out."""

import json
from pathlib import Path

import pytest

from expc.runner import outcome

E1, E2 = ["e1", "digits", "d1", "last"], ["e2", "digits", "d1", "best"]


def trial(identity, *above, **more):
    takes = {f"init{number}": [source, "checkpoints/last.pt"] for number, source in enumerate(above)}
    return {"id": identity, "stage": "train", "from": takes, "evaluate": [], **more}


def left(identity, status=None, *, checkpoints=(), evaluations=(), predictions=()):
    """What a trial has in its folder; evaluations are (id, status)."""
    folder = Path("results/trials", identity)
    for name in ("checkpoints", "evaluations"):
        (folder / name).mkdir(parents=True)
    if status:
        (folder / "outcome.json").write_text(json.dumps({"id": identity, "status": status}))
    for rule in checkpoints:
        (folder / "checkpoints" / f"{rule}.pt").touch()
    for one, how in evaluations:
        (folder / "evaluations" / f"{one}.json").write_text(json.dumps({"id": one, "status": how}))
    for one in predictions:
        (folder / "evaluations" / f"{one}.predictions.jsonl").touch()


BOTH = {"evaluate": [E1, E2]}
SAID = {**BOTH, "predict": ["last"]}
DONE = [("e1", "done"), ("e2", "done")]


@pytest.mark.parametrize(
    ("status", "there", "asked", "expected"),
    [
        (None, {}, {}, ("train", None)),
        ("done", {}, {}, (None, "done")),
        ("failed", {}, BOTH, (None, "failed")),
        ("cancelled", {}, {}, ("train", None)),
        ("done", {"evaluations": DONE}, BOTH, (None, "done")),
        ("done", {"evaluations": [("e1", "failed"), ("e2", "done")]}, SAID, (None, "done")),
        ("done", {"evaluations": DONE[:1], "checkpoints": ["best"]}, BOTH, ("evaluate", "done")),
        ("done", {"evaluations": DONE[:1], "checkpoints": ["last"]}, BOTH, ("train", None)),
        ("done", {"checkpoints": ["last"]}, BOTH, ("train", None)),
        ("done", {"evaluations": DONE, "predictions": ["e1"]}, SAID, (None, "done")),
        ("done", {"evaluations": DONE, "checkpoints": ["last"]}, SAID, ("evaluate", "done")),
        ("done", {"evaluations": DONE}, SAID, ("train", None)),
    ],
    ids=[
        "nothing is there", "done", "failed", "what it takes from has not failed", "all is measured",
        "an evaluation that failed", "one to measure", "its checkpoint was dropped", "one of two was dropped",
        "predictions are there", "predictions to make", "predictions to make, and no checkpoint",
    ],
)  # fmt: skip
def test_a_trial_needs_training_evaluation_or_nothing(tmp_path, monkeypatch, status, there, asked, expected):
    monkeypatch.chdir(tmp_path)
    left("t", status, **there)
    assert outcome.survey([trial("t", **asked)]) == [expected]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ({"a": "failed", "b": "cancelled", "c": "cancelled"}, "(None, failed) (None, cancelled) (None, cancelled)"),
        ({"a": "done", "b": "cancelled", "c": "cancelled"}, "(None, done) (train, None) (train, None)"),
        ({"a": "failed"}, "(None, failed) (train, None) (train, None)"),
        ({"b": "cancelled", "c": "cancelled"}, "(train, None) (train, None) (train, None)"),
        ({"a": "done", "b": "done", "c": "done"}, "(None, done) (None, done) (None, done)"),
    ],
    ids=["it has failed", "it was retried", "it has just failed", "it runs again", "it is done"],
)
def test_what_was_cancelled_stands_as_long_as_what_it_takes_from_has_failed(tmp_path, monkeypatch, statuses, expected):
    monkeypatch.chdir(tmp_path)
    for identity, status in statuses.items():
        left(identity, status, checkpoints=["last"] if status == "done" else [])
    found = outcome.survey([trial("a"), trial("b", "a"), trial("c", "b")])
    assert " ".join(f"({step}, {status})" for step, status in found) == expected


@pytest.mark.parametrize(
    ("checkpoints", "expected"),
    [
        ({"a", "b"}, [(None, "done"), (None, "done"), ("train", None)]),
        ({"a"}, [(None, "done"), ("train", None), ("train", None)]),
        ({"b"}, [(None, "done"), (None, "done"), ("train", None)]),
        (set(), [("train", None), ("train", None), ("train", None)]),
    ],
)
def test_what_an_unfinished_trial_takes_is_made_again_if_it_was_dropped_and_so_on_upwards(
    tmp_path, monkeypatch, checkpoints, expected
):
    monkeypatch.chdir(tmp_path)
    for identity in ("a", "b"):
        left(identity, "done", checkpoints=["last"] if identity in checkpoints else [])
    assert outcome.survey([trial("a"), trial("b", "a"), trial("c", "b")]) == expected


def test_what_must_train_again_for_another_is_not_only_evaluated(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    left("a", "done", checkpoints=["best"])
    above = trial("a", evaluate=[E2])
    assert outcome.survey([above, trial("b", "a")]) == [("train", None), ("train", None)]
    assert outcome.survey([above]) == [("evaluate", "done")]


@pytest.mark.parametrize(
    ("first", "last", "expected"), [(1, None, "abc"), (1, 3, "abc"), (2, 3, "bc"), (3, 3, "c"), (2, 4, None)]
)
def test_a_range_of_a_plan_has_all_its_lines_or_the_plan_is_damaged(tmp_path, monkeypatch, first, last, expected):
    monkeypatch.chdir(tmp_path)
    rows = [{"plan": 1, "stages": {}}, *({"id": identity} for identity in "abc")]
    Path("p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    if expected:
        assert "".join(line["id"] for line in outcome.planned("p.jsonl", first, last)) == expected
    else:
        with pytest.raises(outcome.Damaged):
            outcome.planned("p.jsonl", first, last)
