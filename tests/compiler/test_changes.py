"""What a plan says of changes, in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from expc.compiler.planning import changes
from expc.compiler.planning.changes import Estimate, cost
from expc.compiler.planning.reasons import difference, reasons


def header(**files: str) -> dict[str, Any]:
    return {"stages": {"train": {}}, "variants": {"v": {"program": str(files), "files": files}}, "data": {}}


LINE: dict[str, Any] = {"stage": "train", "params": {}, "variant": "v", "data": None, "from": {}}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"a": "1"}, {"a": "2"}, "a changed"),
        ({}, {"a": "1", "b": "1", "c": "1"}, "a, b, c changed"),
        ({"a": "1", "d": "1"}, {"a": "2", "b": "1", "c": "1"}, "a, b, c and 1 more changed"),
        ({}, {f"f{number}": "1" for number in range(9)}, "f0, f1, f2 and 6 more changed"),
        ({"a": "1"}, {"a": "1"}, "expc counts something else in its identity"),
    ],
)
def test_of_many_files_that_changed_three_are_named(before: dict[str, str], after: dict[str, str], said: str) -> None:
    assert difference(header(**before), LINE, header(**after), LINE) == said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {"init": ["1", "a.pt"]}, "input init changed"),
        ({"init": ["1", "a.pt"]}, {"init": ["2", "a.pt"]}, "input init changed"),
        ({"init": ["1", "a.pt"], "words": ["3", "w"]}, {"words": ["3", "w"]}, "input init changed"),
    ],
)
def test_an_input_that_comes_changes_or_goes_is_named(before: dict[str, Any], after: dict[str, Any], said: str) -> None:
    assert difference(header(), {**LINE, "inputs": before}, header(), {**LINE, "inputs": after}) == said


def test_a_stage_that_is_timed_from_now_on_runs_again_for_that() -> None:
    timed = header() | {"stages": {"train": {"timing": ["seconds"]}}}
    assert difference(header(), LINE, timed, LINE) == "it is timed now, and runs alone"
    assert difference(timed, LINE, header(), LINE) == "it is no longer timed"


def test_trials_that_are_timed_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    walls = [cost([Estimate(10.0, 2, "known", alone)] * 6).wall_seconds for alone in (False, True)]
    assert walls == [30.0, 60.0]


def test_what_runs_again_will_take_about_what_it_took_before(monkeypatch: pytest.MonkeyPatch) -> None:
    took = {"old": 4.0, "other": 6.0}
    monkeypatch.setattr(changes, "durations", lambda ids: [took[each] for each in ids if each in took])
    new, other, old = ({**LINE, "id": name, "cpus": 1, "time": None} for name in ("new", "other", "old"))
    for lines, earlier, seconds, basis in (
        ([new], [old], 4.0, "the median of 1 finished trials of train"),
        ([new, other], [old], 6.0, "the median of 1 finished trials of train"),
        ([new], [], None, "no trial like these has finished yet, and resources.time is not set"),
    ):
        found = changes._estimates({"stages": {"train": {}}}, [new], lines, earlier)
        assert found == {"new": Estimate(seconds, 1, basis)}


def test_of_earlier_plans_only_the_trials_are_parsed_that_can_say_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that can't be parsed shows whether somebody tried."""
    monkeypatch.chdir(tmp_path)
    old = {"id": "old", "seed": 0, **LINE, "params": {"x": 1}, "seeds": {}, "condition": {}}
    new = {**old, "id": "new", "params": {"x": 2}}
    for trial, status in (("old", "done"), ("torn", "failed")):
        Path("results/trials", trial).mkdir(parents=True)
        Path("results/trials", trial, "outcome.json").write_text(json.dumps({"id": trial, "status": status}))
    top, said, without_folder, other_seed = header(), compact(old), '{"id":"none","seed":0,', '{"id":"torn","seed":7,'
    Path("workflow/plans").mkdir(parents=True)
    Path("workflow/plans/toy.before.jsonl").write_text("\n".join([compact(top), without_folder, other_seed, said, ""]))
    ((why, before),) = reasons("toy", "now", top, [new]).values()
    assert (why, before and before.trial["id"]) == ("x 1 → 2", "old")
    Path("workflow/plans/toy.before.jsonl").write_text('{"id":"torn","seed":0,')
    assert reasons("toy", "now", top, []) == {}


@pytest.mark.parametrize(
    ("now", "why"),
    [
        ({"condition": {"mode": "fine"}}, "prog.py changed"),
        ({"condition": {"mode": "fine"}, "params": {"mode": "other"}}, None),
        ({"condition": {"mode": "fine"}, "from": {"init": ["another", "last.pt"]}}, None),
        ({"condition": {"mode": "ok"}, "params": {"mode": "other"}}, 'mode "ok" → "other"; prog.py changed'),
        ({"condition": {"mode": "fine"}, "variant": "w"}, None),
    ],
)
def test_a_level_that_gets_another_name_is_known_by_what_it_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: dict[str, Any], why: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    old = {"id": "old", "seed": 0, **LINE, "params": {"mode": "ok"}, "seeds": {}, "condition": {"mode": "ok"}}
    Path("results/trials/old").mkdir(parents=True)
    Path("results/trials/old/outcome.json").write_text(json.dumps({"id": "old", "status": "done"}))
    Path("workflow/plans").mkdir(parents=True)
    before, top = header(**{"prog.py": "1"}), header(**{"prog.py": "2"})
    top["variants"]["w"] = {"program": "other", "files": {}, "choices": {"learner": "letters"}}
    Path("workflow/plans/toy.before.jsonl").write_text("".join(f"{compact(line)}\n" for line in (before, old)))
    ((said, form),) = reasons("toy", "now", top, [{**old, "id": "new", **now}]).values()
    assert (said, form and form.trial["id"]) == (why, why and "old")


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
