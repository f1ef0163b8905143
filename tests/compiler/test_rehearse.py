"""A compiled experiment in, the plan of its rehearsal out."""

from __future__ import annotations

import json
from pathlib import Path

from expc.compiler.build import build
from expc.compiler.writing.rehearse import rehearse

SPEC = """\
expc: 1
name: two
task: {command: "true {width} {lr} {from.init}"}
factors: {width: [8, 16], lr: [0.1, 0.2]}
stages:
  above: {task: {command: "true {width}"}, reads: [width], seeds: 2}
  below: {from: {init: above.checkpoint}, seeds: 3, resources: {time: 10s}}
metrics: {m: {goal: minimize}}
baseline: {width: 8, lr: 0.1}
on_failure: stop
"""


def test_each_condition_of_each_stage_is_tried_once_with_what_it_takes_from(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC)
    (whole,), _ = build([str(tmp_path / "spec.yaml")], tmp_path)
    tried = rehearse(whole, 30)
    header, *trials = map(json.loads, tried.text.splitlines())
    assert (header["try"], header["on_failure"], "try" in json.loads(whole.text.splitlines()[0])) == (
        *(True, "report"),
        False,
    )
    assert [(one["stage"], *one["condition"].values(), one["seed"], one["time"]) for one in trials] == [
        ("above", "8", 0, 30),
        ("above", "16", 0, 30),
        ("below", "8", "0.1", 0, 10),
        ("below", "8", "0.2", 0, 10),
        ("below", "16", "0.1", 0, 10),
        ("below", "16", "0.2", 0, 10),
    ]
    above = {one["id"] for one in trials if one["stage"] == "above"}
    assert {source for one in trials for source, _ in one["from"].values()} == above
    assert tried.digest != whole.digest
