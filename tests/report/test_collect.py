import csv
import io
import json
from pathlib import Path

import pytest

from expc.errors import ExpcError
from expc.report.collect import collect
from expc.report.tables import tables
from expc.runner.written import Damaged

VALIDATION_LOSS = {"ref": "validation.loss@last", "split": "validation", "name": "loss", "rule": "last"}
PLAN = "workflow/plans/demo.d1.jsonl"
AGAIN = "Delete it, and run `expc compile` again: no result is lost."


def stated(name: str) -> str:
    """An experiments.json that knows one experiment."""
    asked = {name: {"plan": "d1", "tables": {}, "figures": {}}}
    return json.dumps({"expc": "0.1.0", "experiments": asked, "variants": {}, "data": {}})


F1 = {"ref": "f1@step(2)", "split": "test", "name": "f1", "rule": "step-2"}


def test_every_trial_has_its_rows_whatever_became_of_it(project) -> None:
    trials = [project.trial(f"t{n}", encoder, n % 2) for n, encoder in enumerate(["bag", "bag", "cnn", "cnn"])]
    project.plan(trials, factors={"encoder": ["bag", "cnn"]})
    project.finish("t0", [("accuracy", 0.1 + 0.2), ("loss", 1, "validation", 1), ("loss", 0.5, "validation", 2)])
    project.finish("t1", [("accuracy", 0.9), ("loss", 7, "validation", 1)], status="failed", cause="code: no")
    project.finish("t2", status="cancelled")  # what it takes from was retried since: nothing above it has failed
    project.write("results/trials/t3/outcome.json", '{"id": "t3", "status": "do')
    collect("demo")
    assert project.read("results/demo/results.csv") == (
        "experiment,stage,trial,condition,seed,fold,status,marked,metric,split,on,value,factor.encoder\n"
        "demo,train,t0,encoder=bag,0,,done,,accuracy,test,,0.30000000000000004,bag\n"
        "demo,train,t1,encoder=bag,1,,failed,,accuracy,test,,,bag\n"
        "demo,train,t2,encoder=cnn,0,,missing,,accuracy,test,,,cnn\n"
        "demo,train,t3,encoder=cnn,1,,missing,,accuracy,test,,,cnn\n"
    )
    assert project.read("results/demo/curves.csv") == (
        "experiment,stage,trial,condition,seed,fold,status,metric,split,on,step,value,factor.encoder\n"
        "demo,train,t0,encoder=bag,0,,done,validation.loss,validation,,1,1,bag\n"
        "demo,train,t0,encoder=bag,0,,done,validation.loss,validation,,2,0.5,bag\n"
        "demo,train,t1,encoder=bag,1,,failed,validation.loss,validation,,1,7,bag\n"
    )


def test_a_fold_has_its_column_and_tables_count_folds_as_runs(project) -> None:
    trials = [project.trial(f"t{fold}", "bag", fold=fold, data=f"D{fold}") for fold in range(2)]
    data = {"D0": "mr", "D1": "mr"}
    project.plan(trials, factors={"encoder": ["bag"]}, data=data, tables={"main": project.table()})
    for fold, value in enumerate([0.5, 0.75]):
        project.finish(f"t{fold}", [("accuracy", value), ("loss", value, "validation", 1)])
    collect("demo")
    assert project.read("results/demo/results.csv").splitlines()[1:] == [
        "demo,train,t0,encoder=bag,0,0,done,,accuracy,test,mr,0.5,bag",
        "demo,train,t1,encoder=bag,0,1,done,,accuracy,test,mr,0.75,bag",
    ]
    assert project.read("results/demo/curves.csv").splitlines()[2] == (
        "demo,train,t1,encoder=bag,0,1,done,validation.loss,validation,mr,1,0.75,bag"
    )
    tables("demo", "main")
    assert project.read("results/demo/tables/main.csv").splitlines()[1] == (
        "bag,accuracy,0.625,0.1767766952966369,2,2,false,0.5 0.75,t0 t1"
    )


