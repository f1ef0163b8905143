"""What a plan says of changes, in words."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from expc.compiler.planning import changes
from expc.compiler.planning.changes import Change, Changes, Cost, Estimate, cost
from expc.compiler.planning.reasons import Before, difference, reasons
from expc.compiler.planning.spent import Spent
from expc.spec import Budget


def header(**files: str) -> dict[str, Any]:
    return {"stages": {"train": {}}, "variants": {"v": {"program": str(files), "files": files}}, "data": {}}


NOTHING = "expc counts something else in its identity"
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


DATA = header() | {"data": {"d2": {"name": "digits"}}}
DATA["variants"] = {"v": {"program": "1", "files": {}}, "w": {"program": "2", "files": {}}}
TIMED = header() | {"stages": {"train": {"timing": ["seconds"]}}}
LONG, LONGER = "x" * 58, "x" * 59  # 60 characters with quotes, and one more


@pytest.mark.parametrize(
    ("top", "one", "other", "said"),
    [
        (TIMED, {}, {"gpus": 1}, "it is timed on some GPU now, not on no GPU"),
        (TIMED, {"gpus": 1, "gpu": "a100"}, {"gpus": 1, "gpu": "h100"}, "it is timed on h100 now, not on a100"),
        (TIMED, {"gpus": 1, "gpu": "a100"}, {"gpus": 1, "gpu": "a100"}, NOTHING),
        (header(), {"gpus": 1, "gpu": "a100"}, {"gpus": 1, "gpu": "h100"}, NOTHING),
        (header(), {}, {"gpus": 1}, NOTHING),
        (header(), {"gpus": 2}, {"gpus": 2, "nodes": 2}, "2 → 4 processes"),
        (header(), {"gpus": 2}, {}, "2 → 1 processes"),
        (DATA, {"data": "d1"}, {"data": "d2"}, "data digits changed"),
        (DATA, {"data": "d1"}, {}, "data none changed"),
        (DATA, {}, {"variant": "w"}, "the command, build, files or results of its task changed"),
        (
            header(),
            {"params": {"a": 1, "b": 2}},
            {"params": {"b": 2, "c": 3}},
            "a is no longer read; c = 3 is read now",
        ),
        (header(), {"params": {"b": 2}}, {"params": {"b": 2, "c": 3}}, "c = 3 is read now"),
        (header(), {"params": {"a": LONG}}, {"params": {"a": LONGER}}, f'a "{LONG}" → "{LONG}…'),
        (header(), {"from": {"init": ["1", "a"]}}, {"from": {"init": ["2", "a"]}}, "init comes from another trial"),
        (header(), {}, {"from": {"init": ["2", "a"]}}, "init comes from another trial"),
    ],
)
def test_what_differs_between_trials_is_named_as_far_as_it_decides_a_result(
    top: dict[str, Any], one: dict[str, Any], other: dict[str, Any], said: str
) -> None:
    assert difference(top, {**LINE, **one}, top, {**LINE, **other}) == said


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ({}, {"network": "host"}, "network none → host"),
        ({"secrets": ["KEY"]}, {}, NOTHING),
        ({"variables": {"A": "1"}}, {"variables": {"B": "2"}}, 'variable A "1" → null; variable B null → "2"'),
        ({"modules": ["a/1", "b/1"]}, {}, "modules a/1 b/1 → none"),
        ({}, {"container": {"identity": "1"}}, "the container is new"),
        ({"container": {"identity": "1"}}, {}, "the container is gone"),
        ({"container": {"identity": "1"}}, {"container": {"identity": "2"}}, "the container changed"),
        ({"container": {"identity": "1"}}, {"container": {"identity": "1"}}, NOTHING),
        ({"requirements": {"identity": "1"}}, {"requirements": {"identity": "2"}}, "what is required changed"),
    ],
)
def test_what_differs_between_environments_is_named(one: dict[str, Any], other: dict[str, Any], said: str) -> None:
    before, after = (header() | {"stages": {"train": {"environment": environment}}} for environment in (one, other))
    assert difference(before, LINE, after, LINE) == said


def test_a_stage_that_is_timed_from_now_on_runs_again_for_that() -> None:
    timed = header() | {"stages": {"train": {"timing": ["seconds"]}}}
    assert difference(header(), LINE, timed, LINE) == "it is timed now, and runs alone"
    assert difference(timed, LINE, header(), LINE) == "it is no longer timed"


def test_what_trials_cost_is_known_if_it_is_known_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    one, wide, gpu = Estimate(3600.0, 1, "b"), Estimate(7200.0, 8, "a"), Estimate(3600.0, 4, "b", gpus=0.5)
    table = [
        ([], Cost(0, 0.0, 0.0, 4, "")),
        ([one] * 4, Cost(4, 4.0, 3600.0, 4, "b")),
        ([one, wide], Cost(2, 17.0, 900.0 + 7200.0, 4, "a; b")),
        ([one, gpu], Cost(2, 5.0, None, 4, "b", 0.5)),
        ([one, Estimate(None, 1, "who knows")], Cost(2, None, None, 4, "who knows")),
    ]
    assert [cost(estimates) for estimates, _ in table] == [expected for _, expected in table]


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
        ({"condition": {"mode": "fine"}, "inputs": {"init": ["i1", "a.pt"]}}, None),
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


def left(identity: str, status: str, evaluations: Sequence[str] = (), **more: Any) -> None:
    folder = Path("results/trials", identity)
    (folder / "evaluations").mkdir(parents=True)
    (folder / "outcome.json").write_text(json.dumps({"id": identity, "status": status, **more}))
    for one in evaluations:
        (folder / "evaluations" / f"{one}.json").write_text(json.dumps({"id": one, "status": "done"}))


def compiled(top: dict[str, Any], *lines: dict[str, Any], digest: str = "bef0") -> str:
    """A plan's text; also in its file, as the one that was compiled last."""
    text = "".join(f"{compact(line)}\n" for line in (top, *lines))
    Path("workflow/plans").mkdir(parents=True, exist_ok=True)
    Path(f"workflow/plans/toy.{digest}.jsonl").write_text(text)
    experiment = {"plan": digest, "spec": "toy.yaml", "trials_per_job": {}, "tables": {}, "figures": {}, "baseline": {}}
    stated = {"expc": "0.1.0", "experiments": {"toy": experiment}, "variants": {}, "data": {}}
    Path("workflow/experiments.json").write_text(json.dumps(stated))
    return text


