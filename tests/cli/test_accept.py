"""`expc accept`: results that outlive a harmless change."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Called, finish, planned

Call = Callable[..., Called]

SPEC = """\
expc: 1
name: toy
task: {command: "python work.py {x}", code: {path: ., include: ["*.py"]}}
factors: {x: [1, 2]}
seeds: 2
metrics: {m: {goal: minimize}}
baseline: {x: 1}
"""

CHAIN = """\
expc: 1
name: toy
stages:
  first: {task: {command: "python work.py {x}", code: {path: ., include: ["work.py"]}}, reads: [x]}
  second:
    task: {command: "python other.py {y} {from.init}", code: {path: ., include: ["other.py"]}}
    from: {init: first.checkpoint}
factors: {x: [1, 2], y: [1, 2]}
seeds: 1
metrics: {m: {goal: minimize}}
baseline: {x: 1, y: 1}
"""


def trials(call: Call) -> list[dict[str, Any]]:
    """What `expc plan` would run again."""
    found: list[dict[str, Any]] = json.loads(call("plan", "--format", "json", "spec.yaml")[1])[0]["again"]
    return found


@pytest.fixture
def changed(call: Call, tmp_path: Path) -> list[str]:
    """All four trials are done, the first one's failure aside, and then the program changes; their old ids."""
    (tmp_path / "spec.yaml").write_text(SPEC)
    (tmp_path / "work.py").write_text("print(1)\n")
    call("compile", "spec.yaml")
    old = planned(tmp_path)
    for number, trial in enumerate(old):
        trial["params"].setdefault("x", 1)
        finish(tmp_path, trial, "failed" if number == 0 else "done")
    (tmp_path / "work.py").write_text("print(2)\n")
    return [trial["id"] for trial in old]


def status(project: Path, identity: str) -> dict[str, Any] | None:
    path = project / "results/trials" / identity / "outcome.json"
    found: dict[str, Any] | None = json.loads(path.read_text()) if path.exists() else None
    return found


def test_accepted_trials_run_no_more_and_plan_and_tables_say_so(call: Call, changed: list[str], tmp_path: Path) -> None:
    new = [one["id"] for one in trials(call)]
    assert "  (~ if a change alters no result, `expc accept` keeps the old ones)\n" in call("plan", "spec.yaml")[1]
    code, output, _ = call("accept", "x=2", changed[1][:8], "--because", "  it prints\nless ")
    assert code == 0
    assert output.splitlines() == [
        f"{new[1]}  train  x=1  seed 1: as {changed[1]} (work.py changed)",
        f"{new[2]}  train  x=2  seed 0: as {changed[2]} (work.py changed)",
        f"{new[3]}  train  x=2  seed 1: as {changed[3]} (work.py changed)",
        "Accepted 3 trials. accepted.jsonl says so; put it into version control.",
        "`expc compile spec.yaml && expc tables` makes tables that say so, too, and nothing trains.",
    ]
    assert "spec.yaml, or what it names (accepted.jsonl, work.py), has changed since it" in call("tables")[1]
    assert [one["id"] for one in trials(call)] == new[:1]
    assert "toy: 4 trials: 3 done, 1 to run again\n" in call("plan", "spec.yaml")[1]
    assert "  3 trials with accepted results: it prints less\n" in call("plan", "spec.yaml")[1]
    rows = [json.loads(line) for line in (tmp_path / "accepted.jsonl").read_text().splitlines()]
    assert [(row["trial"], row["from"], row["because"], row["change"]) for row in rows] == [
        (new[place], changed[place], "it prints less", "work.py changed") for place in (1, 2, 3)
    ]
    call("compile", "spec.yaml")
    output = call("tables")[1]
    assert "| 2   | **2 ± 0**‡ |".replace("**", "") in output.replace("**", "")
    assert "- ‡ 3 of 4 trials keep results from before an accepted change: it prints less\n" in output


def test_what_can_be_accepted_is_shown_and_a_reason_asked_for(call: Call, changed: list[str]) -> None:
    new = [one["id"] for one in trials(call)]
    assert call("accept")[1].splitlines() == [
        *(
            f"{new[place][:12]} train x={x} seed {seed}: has results as {changed[place][:12]} (work.py changed)"
            for place, x, seed in ((1, 1, 1), (2, 2, 0), (3, 2, 1))
        ),
        '3 trials can be accepted: `expc accept TRIAL… --because "…"`, or --all.',
    ]
    for arguments in (("x=2",), ("x=2", "--because", " ")):
        code, _, error = call("accept", *arguments)
        assert (code, "say why the change alters no result" in error) == (64, True)
    assert call("accept", "--all", "--undo", "--because", "x")[0] == 64
    assert call("accept", "x=3", "--because", "x")[2] == "no trial has x=3; allowed: 1, 2\n"


def test_undone_they_run_again_and_recorded_they_are_accepted_again(
    call: Call, changed: list[str], tmp_path: Path
) -> None:
    new = [one["id"] for one in trials(call)]
    call("accept", "--all", "--because", "it prints less")
    assert call("accept", "--undo", "x=2", "seed=0")[1] == (
        f"{new[2]}  train  x=2  seed 0: undone; it runs again\nUndone: 1 trial.\n"
    )
    assert [one["id"] for one in trials(call)] == [new[0], new[2]]
    assert status(tmp_path, changed[2]) is not None
    (tmp_path / "results/trials" / new[3] / "outcome.json").unlink()  # as in a checkout that has the old results
    said = call("accept", "--recorded")[1]
    assert ("1 of 2 recorded trials accepted" in said, "expc compile spec.yaml && expc tables" in said) == (True, True)
    assert [one["id"] for one in trials(call)] == [new[0], new[2]]
    assert call("accept", "--undo", "--all")[1].splitlines() == [
        f"{new[1]}  train  x=1  seed 1: undone; it runs again",
        f"{new[3]}  train  x=2  seed 1: undone; it runs again",
        "Undone: 2 trials.",
    ]
    assert [one["id"] for one in trials(call)] == new
    assert not (tmp_path / "accepted.jsonl").exists()
    assert call("accept", "--undo")[0] == 64


