"""A stage in, the parameters of each of its conditions out."""

from __future__ import annotations

from pathlib import Path

from expc.compiler.check import check
from expc.compiler.digest import Digests
from expc.compiler.meaning.settings import settings

OWN = """\
expc: 1
name: own
task: {command: "sort {args}", results: {file: score.json}}
metrics: {score: {goal: maximize}}
params: {depth: 2}
factors:
  kind: {plain: {}, wide: {width: 64}, deep: {depth: 9, tied: true}}
baseline: {kind: plain}
"""


def test_the_levels_of_an_own_program_may_set_different_parameters(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(OWN, encoding="utf-8")
    checked = check(str(tmp_path / "spec.yaml"), tmp_path, Digests(tmp_path))
    found = settings(checked.scope, checked.scope.stages["train"], [(0,), (1,), (2,)], {})
    assert [setting.read for setting in found] == [{"depth": 2}, {"depth": 2, "width": 64}, {"depth": 9, "tied": True}]
