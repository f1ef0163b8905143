"""Three training sets × three test sets in; a fourth test set is measured, and nothing is trained."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "transfer-matrix"
SETS = ["plain", "bold", "inverted"]


@pytest.mark.slow
def test_a_test_set_more_is_a_column_more_and_no_trial(tmp_path: Path, project_in) -> None:
    made = shutil.ignore_patterns("workflow", "results", ".snakemake")
    project = project_in(shutil.copytree(EXAMPLE, tmp_path / "matrix", ignore=made))
    project.edit("spec.yaml", "epochs: 20", "epochs: 1")
    assert project.expc("run", "spec.yaml")[0] == 0
    before = project.left()
    assert matrix(project) == {(row, column) for row in SETS for column in SETS}

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
    assert matrix(project) == {(row, column) for row in SETS for column in [*SETS, "rotated"]}


def matrix(project) -> set[tuple[str, str]]:
    """The cells of the table that have numbers of all three seeds."""
    with (project.folder / "results/transfer-matrix/tables/matrix.csv").open(newline="") as file:
        return {(row["factor.dataset"], row["on"]) for row in csv.DictReader(file) if row["n"] == "3"}
