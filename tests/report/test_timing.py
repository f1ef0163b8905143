"""Where times were measured, under the tables that show them."""

import json

import pytest

from expc.report.collect import collect
from expc.report.tables import tables

FAST = {"host": "a", "cpu": "Fast CPU", "gpu": None, "cpus": 2}
GPU = {**FAST, "gpu": "Some GPU", "cpus": 1}


def below(project, hardware, *, timing=("accuracy",), failed=()) -> list[str]:
    """The notes on hardware below a table of two encoders and two seeds."""
    names = ("b0", "b1", "c0", "c1")
    trials = [project.trial(name, {"b": "bag", "c": "cnn"}[name[0]], seed=int(name[1])) for name in names]
    stage = project.stage(timing=list(timing)) if timing else project.stage()
    asked = {"main": project.table()}
    project.plan(trials, factors={"encoder": ["bag", "cnn"]}, stages={"train": stage}, tables=asked)
    for name, found in zip(names, hardware, strict=True):
        if found:
            project.finish(name, [("accuracy", 1.0)], status="failed" if name in failed else "done")
            path = project.root / f"results/trials/{name}/outcome.json"
            path.write_text(json.dumps({**json.loads(path.read_text()), "hardware": found}))
    collect("demo")
    page = tables("demo", "main").read_text(encoding="utf-8")
    return [line.removeprefix("- ") for line in page.splitlines() if line.startswith("- Times")]


@pytest.mark.parametrize(
    ("hardware", "said"),
    [
        ([FAST] * 4, ["Times (accuracy): a trial at a time, on 2 CPUs of Fast CPU."]),
        ([FAST, {**FAST, "host": "b"}, None, None], ["Times (accuracy): a trial at a time, on 2 CPUs of Fast CPU."]),
        (
            [FAST, FAST, FAST, GPU],
            [
                "Times (accuracy) were measured on different hardware, and don't compare as they stand: "
                "bag (2), cnn on 2 CPUs of Fast CPU; cnn on 1 CPU of Fast CPU and Some GPU."
            ],
        ),
        ([None] * 4, []),
    ],
)
def test_a_table_of_times_names_the_hardware_and_which_cells_were_measured_elsewhere(project, hardware, said) -> None:
    assert below(project, hardware) == said


def test_what_failed_and_what_is_no_time_has_no_hardware(project) -> None:
    assert below(project, [FAST, FAST, FAST, GPU], failed=("c1",)) == [
        "Times (accuracy): a trial at a time, on 2 CPUs of Fast CPU."
    ]


def test_a_table_without_times_says_nothing_of_hardware(project) -> None:
    assert below(project, [FAST, FAST, FAST, GPU], timing=()) == []
