"""What the preparation found of test examples that are no new ones in, notes of a table out."""

import json

import pytest

from expc.report.collect import collect
from expc.report.tables import tables

LEARNED = "are among the training data as well, the same in all: whoever learned them by heart has them right."
CHOSEN = "are among the validation data as well, the same in all: what was chosen there is no longer tested."


@pytest.mark.parametrize(
    ("prepared", "notes"),
    [
        ({}, []),
        ({"d0": {"examples": {"test": 10}}, "d1": {"examples": {"test": 10}}}, []),
        (
            {"d0": {"examples": {"test": 10}, "familiar": {"train": 2, "validation": 0}}, "d1": {}},
            [f"2 of the 10 test examples of mr {LEARNED}"],
        ),
        (
            {n: {"examples": {"test": 12}, "familiar": {"train": 3, "validation": 12}} for n in ("d0", "d1")},
            [f"6 of the 24 test examples of mr {LEARNED}", f"24 of the 24 test examples of mr {CHOSEN}"],
        ),
        ({"d0": {"examples": {"test": 101}, "familiar": {"train": 1, "validation": 0}}}, []),
        (
            {"d0": {"examples": {"test": 100}, "familiar": {"train": 1}}},
            [f"1 of the 100 test examples of mr {LEARNED}"],
        ),
    ],
)
def test_a_table_says_how_many_test_examples_had_been_met(project, prepared, notes) -> None:
    trials = [project.trial(f"t{fold}", "bag", data=f"d{fold}", fold=fold) for fold in range(2)]
    project.plan(
        trials,
        factors={"encoder": ["bag"]},
        data={"d0": "mr", "d1": "mr"},
        tables={"main": project.table()},
    )
    for identity, described in prepared.items():
        project.write(f"results/data/{identity}/data.json", json.dumps(described))
    for trial in trials:
        project.finish(trial["id"], [("accuracy", 0.5 + trial["fold"] / 4)])
    collect("demo")
    page = tables("demo", "main").read_text()
    assert [line[2:] for line in page.splitlines() if "test examples" in line] == notes
