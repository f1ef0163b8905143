"""Specs with folds in, plans out: what is a trial, what counts in its id, and what it is measured on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from expc.compiler.check import check, check_file
from expc.compiler.digest import StandIns

HEAD = "expc: 1\nname: folds\ntask: image-classification\n"
FIRST, SECOND = "{source: sklearn, name: digits", "{source: sklearn, name: digits, labels: [0, 1, 2]"


def lines(folder: Path, text: str) -> list[dict]:
    """The trials of the plan, with the name of their data in place of its id."""
    spec = folder / "spec.yaml"
    spec.write_text(HEAD + text, encoding="utf-8")
    plan = check(str(spec), folder, StandIns(folder)).plan
    return [json.loads(line) for line in plan.lines()][1:]


def data(first: str = "", second: str = "") -> str:
    return f"data:\n  first: {FIRST}{first}}}\n  second: {SECOND}{second}}}\n"


def test_a_condition_has_a_trial_for_each_fold_and_seed_on_data_of_the_folds_own(tmp_path: Path) -> None:
    found = lines(
        tmp_path, data(second=", split: {folds: 3, repeat: 2}") + "factors: {dataset: [first, second]}\nseeds: 2\n"
    )
    place = [(line["condition"]["dataset"], line.get("fold"), line["seed"]) for line in found]
    assert place == [
        *[("first", None, seed) for seed in range(2)],
        *[("second", fold, seed) for fold in range(6) for seed in range(2)],
    ]
    assert len({line["id"] for line in found}) == 14
    assert len({line["data"] for line in found}) == 7
    assert all({target for _, _, target, _ in line["evaluate"]} == {line["data"]} for line in found)


@pytest.mark.parametrize(
    ("changed", "stays"),
    [
        ("{folds: 3, repeat: 4}", 6),
        ("{folds: 3, repeat: 1}", 3),
        ("{folds: 3, repeat: 2, stratify: label, seed: 0, validation: 0.1}", 6),
        ("{folds: 3, repeat: 2, seed: 1}", 0),
        ("{folds: 3, repeat: 2, validation: 0.2}", 0),
        ("{folds: 3, repeat: 2, stratify: none}", 0),
        ("{folds: 6}", 0),
    ],
)
def test_a_fold_stays_the_same_trial_while_nothing_of_its_own_split_changes(
    tmp_path: Path, changed: str, stays: int
) -> None:
    before, after = (
        {line["id"] for line in lines(tmp_path, f"data: {{digits: {{source: sklearn, split: {split}}}}}\n")}
        for split in ("{folds: 3, repeat: 2}", changed)
    )
    assert len(before & after) == stays


@pytest.mark.parametrize("split", ["{test: 0.2}", "{validation: 0.1, seed: 0}", "{stratify: label}"])
def test_the_default_written_out_is_the_default(tmp_path: Path, split: str) -> None:
    silent, said = (
        lines(tmp_path, f"data: {{digits: {{source: sklearn{more}}}}}\n") for more in ("", f", split: {split}")
    )
    assert silent == said


def test_a_model_of_a_fold_is_measured_on_that_fold_of_other_data(tmp_path: Path) -> None:
    folds = ", split: {folds: 3}"
    text = data(folds, folds) + f"  whole: {FIRST}}}\nparams: {{dataset: first}}\nevaluate: {{on: [second, whole]}}\n"
    second = {line["fold"]: line["data"] for line in lines(tmp_path, text.replace("dataset: first", "dataset: second"))}
    found = lines(tmp_path, text)
    whole = {target for line in found for _, on, target, _ in line["evaluate"] if on == "whole"}
    assert len(whole) == 1
    for line in found:
        assert {on: target for _, on, target, _ in line["evaluate"]} == {
            "first": line["data"],
            "second": second[line["fold"]],
            "whole": whole.copy().pop(),
        }


@pytest.mark.parametrize(
    ("above", "below", "chains"),
    [
        ("", ", split: {folds: 3}", [(None, fold) for fold in range(3)]),
        (", split: {folds: 3}", ", split: {folds: 3}", [(fold, fold) for fold in range(3)]),
        (", split: {folds: 3}", "", [(fold, fold) for fold in range(3)]),
    ],
)
def test_stages_share_their_fold(tmp_path: Path, above: str, below: str, chains: list[tuple]) -> None:
    pre, fine = (f"{{params: {{dataset: {name}}}, seeds: 2" for name in ("first", "second"))
    stages = f"stages:\n  pre: {pre}}}\n  fine: {fine}, from: {{init: pre.checkpoint}}}}\n"
    found = {line["id"]: line for line in lines(tmp_path, data(above, below) + stages)}
    met = [
        (found[line["from"]["init"][0]].get("fold"), line.get("fold"), line["seeds"]["pre"], line["seed"])
        for line in found.values()
        if line["stage"] == "fine"
    ]
    assert sorted(met, key=str) == sorted(
        [(*chain, one, other) for chain in chains for one in range(2) for other in range(2)], key=str
    )


def test_arrays_that_come_split_have_nothing_to_fold(tmp_path: Path) -> None:
    x, y = np.zeros((4, 2, 2)), np.array([0, 1, 0, 1])
    np.savez(tmp_path / "arrays.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    spec = tmp_path / "spec.yaml"
    spec.write_text(HEAD + "data: {arrays: {source: npz, file: arrays.npz, split: {folds: 2}}}\n")
    assert [(found.line, found.column, found.code) for found in check_file(str(spec))] == [(4, 56, "E339")]
