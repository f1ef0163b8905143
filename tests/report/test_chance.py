"""How many test examples each class has in, notes of a table on accuracies that need no model out."""

import json

import pytest

from expc.report.collect import collect
from expc.report.tables import tables

FOLDS = {"d0": [8, 2], "d1": [7, 3]}
ACCURACY = {"ref": "accuracy", "split": "test", "name": "accuracy", "rule": "best-validation.loss"}


@pytest.mark.parametrize(
    ("found", "tested", "metric", "notes"),
    [
        ({"bag": (0.7, 0.8), "cnn": (0.8, 0.8)}, FOLDS, {}, ["bag: no better than"]),
        ({"bag": (0.7, 0.8), "cnn": (0.2, 0.8)}, FOLDS, {}, ["bag and cnn: no better than"]),
        ({"bag": (0.8, 0.8), "cnn": (0.9, 0.7)}, FOLDS, {}, []),
        ({"bag": (0.1, 0.1), "cnn": (0.2, 0.2)}, {}, {}, []),
        ({"bag": (0.1, 0.1), "cnn": (0.9, 0.8)}, {"d0": [8, 2]}, {}, ["bag: no better than"]),
        ({"bag": (0.1, 0.1), "cnn": (0.2, 0.2)}, FOLDS, {"name": "f1"}, []),
        ({"bag": (0.1, 0.1), "cnn": (0.2, 0.2)}, FOLDS, {"split": "validation"}, []),
    ],
)
def test_a_mean_that_one_answer_for_all_would_have_is_named(project, found, tested, metric, notes) -> None:
    trials = [
        project.trial(f"{encoder}{fold}", encoder, data=f"d{fold}", fold=fold) for encoder in found for fold in (0, 1)
    ]
    project.plan(
        trials,
        factors={"encoder": list(found)},
        stages={"train": project.stage(metrics=[{**ACCURACY, **metric}])},
        data={"d0": "mr", "d1": "mr"},
        tables={"main": project.table()},
    )
    for identity, counts in tested.items():
        project.write(f"results/data/{identity}/data.json", json.dumps({"tested": counts}))
    name, split = metric.get("name", "accuracy"), metric.get("split", "test")
    for trial in trials:
        value = found[trial["condition"]["encoder"]][trial["fold"]]
        project.finish(trial["id"], [(name, value, split, 1), ("loss", 0.5, "validation", 1)])
    collect("demo")
    page = tables("demo", "main").read_text()
    said = [line[2:] for line in page.splitlines() if "one answer" in line]
    share = f"{0.75 if len(tested) > 1 else 0.8:.4f}"
    end = f" one answer for all examples, since {share} of mr's test examples are of one class."
    assert said == [note + end for note in notes]
