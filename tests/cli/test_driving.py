"""Commands with `--format json` in, JSON alone on the standard output, with the fields of docs/driving.md, out."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from expc.cli import cli
from expc.cli.commands import health
from expc.cli.commands.trying import _as_json
from expc.cli.sites.examined import Result
from expc.cli.watching.tried import Tried
from expc.report.rehearsed import Seen
from expc.report.repeated import Differs
from expc.report.spending import Sum

from .conftest import Called, finish, planned

Call = Callable[..., Called]
PAGE = (Path(__file__).parents[2] / "docs" / "driving.md").read_text(encoding="utf-8")
FREE = {"condition", "shared", "accepted", "elsewhere", "levels"}
"""Their keys are names of the user's."""
DRIVEN = {"check", "plan", "try", "status", "tables", "cost", "doctor"}


def fields(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from fields(one)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from () if key in FREE else fields(list(inner.values()) if key == "tables" else inner)


def told(command: str) -> set[str]:
    """What stands in backticks in the command's section; and of those that it refers to, in the sections before."""
    parts = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    until = next(n for n, part in enumerate(parts) if f"`expc {command}`" in part.splitlines()[0])
    first = until if command in ("check", "cost", "doctor", "try") else 0
    return set(re.findall(r"`([a-z_]+)`", " ".join(parts[first : until + 1])))


@pytest.fixture
def project(call: Call, toy: Path, tmp_path: Path) -> Path:
    """Of its four trials one is done, and one has failed."""
    call("compile", toy.name)
    one, other, *_ = planned(tmp_path)
    finish(tmp_path, one)
    finish(tmp_path, other, "failed")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("check", "spec.yaml"), 0),
        (("check", "wrong.yaml"), 1),
        (("plan", "spec.yaml"), 0),
        (("plan", "--detailed-exitcode", "spec.yaml"), 2),
        (("status",), 0),
        (("tables",), 0),
        (("cost",), 0),
        (("doctor",), 1),
    ],
)
def test_json_stands_alone_and_its_page_names_every_field(
    call: Call, project: Path, words: tuple[str, ...], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "CHECKS", (lambda: iter([Result("problem", "no git", "get one")]),))
    (project / "wrong.yaml").write_text((project / "spec.yaml").read_text().replace("seeds: 2", "seeds: -1"))
    ended, output, error = call(*words, "--format", "json")
    assert (ended, error) == (code, "")
    found = set(fields(json.loads(output)))
    assert found <= told(words[0]), f"not told of: {sorted(found - told(words[0]))}"


def test_what_a_rehearsal_saw_is_told_with_these_fields(tmp_path: Path) -> None:
    seen = Seen("train", {"x": "1"}, "broken", "code: KeyError", tmp_path / "log.txt", "code")
    tried = Tried("toy", tmp_path / "spec.yaml", [seen], [("train", "x")])
    differs = {"toy": [Differs("train", {"x": "1"}, 0, ("m: 1, and then 2 (1 apart)",))]}
    found = json.loads(_as_json([tried], differs, str, broken=True, folder=str(tmp_path), trouble="Not all\n"))
    assert (found["broken"], found["folder"], found["trouble"]) == (True, str(tmp_path), "Not all")
    assert set(fields(found)) <= told("try")


def test_every_command_that_has_json_is_on_the_page() -> None:
    json_ones = {
        name
        for name, command in cli.commands.items()
        for option in command.params
        if option.name == "form" and "json" in getattr(option.type, "choices", ())
    }
    assert json_ones == DRIVEN
    assert set(Sum._fields) <= told("cost")


def test_a_table_for_programs_is_that_for_people(call: Call, project: Path) -> None:
    first, second, third, fourth = (trial["id"] for trial in planned(project))
    (found,) = json.loads(call("tables", "--format", "json")[1])
    page = (project / "results/toy/tables/main.md").read_text()
    common = {"metric": "m", "sd": None}
    assert found == {
        "name": "toy",
        "files": [f"results/toy/{file}" for file in ("results.csv", "curves.csv", "tables/main.md", "tables/main.csv")],
        "tables": {
            "main": {
                "title": page.splitlines()[0].removeprefix("# "),
                "page": "results/toy/tables/main.md",
                "cells": [
                    common
                    | {"levels": {"x": "1"}, "mean": 1.0, "n": 1, "of": 2, "best": False, "values": [1.0]}
                    | {"trials": [first, second]},
                    common
                    | {"levels": {"x": "2"}, "mean": None, "n": 0, "of": 2, "best": False, "values": []}
                    | {"trials": [third, fourth]},
                ],
                "notes": [line[2:] for line in page.splitlines() if line.startswith("- ")],
            }
        },
        "loud": [],
        "edited": None,
    }
    assert "1 of 4 trials failed: code: ended with 3" in found["tables"]["main"]["notes"]


def test_a_failure_is_told_with_its_log_and_what_the_log_suggests(call: Call, project: Path) -> None:
    failed = planned(project)[1]["id"]
    log = project / "results/trials" / failed / "log.txt"
    log.write_text("train.py: error: unrecognized arguments: --seed=1\n")
    (found,) = json.loads(call("status", "--format", "json")[1])
    (failure,) = found["failures"]
    assert (failure["id"], failure["log"]) == (failed, f"results/trials/{failed}/log.txt")
    (hint,) = found["hints"]
    assert hint.startswith("the program doesn't take --seed")
    assert call("logs", failure["id"])[:2] == (0, log.read_text())


def test_what_can_be_accepted_is_told_with_the_trial_whose_results_it_would_have(
    call: Call, project: Path, tmp_path: Path
) -> None:
    old = {trial["condition"]["x"]: trial["id"] for trial in planned(tmp_path) if trial["seed"] == 0}
    spec = project / "spec.yaml"
    spec.write_text(spec.read_text().replace("true {x}", "true {x} --again"))
    (found,) = json.loads(call("plan", "spec.yaml", "--format", "json")[1])
    before = {trial["condition"]["x"]: trial.get("before") for trial in found["again"] if trial["seed"] == 0}
    assert before == {"1": old["1"]}
    (offered,) = [trial["id"] for trial in found["again"] if trial["seed"] == 0]
    assert call("accept", offered, "--spec", "spec.yaml", "--because", "only words")[0] == 0


@pytest.mark.slow
def test_an_output_that_lacks_characters_is_no_bug_and_json_loses_none(project: Path) -> None:
    def said(*words: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "expc", *words]
        environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
        ended = subprocess.run(command, env=environment, capture_output=True, check=False)
        return ended.returncode, ended.stdout.decode("ascii")

    (project / "wrong.yaml").write_text((project / "spec.yaml").read_text().replace("{x: 1}", "{x: \u00e9\u2026}"))
    code, text = said("status")
    assert (code, text.splitlines()[0].startswith("toy  1/4 done ? ")) == (0, True), text
    code, text = said("check", "--format", "json", "wrong.yaml")
    assert (code, "\u00e9\u2026" in json.loads(text)[0]["message"]) == (1, True), text
