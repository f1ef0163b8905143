"""What collect waits for on a shared file system."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from expc.report.awaited import UnseenError, await_outcomes


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan of two trials, of which one has an outcome, and the marker of the batch that ran them."""
    monkeypatch.chdir(tmp_path)
    Path("workflow/plans").mkdir(parents=True)
    lines = [{"id": one, "stage": "train", "from": {}, "evaluate": []} for one in "tu"]
    Path("workflow/plans/a.0123.jsonl").write_text("".join(json.dumps(line) + "\n" for line in ({"plan": 1}, *lines)))
    finish("t")
    marker = Path("results/a/batches/0123/train-1-2.0.done")
    marker.parent.mkdir(parents=True)
    marker.touch()
    return marker


def finish(trial: str) -> None:
    folder = Path("results/trials", trial)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "outcome.json").write_text(json.dumps({"id": trial, "status": "done"}))


def test_what_another_node_has_written_is_waited_for(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited = iter([lambda: None, lambda: finish("u")])
    monkeypatch.setattr(time, "sleep", lambda _: next(waited)())
    await_outcomes("a", "0123")
    assert list(waited) == []


def test_in_vain_it_says_what_can_t_be_seen(plan: Path) -> None:
    with pytest.raises(UnseenError, match=r"1 of 2 outcomes .* such as results/trials/u/outcome.json") as said:
        await_outcomes("a", "0123", 0.1)
    assert "nothing runs twice" in str(said.value)


def test_what_was_taken_away_long_after_its_batch_is_not_waited_for(
    plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("it waits"))
    os.utime(plan, (time.time() - 3600,) * 2)
    await_outcomes("a", "0123")
