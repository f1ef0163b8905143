"""The line that says how far a run is."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from expc.cli.watching.progress import Progress

from .conftest import Called, finish, planned


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the kernel doesn't tell who holds which lock")
def test_the_line_counts_what_is_done_running_and_failed(
    call: Callable[..., Called], toy: Path, tmp_path: Path
) -> None:
    call("compile", "spec.yaml")
    (plan,) = (tmp_path / "workflow/plans").glob("*.jsonl")
    one, two, three, four = planned(tmp_path)
    finish(tmp_path, one)
    progress = Progress([str(plan)])
    assert progress.line() == "1/4 done · 0 running · 0 failed"
    finish(tmp_path, two, "failed")
    folder = tmp_path / "results/trials" / three["id"]
    folder.mkdir()
    with (folder / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        progress.look()
        assert progress.line().startswith("1/4 done · 1 running · 1 failed · about ")
    progress.look()
    assert progress.line().startswith("1/4 done · 0 running · 1 failed · about ")
    finish(tmp_path, three)
    finish(tmp_path, four)
    progress.look()
    assert progress.line() == "3/4 done · 0 running · 1 failed"
    assert progress.summary().startswith("3 of 4 trials done, 1 failed, in ")


def test_a_run_that_only_evaluates_is_done_when_the_evaluations_are(
    call: Callable[..., Called], toy: Path, tmp_path: Path
) -> None:
    call("compile", "spec.yaml")
    (plan,) = (tmp_path / "workflow/plans").glob("*.jsonl")
    header, *lines = plan.read_text().splitlines()
    trials = [json.loads(line) | {"evaluate": [["e" * 16, "test", "d" * 16, "last"]]} for line in lines]
    plan.write_text("\n".join([header, *map(json.dumps, trials)]) + "\n")
    for trial in trials:
        finish(tmp_path, trial)
        checkpoint = tmp_path / "results/trials" / trial["id"] / "checkpoints/last.pt"
        checkpoint.parent.mkdir()
        checkpoint.touch()
    progress = Progress([str(plan)])
    assert progress.line() == "0/4 done · 0 running · 0 failed"
    evaluation = tmp_path / "results/trials" / trials[0]["id"] / f"evaluations/{'e' * 16}.json"
    evaluation.parent.mkdir()
    evaluation.write_text(json.dumps({"id": "e" * 16, "status": "done"}))
    progress.look()
    assert progress.line().startswith("1/4 done · 0 running · 0 failed")


@pytest.mark.parametrize(
    ("failed", "summary"),
    [
        (
            1,
            "3 of 4 trials done, 1 failed, in 1 s; `expc logs --failed` shows why, `expc retry` lets failed trials",
        ),
        (4, "NONE OF 4 TRIALS IS DONE: 4 failed, in 1 s. `expc logs --failed` shows why; once that is mended, `expc t"),
    ],
)
def test_the_last_line_says_loudly_that_there_is_no_result(
    call: Callable[..., Called], toy: Path, tmp_path: Path, failed: int, summary: str
) -> None:
    call("compile", "spec.yaml")
    (plan,) = (tmp_path / "workflow/plans").glob("*.jsonl")
    for number, trial in enumerate(planned(tmp_path)):
        finish(tmp_path, trial, "failed" if number < failed else "done")
    progress = Progress([str(plan)])
    progress.started += 1e9  # so that no time has passed
    assert (progress.all_failed, progress.summary()[: len(summary)]) == (failed == 4, summary)
