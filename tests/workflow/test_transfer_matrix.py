"""Three training sets × three test sets in; a fourth test set is measured, and nothing is trained."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, NamedTuple

import numpy as np
import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "transfer-matrix"
SETS = ["plain", "bold", "inverted"]


class Cell(NamedTuple):
    values: Any
    mean: Any
    sd: Any
    best: str


@pytest.mark.slow
def test_a_test_set_more_is_a_column_more_and_no_trial(tmp_path: Path, project_in) -> None:
    made = shutil.ignore_patterns("workflow", "results", ".snakemake")
    project = project_in(shutil.copytree(EXAMPLE, tmp_path / "matrix", ignore=made))
    project.edit("spec.yaml", "epochs: 20", "epochs: 1")
    assert project.expc("run", "spec.yaml")[0] == 0
    before = project.left()
    assert matrix(project) == worked_out(project, SETS)

    project.edit("spec.yaml", "on: [plain, bold, inverted]", "on: [plain, bold, inverted, rotated]")
    (plan,) = project.planned("spec.yaml")
    assert (plan["done"], plan["new"], plan["again"]) == (9, [], [])
    assert [change["reason"] for change in plan["evaluate"]] == ["on rotated"] * 9

    assert project.expc("run", "spec.yaml")[0] == 0
    after = project.left()
    assert (after.attempts, after.outcomes) == (before.attempts, before.outcomes)
    assert {key: after.evaluations[key] for key in before.evaluations} == before.evaluations
    made = set(after.evaluations) - set(before.evaluations)
    assert sorted(trial for trial, _ in made) == sorted(before.outcomes)
    assert matrix(project) == worked_out(project, [*SETS, "rotated"])


def matrix(project) -> dict[tuple[str, str], Cell]:
    """The table: each cell's values, with what is said of them."""
    with (project.folder / "results/transfer-matrix/tables/matrix.csv").open(newline="") as file:
        return {
            (row["factor.dataset"], row["on"]): Cell(
                [float(value) for value in row["values"].split()], float(row["mean"]), float(row["sd"]), row["best"]
            )
            for row in csv.DictReader(file)
        }


def worked_out(project, tests: list[str]) -> dict[tuple[str, str], Cell]:
    """What it must be: each kept network applied by numpy alone to each test set."""
    data = {source["name"]: source["id"] for source in prepared(project)}
    found: dict[tuple[str, str], list[float]] = {}
    for trial in project.lines("transfer-matrix")[1:]:
        for on in tests:
            with np.load(project.folder / "results/data" / data[on] / "test.npz") as arrays:
                right = classes(project, trial, arrays["x"]) == arrays["y"]
            found.setdefault((trial["condition"]["dataset"], on), []).append(float(right.mean()))
    means = {place: fmean(values) for place, values in found.items()}
    best = {max(SETS, key=lambda row, on=on: means[row, on]) + on for on in tests}
    return {
        (row, on): Cell(
            pytest.approx(values),
            pytest.approx(means[row, on]),
            pytest.approx(stdev(values)),
            "true" if row + on in best else "false",
        )
        for (row, on), values in found.items()
    }


def prepared(project) -> list[dict[str, Any]]:
    """The data sets of the plan, by the names that the spec gives them."""
    return [{"id": identity, **data} for identity, data in project.lines("transfer-matrix")[0]["data"].items()]


def classes(project, trial: dict[str, Any], images: np.ndarray) -> np.ndarray:
    """What a perceptron with one hidden layer says of images."""
    import torch

    path = project.folder / "results/trials" / trial["id"] / "checkpoints" / f"{trial['keep'][0]}.pt"
    known, weights = (torch.load(path, weights_only=True)[key] for key in ("known", "weights"))
    weights = {name: weight.numpy().astype(float) for name, weight in weights.items()}
    flat = (images.reshape(len(images), -1) - known["mean"][0]) / known["spread"][0]
    hidden = np.maximum(flat @ weights["layers.0.weight"].T + weights["layers.0.bias"], 0)
    return (hidden @ weights["head.weight"].T + weights["head.bias"]).argmax(1)