def test_what_takes_from_an_accepted_trial_follows_and_goes_with_it(call: Call, tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(CHAIN)
    for name in ("work.py", "other.py"):
        (tmp_path / name).write_text("print(1)\n")
    call("compile", "spec.yaml")
    for trial in planned(tmp_path):
        finish(tmp_path, trial | {"params": {"x": 1}})
        (tmp_path / "results/trials" / trial["id"] / "checkpoints").mkdir()
    (tmp_path / "work.py").write_text("print(2)\n")
    new = [(one["stage"], one["condition"]["x"], one["id"]) for one in trials(call)]
    assert [stage for stage, *_ in new] == ["first", "first", *["second"] * 4]
    below = next(identity for stage, x, identity in new if (stage, x) == ("second", "2"))
    code, _, error = call("accept", below, "--because", "harmless")
    assert (code, "which would run again;\n    accept that one, and what takes from it follows" in error) == (1, True)
    output = call("accept", "stage=first", "x=1", "--because", "harmless")[1]
    assert [[*line.split()[1:2], ", follows" in line] for line in output.splitlines()[:-2]] == [
        ["first", False],
        ["second", True],
        ["second", True],
    ]
    assert [(one["stage"], one["condition"]["x"]) for one in trials(call)] == [
        ("first", "2"),
        ("second", "2"),
        ("second", "2"),
    ]
    assert call("accept", "--undo", "stage=first")[1].splitlines()[-1] == "Undone: 3 trials."
    assert len(trials(call)) == 6


def test_what_comes_later_leaves_the_results_of_the_level_that_sets_nothing(
    call: Call, changed: list[str], tmp_path: Path
) -> None:
    later = "factors: {x: [1, 2], smooth: {none: {}, some: {smoothing: 0.1}}}"
    (tmp_path / "spec.yaml").write_text(
        SPEC.replace("factors: {x: [1, 2]}", later).replace("{x: 1}", "{x: 1, smooth: none}")
    )
    found = [(one["condition"]["smooth"], one["seed"], one["reason"]) for one in trials(call)]
    assert found == [("none", seed, "work.py changed") for seed in (0, 1, 0, 1)]
    assert (
        call("accept", "--all", "--because", "none is what it did")[1].splitlines()[-2].startswith("Accepted 3 trials")
    )
    assert "8 trials: 3 done, 4 new, 1 to run again" in call("plan", "spec.yaml")[1]


def test_a_run_that_had_begun_with_the_change_is_no_obstacle(call: Call, changed: list[str], tmp_path: Path) -> None:
    new = trials(call)[1]["id"]
    folder = tmp_path / "results/trials" / new
    folder.mkdir()
    started = {"attempt": 1, "started": "2026-01-01T00:00:00.000Z", "pid": 1, "host": os.uname().nodename}
    (folder / "attempts.jsonl").write_text(json.dumps(started) + "\n")
    assert trials(call)[1]["reason"] == "it was interrupted, and goes on"
    assert call("accept", new, "--because", "harmless")[1].splitlines()[0].endswith("(work.py changed)")
    assert new not in [one["id"] for one in trials(call)]


def test_what_can_not_be_taken_is_not_recorded(call: Call, changed: list[str], tmp_path: Path) -> None:
    new = [one["id"] for one in trials(call)]
    with (tmp_path / "results/trials" / changed[2] / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, _, error = call("accept", "--all", "--because", "harmless")
    assert (code, error.startswith(f"trial {changed[2]} is being worked on; stop its run first")) == (1, True)
    rows = [json.loads(line)["trial"] for line in (tmp_path / "accepted.jsonl").read_text().splitlines()]
    assert rows == [new[1]]
    assert [one["id"] for one in trials(call)] == [new[0], new[2], new[3]]


@pytest.mark.parametrize(
    ("line", "why", "advice"),
    [
        (b'{"trial": 1', ":2:12 is damaged: Expecting ',' delimiter", "Delete the line, or take it"),
        (b"\xff", ":2:1 is damaged: this isn't UTF-8", "Delete the line, or take it"),
        (b"[]", ":2 is damaged: it must be an object, not []", "Delete the line, or take it"),
        (b"[" * 100_000, ":2 is damaged: it is nested too deeply", "Delete the line, or take it"),
        (b'{"trial": "t"}', ":2 is damaged: it lacks because, change, condition, ", "Delete the line, or take it"),
        (b"<<<<<<< HEAD", ":2:1 is damaged: git left a conflict in it (<<<<<<< HEAD)", "Delete the lines that git put"),
        (b"=======", ":2:1 is damaged: Expecting value", "Delete the lines that git put"),
    ],
)
def test_a_damaged_record_is_named_with_its_line(
    call: Call, changed: list[str], tmp_path: Path, line: bytes, why: str, advice: str
) -> None:
    (tmp_path / "accepted.jsonl").write_bytes(b"\n" + line + b"\n")
    code, _, error = call("plan", "spec.yaml")
    first, second, *more = error.split("\n")
    assert (code, first.startswith(f"accepted.jsonl{why}"), more) == (1, True, [""]), error
    assert second.startswith(f"    {advice}"), error