def test_evaluations_give_the_test_values_of_each_data_set_at_the_metrics_checkpoint(project) -> None:
    evaluate = [["own", "sst2", "D1", "best-validation.loss"], ["own2", "sst2", "D1", "step-2"]]
    evaluate += [["other", "mr", "D2", "best-validation.loss"], ["other2", "mr", "D2", "step-2"]]
    metrics = [project.stage()["metrics"][0], F1, VALIDATION_LOSS]
    project.plan(
        [project.trial("t0", "bag", data="D1", evaluate=evaluate)],
        factors={"encoder": ["bag"]},
        stages={"train": project.stage(metrics=metrics, evaluated=True)},
        data={"D1": "sst2", "D2": "mr"},
    )
    project.finish(
        "t0",
        [("loss", 0.5, "validation", 1), ("accuracy", 0.0, "test")],
        marked=["clipped", "bf16"],
        evaluations={"own": {"accuracy": 0.75}, "own2": {"f1": 0.5}, "other": "it broke", "other2": {"f1": None}},
    )
    collect("demo")
    assert project.read("results/demo/results.csv").splitlines()[1:] == [
        "demo,train,t0,encoder=bag,0,,done,clipped; bf16,accuracy,test,sst2,0.75,bag",
        "demo,train,t0,encoder=bag,0,,done,clipped; bf16,accuracy,test,mr,,bag",
        "demo,train,t0,encoder=bag,0,,done,clipped; bf16,f1@step(2),test,sst2,0.5,bag",
        "demo,train,t0,encoder=bag,0,,done,clipped; bf16,f1@step(2),test,mr,,bag",
        "demo,train,t0,encoder=bag,0,,done,clipped; bf16,validation.loss@last,validation,sst2,0.5,bag",
    ]
    assert project.read("results/demo/curves.csv").splitlines()[1:] == [
        "demo,train,t0,encoder=bag,0,,done,validation.loss,validation,sst2,1,0.5,bag"
    ]


def test_the_seeds_of_what_a_trial_takes_from_have_columns_of_their_own(project) -> None:
    source = project.trial("p0", None, 4, stage="pretrain", condition={"width": "64"})
    below = {"seeds": {"pretrain": 4}, "from": {"init": ["p0", "checkpoints/last.pt"]}}
    project.plan(
        [source, project.trial("f0", None, 1, condition={"head": "mlp", "width": "64"}, **below)],
        factors={"width": ["64"], "head": ["mlp"]},
        stages={
            "train": project.stage(takes_from=["pretrain"], factors=["head", "width"]),
            "pretrain": project.stage(metrics=[VALIDATION_LOSS], factors=["width"]),
        },
    )
    project.finish("p0", status="failed", cause="code: no")
    project.finish("f0", status="cancelled", cause="upstream: p0 failed")
    collect("demo")
    assert project.read("results/demo/results.csv") == (
        "experiment,stage,trial,condition,seed,seed.pretrain,fold,status,marked,metric,split,on,value,"
        "factor.width,factor.head\n"
        "demo,pretrain,p0,width=64,4,,,failed,,validation.loss@last,validation,,,64,\n"
        "demo,train,f0,width=64 head=mlp,1,4,,cancelled,,accuracy,test,,,64,mlp\n"
    )


def test_what_tables_and_figures_select_by_is_measured_on_validation(project) -> None:
    accuracy = project.stage()["metrics"][0]
    last = {**accuracy, "ref": "accuracy@last", "rule": "last"}
    project.plan(
        [project.trial("t0", "bag")],
        factors={"encoder": ["bag"]},
        stages={"train": project.stage(metrics=[accuracy, last])},
        tables={"main": project.table(rows=[], select=["encoder"], metrics=["accuracy", "accuracy@last"])},
        figures={"curves": project.figure(color=None, select=["encoder"])},
    )
    rows = [("accuracy", 0.9, "validation", 1), ("accuracy", 0.8, "validation", 2), ("accuracy", 0.7)]
    project.finish("t0", [*rows, ("loss", 0.25, "validation", 1), ("loss", 0.5, "validation", 2)])
    collect("demo")
    found = [line.split(",")[8:12] for line in project.read("results/demo/results.csv").splitlines()[1:]]
    assert found == [
        ["accuracy", "test", "", "0.7"],
        ["accuracy@last", "test", "", "0.7"],
        ["validation.accuracy", "validation", "", "0.9"],
        ["validation.accuracy@last", "validation", "", "0.8"],
        ["validation.loss", "validation", "", "0.25"],
    ]