def trial(identity: str, level: str = "", **more: Any) -> dict[str, Any]:
    usual = {**LINE, "seeds": {}, "condition": {"a": level or identity}, "params": {"a": level or identity}}
    return {"id": identity, "seed": 0, **usual, "evaluate": [], "cpus": 2, "time": 60, **more}


def test_a_plan_is_compared_with_what_earlier_ones_have_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    top = header()
    both = [["e1", "digits", "d1", "last"], ["e2", "mnist", "d2", "last"], ["e3", "mnist", "d2", "best"]]
    new, failed, evaluate = trial("new"), trial("failed", gpus=1), trial("evaluate", evaluate=both)
    as_well = {**new, "condition": {"a": "as-well"}}
    again, old = trial("again", params={"a": 2}), trial("old", "again", params={"a": 1})
    gone, renamed, name = trial("gone"), trial("other-name", "x"), trial("name", "y", params={"a": "x"})
    for line, status in ((failed, "failed"), (old, "done"), (gone, "done"), (renamed, "failed")):
        left(line["id"], status, seconds=3600)
    left("evaluate", "done", ["e1"], seconds=7200)
    (tmp_path / "results/trials/evaluate/checkpoints").mkdir()
    for rule in ("last", "best"):
        (tmp_path / f"results/trials/evaluate/checkpoints/{rule}.pt").touch()
    compiled(top, old, gone, renamed, failed)

    lines = [new, failed, as_well, again, evaluate, name]
    text = "".join(f"{compact(line)}\n" for line in (top, *lines))
    estimate = Estimate(7200.0, 2, "the median of 1 finished trials of train")
    found = changes.changes("toy", text, "now", Budget(cpu_hours=1))
    assert found == Changes(
        name="toy",
        trials=frozenset({"new", "failed", "again", "evaluate", "name"}),
        new=(Change(new),),
        again=(Change(again, "a 1 → 2", Before(old, "a 1 → 2", alike=False)), Change(name, NOTHING)),
        running=(),
        evaluate=(Change(evaluate, "on mnist"),),
        gone=(Change(gone),),
        lines=(new, failed, again, evaluate, name),
        there=(Change(failed, "failed"),),
        accepted={},
        done=1,
        failed=1,
        cancelled=0,
        estimates=dict.fromkeys(("new", "again", "name"), estimate),
        equal={"new": ({"a": "as-well"},)},
        budget=Budget(cpu_hours=1),
        spent=Spent(2 * 3.0, 1.0),
    )
    assert changes.changes("toy", text, "now").spent == (0, 0)
    assert changes.changes("toy", text, "now", Budget(gpu_hours=1)).spent == (2 * 3.0, 1.0)


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the kernel doesn't tell who holds which lock")
def test_what_somebody_works_on_is_neither_new_nor_to_be_evaluated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asks = {"evaluate": [["e1", "digits", "d1", "last"]]}
    lines = [trial("new"), trial("trains"), trial("measures", **asks), trial("evaluate", **asks), trial("done")]
    for name in ("measures", "evaluate", "done"):
        left(name, "done")
        Path("results/trials", name, "checkpoints").mkdir()
        Path("results/trials", name, "checkpoints/last.pt").touch()
    text = "".join(f"{compact(line)}\n" for line in (header(), *lines))
    with ExitStack() as held:
        for name in ("trains", "measures", "done"):  # the last by somebody who only looked
            Path("results/trials", name).mkdir(exist_ok=True)
            lock = held.enter_context(open(f"results/trials/{name}/lock", "w", encoding="utf-8"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        found = changes.changes("toy", text, "now")
    shown = {kind: [one.trial["id"] for one in getattr(found, kind)] for kind in ("new", "evaluate", "running")}
    assert shown == {"new": ["new"], "evaluate": ["evaluate"], "running": ["trains", "measures"]}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [(["there"], False), (["there", "lost"], True), (["there", "new"], True), ([], True), (["measure"], True)],
    ids=["nothing", "it runs again", "it is new", "one is gone", "one is evaluated"],
)
def test_a_plan_changes_something_if_anything_runs_or_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str], expected: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    checkpoint = tmp_path / "results/trials/there/checkpoints/last.pt"
    all_lines = {
        "there": trial("there"), "lost": trial("lost"), "new": trial("new"),
        "measure": trial("there", evaluate=[["e1", "digits", "d1", "last"]]),
    }  # fmt: skip
    left("there", "done")
    checkpoint.parent.mkdir()
    checkpoint.touch()
    Path("results/trials/lost").mkdir()
    Path("results/trials/lost/attempts.jsonl").write_text('{"status":"done"}\n')
    compiled(header(), all_lines["there"])
    text = "".join(f"{compact(line)}\n" for line in (header(), *(all_lines[name] for name in lines)))
    assert changes.changes("toy", text, "now").anything is expected


