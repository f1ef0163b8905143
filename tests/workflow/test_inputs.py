"""Models and other files from outside in, what they decide of a plan and what trials find of them out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

SPEC = """
expc: 1
name: given
task: {command: "python count.py {args} {input.words}", results: {file: m.json}}
inputs: {words: {file: models/words.txt}}
factors: {size: [1, 2]}
metrics: {score: {goal: maximize}}
baseline: {size: 1}
"""
PROGRAM = """
import json, os, sys
size, seed, path = sys.argv[1:]
trial = os.environ["EXPC_TRIAL_DIR"]
stated = os.path.join(trial, json.load(open(os.path.join(trial, "params.json")))["from"]["words"])
assert path == os.environ["EXPC_INPUT_WORDS"] == os.environ["EXPC_FROM_WORDS"] == os.path.realpath(stated)
assert not os.access(path, os.W_OK) or os.geteuid() == 0
json.dump({"score": len(open(path).read()) * int(size.partition("=")[2])}, open("m.json", "w"))
"""


@pytest.fixture
def project(tmp_path: Path, project_in):
    (tmp_path / "models").mkdir()
    (tmp_path / "models/words.txt").write_text("some words")
    (tmp_path / "spec.yaml").write_text(SPEC)
    (tmp_path / "count.py").write_text(PROGRAM)
    return project_in(tmp_path)


def ids(project) -> list[str]:
    project.compile("spec.yaml")
    return [line["id"] for line in project.lines("given")[1:]]


def other_content(folder: Path) -> None:
    (folder / "models/words.txt").write_text("other words")


def other_place(folder: Path) -> None:
    (folder / "models").rename(folder / "elsewhere")
    respell(folder, "models/words.txt", "elsewhere/words.txt")


def other_file_name(folder: Path) -> None:
    (folder / "models/words.txt").rename(folder / "models/text.md")
    respell(folder, "models/words.txt", "models/text.md")


def from_the_web(folder: Path) -> None:
    sha256 = hashlib.sha256(b"some words").hexdigest()
    respell(folder, "{file: models/words.txt}", f'{{url: "https://example.org/words.txt", sha256: {sha256}}}')


def from_the_hub(folder: Path) -> None:
    respell(folder, "{file: models/words.txt}", '{hf: org/words, revision: "1"}')


def another_beside_it(folder: Path) -> None:
    respell(folder, "txt}}", "txt}, more: {file: count.py}}")
    respell(folder, "{input.words}", "{input.words} {input.more}")


def respell(folder: Path, old: str, new: str) -> None:
    text = (folder / "spec.yaml").read_text()
    assert text.count(old) == 1
    (folder / "spec.yaml").write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (other_content, False),
        (other_place, True),
        (other_file_name, True),
        (from_the_web, True),
        (from_the_hub, False),
        (another_beside_it, False),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_trial_is_known_by_what_its_inputs_hold(project, change: Callable[[Path], None], same: bool) -> None:
    before = ids(project)
    change(project.folder)
    assert (ids(project) == before) == same


def test_a_plan_says_which_file_each_trial_is_given_and_the_workflow_how_it_is_fetched(project) -> None:
    project.compile("spec.yaml")
    stated = json.loads((project.folder / "workflow/experiments.json").read_text())["inputs"]
    (identity,) = stated
    content = stated[identity]["content"]
    assert stated[identity] == {
        "id": identity,
        "name": "words",
        "content": content,
        "path": "words.txt",
        "file": "models/words.txt",
        "sha256": hashlib.sha256(b"some words").hexdigest(),
    }
    assert [line["inputs"] for line in project.lines("given")[1:]] == [{"words": [identity, "words.txt"]}] * 2


CHOSEN = """
expc: 1
name: given
task: {command: "python count.py {args} {from.list}", results: {file: m.json}}
inputs: {few: {path: models/few}, many: {path: models/many}}
factors: {from.list: [few, many], size: [1, 2]}
metrics: {score: {goal: maximize}}
baseline: {from.list: few, size: 1}
"""
COUNT = """
import json, os, sys
size, seed, folder = sys.argv[1:]
assert folder == os.environ["EXPC_INPUT_LIST"] == os.environ["EXPC_FROM_LIST"]
words = open(os.path.join(folder, "words.txt")).read().split()
json.dump({"score": len(words) * int(size.partition("=")[2])}, open("m.json", "w"))
"""


@pytest.fixture
def chosen(tmp_path: Path, project_in):
    """A project whose inputs are the levels of a factor."""
    for name, words in (("few", "a b"), ("many", "c d e")):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "words.txt").write_text(words)
    (tmp_path / "spec.yaml").write_text(CHOSEN)
    (tmp_path / "count.py").write_text(COUNT)
    return project_in(tmp_path)


def test_a_level_chooses_an_input_and_its_content_is_in_the_trials_name(chosen) -> None:
    def by_level() -> dict[tuple[str, ...], str]:
        chosen.compile("spec.yaml")
        return {tuple(line["condition"].values()): line["id"] for line in chosen.lines("given")[1:]}

    before = by_level()
    lines = chosen.lines("given")[1:]
    assert [line["params"] for line in lines] == [{"size": 1}, {"size": 2}] * 2
    paths = [[path for _, path in line["inputs"].values()] for line in lines]
    assert paths == [["few"], ["few"], ["many"], ["many"]]
    (chosen.folder / "models/many/words.txt").write_text("c d e f")
    changed = {key for key, identity in by_level().items() if identity != before[key]}
    assert changed == {("many", "1"), ("many", "2")}
    (chosen.folder / "models/many/words.txt").write_text("a b")
    respell(chosen.folder, "few: {path: models/few}", "none: {path: models/few}")
    respell(chosen.folder, "[few, many]", "[none, many]")
    respell(chosen.folder, "baseline: {from.list: few", "baseline: {from.list: none")
    code, said = chosen.expc("check", "spec.yaml")
    assert code == 0
    assert "R008 two conditions are the same: (from.list=none, size=1) and (from.list=many, size=1)" in said
    after = by_level()
    assert {after["none", "1"], after["many", "1"]} == {before["few", "1"]}


def test_what_a_level_chooses_is_what_a_stage_would_take_by_from(chosen) -> None:
    chosen.compile("spec.yaml")
    chosen_ids = [line["id"] for line in chosen.lines("given")[1:]]
    respell(chosen.folder, "factors: {from.list: [few, many], size", "from: {list: few}\nfactors: {size")
    respell(chosen.folder, "baseline: {from.list: few, size: 1}", "baseline: {size: 1}")
    respell(chosen.folder, ", many: {path: models/many}", "")
    assert ids(chosen) == chosen_ids[:2]


@pytest.mark.slow
def test_each_condition_finds_the_input_of_its_level(chosen) -> None:
    assert chosen.expc("run", "spec.yaml")[0] == 0
    found = {tuple(row[f"factor.{name}"] for name in ("from.list", "size")): row for row in chosen.results("given")}
    assert {key: row["value"] for key, row in found.items()} == {
        ("few", "1"): "2", ("few", "2"): "4", ("many", "1"): "3", ("many", "2"): "6",
    }  # fmt: skip
    (chosen.folder / "models/many/words.txt").write_text("c d e f")
    (plan,) = chosen.planned("spec.yaml")
    assert (plan["done"], [change["reason"] for change in plan["again"]]) == (2, ["input list changed"] * 2)


@pytest.mark.slow
def test_an_input_is_fetched_once_and_a_changed_one_runs_its_trials_again(project) -> None:
    assert project.expc("run", "spec.yaml")[0] == 0
    assert [row["value"] for row in project.results("given")] == ["10", "20"]
    assert project.listed().jobs == {}
    other_file_name(project.folder)
    assert project.planned("spec.yaml")[0]["done"] == 2
    (project.folder / "models/text.md").write_text("other words")
    reasons = [change["reason"] for change in project.planned("spec.yaml")[0]["again"]]
    assert reasons == ["input words changed"] * 2
    assert project.expc("run", "spec.yaml")[0] == 0
    assert [row["value"] for row in project.results("given")] == ["11", "22"]


@pytest.mark.slow
def test_an_input_that_is_gone_stops_its_trials_with_one_message(project) -> None:
    project.compile("spec.yaml")
    (project.folder / "models/words.txt").write_text("edited after it was compiled")
    code, said = project.expc("compile", "spec.yaml", "--check")
    assert code != 0, said
    (log,) = _failed_fetch(project)
    assert "models/words.txt has changed since `expc compile`; compile again" in log


def _failed_fetch(project) -> list[str]:
    import subprocess
    import sys

    found = subprocess.run(
        [sys.executable, "-m", "snakemake"], cwd=project.folder, capture_output=True, text=True, check=False
    )
    assert found.returncode != 0
    assert not list(project.folder.glob("results/trials/*/attempts.jsonl"))
    return [path.read_text() for path in project.folder.glob("results/inputs/*.log")]
