"""Containers on the command line: definitions to begin from, `--no-container`, and where a spec names an image."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from expc.assets import asset
from expc.cli.commands.images import make_image, named

SPEC = """\
expc: 1
name: boxed
task: {{command: "true {{x}}"}}
factors: {{x: [1, 2]}}
{environment}
metrics: {{m: {{goal: minimize}}}}
baseline: {{x: 1}}
"""
STAGES = """\
expc: 1
name: boxed
environment: {requirements: pins.txt}
stages:
  one: {task: {command: "true"}}
  two:
    environment: {network: host,
                  container: "docker://a@sha256:ab"}
"""


def plans() -> list[tuple[dict[str, Any], list[str]]]:
    found = [path.read_text().splitlines() for path in sorted(Path("workflow/plans").iterdir())]
    return [(json.loads(lines[0]), lines[1:]) for lines in found]


def current() -> str:
    return str(json.loads(Path("workflow/experiments.json").read_text())["experiments"]["boxed"]["plan"])


def test_definitions_are_printed(call: Any) -> None:
    assert call("image") == (0, "minimal\ntorch-cpu\ntorch-cuda\n", "")
    assert call("image", "minimal") == (0, asset("images", "minimal.def").read_text(), "")
    code, said, problem = call("image", "torch")
    assert (code, said, problem.splitlines()[0]) == (
        1, "", "there is no definition 'torch'; did you mean 'torch-cpu'? allowed: minimal, torch-cpu, torch-cuda",
    )  # fmt: skip


def test_without_its_container_a_plan_says_so_and_its_trials_keep_their_names(call: Any) -> None:
    Path("one.sif").write_bytes(b"image")
    Path("spec.yaml").write_text(SPEC.format(environment="environment: {container: one.sif}"))
    assert call("compile", "spec.yaml")[0] == 0
    inside = current()
    assert call("compile", "spec.yaml", "--no-container")[0] == 0
    outside = current()
    assert inside != outside
    assert call("compile", "spec.yaml", "--check")[0] == 1, "the usual compilation is another workflow"
    (one, trials), (other, same) = plans()
    assert trials == same
    assert [header.pop("outside", False) for header in sorted((one, other), key=len)] == [False, True]
    assert one == other
    assert call("compile", "spec.yaml")[0] == 0
    assert current() == inside


def test_where_there_is_no_container_the_option_changes_nothing(call: Any) -> None:
    Path("spec.yaml").write_text(SPEC.format(environment="environment: {modules: [cuda/12]}"))
    assert call("compile", "spec.yaml")[0] == 0
    assert call("compile", "spec.yaml", "--no-container", "--check")[0] == 0


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("docker://a@sha256:ab", ["spec.yaml:8:30"]),
        ("pins.txt", ["spec.yaml:3:29"]),
        ("gone.def", []),
    ],
)
def test_a_spec_is_looked_through_for_what_names_an_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str, expected: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text(STAGES)
    assert named("spec.yaml", {"reference": reference}) == expected
    assert named("nowhere.yaml", {"reference": reference}) == []


def test_of_two_who_would_make_an_image_the_later_waits_and_makes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recipe, made = {"image": "results/images/abc.sif", "reference": "torch.def"}, list[Path]()
    began, go_on = threading.Event(), threading.Event()

    def bake(recipe: dict[str, Any], target: Path, project: Path) -> None:
        made.append(target)
        began.set()
        assert go_on.wait(60)
        target.parent.mkdir(parents=True)
        target.touch()

    monkeypatch.setattr("expc.compiler.writing.bake.bake", bake)
    first, later = (threading.Thread(target=make_image, args=("abc", recipe, {})) for _ in range(2))
    first.start()
    assert began.wait(60)
    later.start()
    go_on.set()
    first.join(60)
    later.join(60)
    assert made == list(Path("results/images").iterdir()) == [Path("results/images/abc.sif")]