@pytest.mark.parametrize(
    ("outcome", "row", "why"),
    [
        (None, None, None),
        ("{", None, "its outcome is not whole"),
        ("cancelled", None, "what it takes from is run again"),
        ("done", None, "a checkpoint that is needed was not kept"),
        (None, {"status": "done"}, "its outcome is gone"),
        (None, {"status": "failed"}, "it failed, and is tried again"),
        (None, {"status": "stopped"}, "it was interrupted, and goes on"),
        (None, {"started": "…", "host": "n5"}, "it was begun on n5, and may still run there"),
        (None, {"started": "…"}, "it was interrupted, and goes on"),
        (None, {"status": "signal", "host": "n5"}, "it was interrupted, and goes on"),
    ],
)
def test_what_a_trials_folder_says_is_why_it_runs_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outcome: str | None, row: dict[str, Any] | None, why: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results/trials/t"
    folder.mkdir(parents=True)
    if outcome:
        whole = json.dumps({"id": "t", "status": outcome})
        (folder / "outcome.json").write_text(outcome if outcome == "{" else whole)
    if row:
        (folder / "attempts.jsonl").write_text(json.dumps(row) + "\n")
    assert reasons("toy", "now", header(), [trial("t")]) == {"t": (why, None)}


TAKES = {"from": {"init": ["one", "last.pt"]}, "inputs": {"base": ["i1", "a.pt"]}}


@pytest.mark.parametrize(
    ("now", "alike"),
    [
        ({}, True),
        ({"params": {"a": 2}}, False),
        ({"from": {"init": ["two", "best.pt"]}}, False),
        ({"from": {"init": ["two", "last.pt"], "more": ["two", "last.pt"]}}, False),
        ({"from": {"init": ["one", "last.pt"]}}, False),
        ({"inputs": {"base": ["i1", "b.pt"]}}, False),
        ({"inputs": {"base": ["i2", "a.pt"]}}, False),
    ],
    ids=["another trial alone", "a parameter", "another file", "more", "nothing", "an input's file", "an input"],
)
def test_only_trials_that_merely_take_from_others_are_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: dict[str, Any], alike: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    old = trial("old", "x", **TAKES)
    left("old", "done")
    compiled(header(), old)
    new = {**trial("new", "x", **TAKES), "from": {"init": ["two", "last.pt"]}, **now}
    ((_, form),) = reasons("toy", "now", header(), [new]).values()
    assert (form and form.trial, form and form.alike) == (old, alike)


@pytest.mark.parametrize("digests", ["cba", "abc"])
def test_the_latest_of_earlier_plans_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digests: str) -> None:
    monkeypatch.chdir(tmp_path)
    first, second, third = (trial(f"t{number}", "x", params={"a": number}) for number in (1, 2, 3))
    for line in (first, second):
        left(line["id"], "failed")
    for time, (digest, line) in enumerate(zip(("now", *digests), (first, first, second, third), strict=True)):
        compiled(header(), line, digest=digest)
        os.utime(f"workflow/plans/toy.{digest}.jsonl", (time, time))
    assert reasons("toy", "now", header(), [third]) == {"t3": ("a 2 → 3", None)}


def test_a_trial_is_no_earlier_form_of_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    left("t", "done")
    compiled(header(), trial("t"))
    why = "a checkpoint that is needed was not kept"
    assert reasons("toy", "now", header(), [trial("t")]) == {"t": (why, None)}


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
