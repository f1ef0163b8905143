"""Programs and templates that say what they predicted in, columns of the table out that need no run more."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

SPEC = """
expc: 1
name: guesses
task: {command: "python guess.py {args}"}
factors: {offset: [0, 1]}
seeds: 2
metrics: {seen: {from: predictions, compute: count, goal: maximize}}
baseline: {offset: 0}
tables: {main: {rows: offset, columns: on}}
"""
# Of the numbers below 12, it says what each leaves when divided by 3 (on even.txt: of the even ones).
PROGRAM = """
import json, os, sys
offset, seed = (int(word.partition("=")[2]) for word in sys.argv[1:])
folder = os.environ["EXPC_TRIAL_DIR"]
with open(os.path.join(folder, "predictions.jsonl"), "a") as file:
    for on, numbers in ((None, range(12)), ("even", range(0, 12, 2))):
        for number in numbers:
            guess = (number + (offset if number > seed + 3 else 0)) % 3
            row = {"id": number, "on": on, "prediction": guess, "label": number % 3, "score": abs(guess - number % 3)}
            file.write(json.dumps(row) + "\\n")
with open(os.path.join(folder, "metrics.jsonl"), "a") as file:
    file.write(json.dumps({"name": "done", "value": 1}) + "\\n")
"""


@pytest.mark.slow
def test_metrics_of_predictions_are_of_the_data_that_were_predicted_and_need_no_run(tmp_path: Path, project_in) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC)
    (tmp_path / "guess.py").write_text(PROGRAM)
    project = project_in(tmp_path)
    assert project.expc("run", "spec.yaml")[0] == 0
    assert cells(project) == {
        (offset, on, "seen"): [count, count] for offset in "01" for on, count in (("", 12.0), ("even", 6.0))
    }
    before = project.left()
    project.edit(
        "spec.yaml",
        "metrics: {",
        "metrics: {right: {from: predictions, compute: accuracy, goal: maximize}, "
        "off: {from: predictions, compute: mean, goal: minimize}, ",
    )
    assert project.expc("run", "spec.yaml")[0] == 0
    assert project.left() == before
    # With offset 1, the numbers above seed + 3 are wrong, and off by one, or by two where 2 becomes 0.
    found = {key: values for key, values in cells(project).items() if key[2] != "seen"}
    assert found == {
        ("0", "", "right"): [1.0, 1.0],
        ("0", "even", "right"): [1.0, 1.0],
        ("1", "", "right"): [4 / 12, 5 / 12],
        ("1", "even", "right"): [2 / 6, 3 / 6],
        ("0", "", "off"): [0.0, 0.0],
        ("0", "even", "off"): [0.0, 0.0],
        ("1", "", "off"): [11 / 12, 10 / 12],
        ("1", "even", "off"): [5 / 6, 4 / 6],
    }


TABULAR = """
expc: 1
name: iris
task: tabular
data: {iris: {source: sklearn}}
factors: {model: [linear, random_forest]}
params: {trees: 5}
seeds: 2
metrics: [accuracy]
baseline: {model: linear}
"""


@pytest.mark.slow
def test_a_template_predicts_for_who_asks_later_and_trains_nothing(tmp_path: Path, project_in) -> None:
    (tmp_path / "spec.yaml").write_text(TABULAR)
    project = project_in(tmp_path)
    assert project.expc("run", "spec.yaml")[0] == 0
    before = project.left()
    project.edit(
        "spec.yaml", "[accuracy]", "{accuracy: , again: {from: predictions, compute: accuracy, goal: maximize}}"
    )
    assert "4 trials: 4 done, 4 to evaluate" in project.expc("plan", "spec.yaml")[1]
    assert project.expc("run", "spec.yaml")[0] == 0
    after = project.left()
    assert (after.attempts, after.outcomes) == (before.attempts, before.outcomes)
    project.edit(
        "spec.yaml", "again:", "f1: {from: predictions, compute: f1_macro, goal: maximize}, f1_macro: , again:"
    )
    assert "4 trials: 4 done" in project.expc("plan", "spec.yaml")[1]
    assert project.expc("run", "spec.yaml")[0] == 0
    assert project.left() == after
    found: dict[str, list[str]] = {}
    for row in project.results("iris"):
        found.setdefault(row["metric"], []).append(row["value"])
    assert found["again"] == found["accuracy"]
    assert [float(value) for value in found["f1"]] == pytest.approx([float(value) for value in found["f1_macro"]])


def cells(project) -> dict[tuple[str, str, str], list[float]]:
    with (project.folder / "results/guesses/tables/main.csv").open(newline="") as file:
        return {
            (row["factor.offset"], row["on"], row["metric"]): [float(value) for value in row["values"].split()]
            for row in csv.DictReader(file)
        }
