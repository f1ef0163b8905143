"""A repository that holds what docs/paper.md says in; in a clone of it the same plan, tables and traces out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from expc.cli.anew import prepare_anew

from .conftest import Called, finish, planned

Call = Callable[..., Called]
PAGE = (Path(__file__).parents[2] / "docs" / "paper.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```([\w. ]*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
IGNORED, ATTRIBUTES = (text for language, text in BLOCKS if not language)
TRACE = dict(BLOCKS)["python trace.py"]
KEPT = ("outcome.json", "metrics.jsonl", "params.json", "predictions.jsonl", "evaluations/1.json")
FACTS = ("data.json", "test.digests", "train.digests")
LEFT = ("attempts.jsonl", "log.txt", "lock", "held", "checkpoints/last.pt", "work/train.py")


def git(*words: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    return subprocess.run(["git", *identity, *words], check=True, capture_output=True, text=True).stdout


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def clone(call: Call, toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In another folder, on a machine whose git changes line ends."""
    call("compile", toy.name)
    for trial in planned(tmp_path):
        finish(tmp_path, trial)
        for name in (*KEPT[2:], *LEFT):
            path = tmp_path / "results/trials" / trial["id"] / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("{}\n")
    (tmp_path / "results/data/1").mkdir(parents=True)
    for name in (*FACTS, "train.jsonl", "train.npz"):
        (tmp_path / "results/data/1" / name).write_text("{}\n")
    (tmp_path / ".gitignore").write_text(IGNORED.replace("my-experiment", "toy"))
    (tmp_path / ".gitattributes").write_text(ATTRIBUTES)
    call("tables")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "paper")
    place = tmp_path / "elsewhere" / "deeper" / "clone"
    git("-c", "core.autocrlf=true", "clone", "-q", str(tmp_path), str(place))
    monkeypatch.chdir(place)
    return place


def test_a_clone_has_the_small_things_and_all_of_the_paper(call: Call, clone: Path, tmp_path: Path) -> None:
    trials = [trial["id"] for trial in planned(tmp_path)]
    assert sorted(contents(clone / "results")) == sorted(
        [
            *(f"toy/{name}" for name in ("results.csv", "curves.csv", "tables/main.md", "tables/main.csv")),
            *(f"trials/{trial}/{name}" for trial in trials for name in KEPT),
            *(f"data/1/{name}" for name in FACTS),
        ]
    )
    before = contents(clone)
    assert call("compile", "--check", "spec.yaml")[:2] == (0, "workflow/ is current.\n")
    assert call("plan", "--detailed-exitcode", "spec.yaml")[:2] == (0, "toy: 4 trials: 4 done\n  Nothing to do.\n")
    assert call("tables")[0] == 0
    assert contents(clone) == before
    assert str(tmp_path).encode() not in b"".join(content for name, content in before.items() if ".git/" not in name)


def test_each_number_leads_to_what_it_was_made_of_without_expc(call: Call, clone: Path, tmp_path: Path) -> None:
    Path("trace.py").write_text(TRACE)
    command = [sys.executable, "-I", "trace.py", "results/toy/tables/main.csv"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    first = planned(tmp_path)[0]
    assert said[:2] == [f"m 1.0 of {first['id']} {{'x': '1'}} seed 0", "    params   {'x': 1}"]
    assert len(said) == 5 * 4


def test_a_trial_whose_folder_is_gone_runs_again(call: Call, clone: Path, tmp_path: Path) -> None:
    first = planned(tmp_path)[0]
    for path in sorted((clone / "results/trials" / first["id"]).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    code, output, _ = call("plan", "--detailed-exitcode", "spec.yaml")
    assert (code, output.splitlines()[:2]) == (2, ["toy: 4 trials: 3 done, 1 new", "  + train  x=1  seed 0"])


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"train.jsonl": "{}\n", "test.jsonl": "{}\n"}, None),
        ({"train.jsonl": "{}\n"}, "test.jsonl isn't there."),
        (
            {"train.jsonl": "{}\n", "test.jsonl": "version https://git-lfs.github.com/spec/v1\n"},
            "test.jsonl is damaged: it has 43 bytes, and had 3.",
        ),
    ],
)
def test_data_of_which_only_the_facts_are_there_are_prepared_anew_for_what_needs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], said: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("results/data/d1")
    folder.mkdir(parents=True)
    stated = json.dumps({"id": "d1", "kind": "texts", "sizes": {"train.jsonl": 3, "test.jsonl": 3}})
    for name, text in {**files, "data.json": stated}.items():
        (folder / name).write_text(text)
    trials = [{"data": "d1", "evaluate": []}, {"data": None, "evaluate": [["e", "s", "d1", "last"]]}]
    assert list(prepare_anew(trials)) == ([f"{folder}/{said} The data are prepared anew."] if said else [])
    assert (folder / "data.json").exists() is (said is None)
    assert list(prepare_anew(trials)) == []
