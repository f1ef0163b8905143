"""Results that are kept under another id."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from expc.runner import accept, outcome
from expc.runner.lock import take

OLD, NEW = "0" * 16, "1" * 16


@pytest.fixture
def trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trial that is done, with everything that one can leave behind."""
    monkeypatch.chdir(tmp_path)
    old = tmp_path / "results/trials" / OLD
    write(old / "outcome.json", {"id": OLD, "status": "done", "seconds": 3.0})
    write(old / "evaluations/e0.json", {"id": "e0", "status": "done", "trial": OLD, "metrics": {"accuracy": 0.5}})
    write(old / "evaluations/e0.predictions.jsonl", {"id": 1, "prediction": "a"})
    write(old / "evaluations/e1.json", {"id": "e1", "status": "failed", "trial": OLD})
    write(old / "metrics.jsonl", {"name": "loss", "value": 1})
    write(old / "attempts.jsonl", {"attempt": 1, "final": True})
    write(old / "work/out/result.json", {})
    write(old / "half.tmp", {})
    (old / "checkpoints").mkdir()
    (old / "checkpoints/last.pt").write_bytes(b"weights")
    (old / "work/link").symlink_to("out")
    os.mkfifo(old / "work/pipe")
    return tmp_path / "results/trials"


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value) + "\n")


def files(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()
    )


def test_the_new_trial_has_the_results_and_says_where_they_are_from(trials: Path) -> None:
    write(trials / NEW / "attempts.jsonl", {"attempt": 1, "started": "…"})  # it had begun, and was interrupted
    write(trials / NEW / "leftover.txt", {})
    accept.accept(NEW, OLD, {"n0": "e0", "n1": "e1", "n2": "e2"}, "a comment")
    found = outcome.stated(outcome.outcome_file(NEW), NEW)
    (said,) = found.pop("accepted")
    assert found == {"id": NEW, "status": "done", "seconds": 3.0}
    assert (said["from"], said["because"], said["when"][:2]) == (OLD, "a comment", "20")
    assert outcome.stated(outcome.evaluation_file(NEW, "n0"), "n0") == {
        "id": "n0",
        "status": "done",
        "trial": NEW,
        "metrics": {"accuracy": 0.5},
        "accepted": "e0",
    }
    assert files(trials / NEW) == [
        "attempts.jsonl",
        "checkpoints/last.pt",
        "evaluations/n0.json",
        "evaluations/n0.predictions.jsonl",
        "lock",
        "metrics.jsonl",
        "outcome.json",
        "work/link",
        "work/out/result.json",
    ]
    assert (trials / NEW / "checkpoints/last.pt").samefile(trials / OLD / "checkpoints/last.pt")
    assert not (trials / NEW / "metrics.jsonl").samefile(trials / OLD / "metrics.jsonl")


def test_what_was_accepted_twice_tells_both_changes(trials: Path) -> None:
    third = "2" * 16
    accept.accept(NEW, OLD, {}, "first")
    accept.accept(third, NEW, {}, "second")
    said = outcome.stated(outcome.outcome_file(third), third)["accepted"]
    assert [(one["from"], one["because"]) for one in said] == [(OLD, "first"), (NEW, "second")]


def test_undone_nothing_is_left_but_the_lock_and_the_old_results_stay(trials: Path) -> None:
    before = files(trials / OLD)
    accept.accept(NEW, OLD, {"n0": "e0"}, "a comment")
    accept.undo(NEW)
    assert files(trials / NEW) == ["lock"]
    assert files(trials / OLD) == sorted([*before, "lock"])
    assert (trials / OLD / "checkpoints/last.pt").read_bytes() == b"weights"


@pytest.mark.parametrize(
    ("status", "said"), [("failed", f"trial {OLD} is failed"), (None, f"trial {OLD} is not finished")]
)
def test_only_what_is_done_can_be_accepted(trials: Path, status: str | None, said: str) -> None:
    write(trials / OLD / "outcome.json", {"id": OLD, "status": status})
    with pytest.raises(accept.Refused, match=said):
        accept.accept(NEW, OLD, {}, "a comment")


def test_results_of_its_own_are_never_replaced_nor_undone(trials: Path) -> None:
    write(trials / NEW / "outcome.json", {"id": NEW, "status": "done"})
    with pytest.raises(accept.Refused, match="has results of its own"):
        accept.accept(NEW, OLD, {}, "a comment")
    with pytest.raises(accept.Refused, match="has no accepted results"):
        accept.undo(NEW)
    assert outcome.status(NEW) == "done"


@pytest.mark.parametrize("held", [OLD, NEW])
def test_what_somebody_works_on_is_left_alone(trials: Path, held: str) -> None:
    lock = take(held)
    with pytest.raises(BlockingIOError, match=f"trial {held} is being worked on"):
        accept.accept(NEW, OLD, {}, "a comment")
    os.close(lock)
    assert outcome.status(NEW) is None
    accept.accept(NEW, OLD, {}, "a comment")


@pytest.mark.parametrize("step", range(1, 12))
def test_killed_at_any_step_it_leaves_a_trial_without_results_or_a_whole_one(
    trials: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call that changes a file may be the last."""
    left = iter(range(step))

    def dying(work: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            if next(left, None) is None:
                raise KeyboardInterrupt
            return work(*arguments, **named)

        return call

    for name in ("remove", "write_json", "duplicate", "link_or_copy", "make"):
        monkeypatch.setattr(accept, name, dying(getattr(accept, name)))
    try:
        accept.accept(NEW, OLD, {"n0": "e0"}, "a comment")
    except KeyboardInterrupt:
        assert outcome.status(NEW) is None
    else:
        assert (trials / NEW / "checkpoints/last.pt").exists()
        assert (trials / NEW / "evaluations/n0.json").exists()
    monkeypatch.undo()
    monkeypatch.chdir(trials.parents[1])
    if outcome.status(NEW) is None:
        accept.accept(NEW, OLD, {"n0": "e0"}, "a comment")
    assert (outcome.status(NEW), len(files(trials / NEW))) == ("done", 9)
