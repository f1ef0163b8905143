"""Files in results/ that somebody has edited, or a disk has lost parts of: words, and never a traceback."""

import json

import pytest

from expc.errors import ExpcError
from expc.report.collect import collect
from expc.report.figures import figures
from expc.report.tables import tables

RIGHT = {"ref": "right", "split": "test", "name": "right", "rule": "predictions-accuracy"}
TABLE, CURVES = "results/demo/results.csv", "results/demo/curves.csv"


@pytest.fixture
def made(project):
    """Two trials, a table of them, and a figure."""
    trials = [project.trial(f"t{n}", "bag", n) for n in range(2)]
    stage = project.stage(metrics=[RIGHT, {"ref": "loss", "split": "test", "name": "loss", "rule": "last"}])
    project.plan(
        trials,
        factors={"encoder": ["bag"]},
        stages={"train": stage},
        tables={"main": project.table(metrics=["right", "loss"])},
        figures={"curves": project.figure()},
    )
    for n in range(2):
        project.finish(f"t{n}", [("loss", 0.5, "validation", 1), ("loss", 0.25 + n)])
        rows = [{"id": i, "on": None, "prediction": "a", "label": "a", "score": 1} for i in range(3)]
        project.write(f"results/trials/t{n}/predictions.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    collect("demo")
    return project


@pytest.mark.parametrize(
    ("path", "before", "after", "what"),
    [
        (TABLE, ",0.25,", ",a quarter,", "'a quarter' of trial t0 is no number"),
        (TABLE, ",0.25,", ",inf,", "'inf' of trial t0 is no number"),
        (TABLE, ",0.25,bag", "", "line 3 has 11 cells of 13"),
        (TABLE, ",0.25,bag", ",0.25,bag\n", "line 4 has 0 cells of 13"),
        (CURVES, ",1,0.5,", ",first,0.5,", "'first' of trial t0 is no number"),
        (CURVES, ",1,0.5,", ",1,half,", "'half' of trial t0 is no number"),
    ],
)
def test_a_collection_that_was_edited_is_named_with_what_to_do(made, path, before, after, what) -> None:
    text = made.read(path)
    assert before in text
    made.write(path, text.replace(before, after, 1))
    with pytest.raises(ExpcError) as error:
        tables("demo", "main") if path == TABLE else figures("demo", "curves")
    again = "delete it, and run `snakemake`, or `expc tables` to build from what is there"
    assert str(error.value) == f"{path} is damaged ({what}): {again}"


def test_a_collection_in_another_encoding_is_named(made) -> None:
    (made.root / TABLE).write_bytes(made.read(TABLE).replace("bag", "bäg").encode("latin-1"))
    with pytest.raises(ExpcError, match=r"results\.csv is damaged \('utf-8' codec can't decode .*: delete it, and run"):
        tables("demo", "main")


def test_a_value_that_was_taken_out_by_hand_is_told_from_one_that_was_never_there(made) -> None:
    made.write(TABLE, made.read(TABLE).replace(",0.25,", ",,"))
    assert below(made) == [
        r"1 of 2 trials done, without a value: loss is not in results.csv: run \`snakemake\`, or \`expc tables\` to"
        " build from what is there",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "7",
        "[" * 100_000,
        '{"id": 1, "on": null, "label": "a"}',
        '{"id": 1, "on": [], "prediction": "a", "label": "a"}',
        '{"id": 1, "on": null, "prediction": "a", "label": "a", "score": "high"}',
        '{"id": 1, "on": null, "prediction": NaN, "label": "a"}',
        f'{{"id": 1, "on": null, "prediction": 1{"0" * 400}, "label": 1}}',
    ],
)
def test_predictions_that_were_edited_leave_a_hole_that_names_the_file_and_its_line(made, line) -> None:
    path = "results/trials/t1/predictions.jsonl"
    made.write(path, made.read(path) + line + "\n")
    collect("demo")
    assert below(made) == [
        f"1 of 2 trials done, without a value: right: line 4 of {path} is damaged: mend it, or delete outcome.json, and"
        " the trial runs again"
    ]


@pytest.mark.parametrize(
    "found", ["[]", '{"examples": []}', '{"examples": {"test": "many"}}', '{"tested": ["a"]}', "{"]
)
def test_what_is_said_of_prepared_data_is_left_out_where_it_cannot_be(project, found) -> None:
    evaluate = [["e0", "digits", "d0", "best-validation.loss"]]
    project.plan(
        [project.trial("t0", "bag", data="d0", evaluate=evaluate)],
        factors={"encoder": ["bag"]},
        stages={"train": project.stage(evaluated=True)},
        data={"d0": "digits"},
        tables={"main": project.table()},
    )
    project.finish("t0", [("loss", 0.5, "validation", 1)], evaluations={"e0": {"accuracy": 0.5}})
    project.write("results/data/d0/data.json", found)
    collect("demo")
    assert "0.5000" in tables("demo", "main").read_text()


def below(made) -> list[str]:
    lines = tables("demo", "main").read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("- ") for line in lines if line.startswith("- 1 of 2 trials")]