def test_levels_with_commas_quotes_and_newlines_are_read_back_as_they_were(project) -> None:
    levels = ["a,b", 'say "no"', "two\nlines", "=1+1", "变"]
    project.plan([project.trial(f"t{n}", level) for n, level in enumerate(levels)], factors={"encoder": levels})
    collect("demo")
    text = (project.root / "results/demo/results.csv").read_bytes().decode()
    assert [row["factor.encoder"] for row in csv.DictReader(io.StringIO(text, newline=""))] == levels


def test_collecting_twice_gives_the_same_bytes_and_leaves_nothing_else(project) -> None:
    project.plan([project.trial("t0", "bag")], factors={"encoder": ["bag"]})
    project.finish("t0", [("accuracy", 0.5)])
    collect("demo")
    first = {path.name: path.read_bytes() for path in Path("results/demo").iterdir()}
    collect("demo")
    assert {path.name: path.read_bytes() for path in Path("results/demo").iterdir()} == first
    assert sorted(first) == ["curves.csv", "results.csv"]


def test_a_plan_that_is_torn_is_said_in_words(project) -> None:
    project.plan([project.trial("t0", "bag")], factors={"encoder": ["bag"]})
    plan = project.root / "workflow/plans/demo.d1.jsonl"
    plan.write_text(plan.read_text()[:-9])
    with pytest.raises(
        Damaged, match=r"demo\.d1\.jsonl:2:\d+ is damaged: .*\n    Delete it, and run `expc compile` again"
    ):
        collect("demo")


def test_a_collection_that_fails_leaves_what_was_there(project) -> None:
    project.write("results/demo/results.csv", "old")
    project.plan([project.trial("t0", "bag"), {"id": "t1"}], factors={"encoder": ["bag"]})
    with pytest.raises(KeyError):
        collect("demo")
    assert [(path.name, path.read_text()) for path in Path("results/demo").iterdir()] == [("results.csv", "old")]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {},
            "workflow/experiments.json is missing: start expc in the project's folder, "
            "and run `expc compile` with the spec",
        ),
        (
            {"workflow/experiments.json": stated("demos")},
            "there is no experiment 'demo' in this workflow: did you mean 'demos'? allowed: demos",
        ),
        (
            {"workflow/experiments.json": "{"},
            "workflow/experiments.json:1:2 is damaged: Expecting property name enclosed in double quotes.\n"
            "    Delete it, and run `expc compile` with all specs of this project: no result is lost.",
        ),
        (
            {"workflow/experiments.json": stated("demo")},
            f"{PLAN} isn't there.\n    Run `expc compile` again: no result is lost.",
        ),
        (
            {
                "workflow/experiments.json": stated("demo"),
                "workflow/plans/demo.d1.jsonl": "",
            },
            f"{PLAN}:1 is damaged: it is empty.\n    {AGAIN}",
        ),
        (
            {
                "workflow/experiments.json": stated("demo"),
                "workflow/plans/demo.d1.jsonl": '{"plan": 2, "expc": "9.0"}\n',
            },
            f"{PLAN} is of another version (format 2, by expc 9.0).\n    {AGAIN}",
        ),
    ],
)
def test_what_is_missing_is_said_in_words(project, files: dict[str, str], expected: str) -> None:
    for path, text in files.items():
        project.write(path, text)
    with pytest.raises((ExpcError, Damaged)) as caught:
        collect("demo")
    assert str(caught.value) == expected
