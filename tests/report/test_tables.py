import pytest

from expc.errors import ExpcError
from expc.report.collect import collect
from expc.report.tables import tables


def made(project, table: str = "main") -> str:
    collect("demo")
    return tables("demo", table).read_text(encoding="utf-8")


def finished(project, values: dict[str, float | None]) -> None:
    for identity, value in values.items():
        project.finish(identity, [("accuracy", value)])


def designed(project, *, seeds: int = 3, table: dict[str, object], **plan: object) -> None:
    """2 encoders × 2 dropouts × seeds; the trial of cnn, 0.5 and seed 1 is c51."""
    trials = [
        project.trial(f"{encoder[0]}{dropout[-1]}{seed}", seed=seed, condition={"encoder": encoder, "dropout": dropout})
        for encoder in ("bag", "cnn")
        for dropout in ("0.0", "0.5")
        for seed in range(seeds)
    ]
    factors = {"encoder": ["bag", "cnn"], "dropout": ["0.0", "0.5"]}
    stage = project.stage(factors=["encoder", "dropout"])
    project.plan(trials, factors=factors, stages={"train": stage}, tables={"main": project.table(**table)}, **plan)


def test_a_table_says_what_it_shows_what_it_lost_and_why(project) -> None:
    designed(project, table={"columns": ["dropout"]})
    finished(project, {"b00": 0.5, "b01": 0.6, "b02": 0.7, "b50": 0.8, "b51": 0.81})
    finished(project, {"c00": 0.65, "c01": 0.65, "c02": 0.65, "c50": 0.7})
    project.finish("b52", [("accuracy", 0.99)], status="failed", cause="code: ValueError: bad *shape*\nin x")
    project.finish("c51", status="failed", cause="code: ValueError: bad *shape*\nin x")
    assert made(project) == (
        "# demo, main: accuracy, by encoder and dropout\n\n"
        "| encoder |             0.0 |                     0.5 |\n"
        "| :------ | --------------: | ----------------------: |\n"
        "| bag     |     0.60 ± 0.10 | **0.805 ± 0.007** n=2/3 |\n"
        "| cnn     | **0.65 ± 0.00** |             0.700 n=1/3 |\n"
        "\n"
        "- ± is the sample standard deviation over 3 runs that differ in their seeds.\n"
        "- n=2/3: the mean is over 2 of 3 runs.\n"
        "- **Bold** is the best mean of its column (the highest accuracy).\n"
        "- A cell that lacks runs is bold only where no cell has them all: what failed can't be seen in its mean.\n"
        "- 2 of 12 trials failed: code: ValueError: bad \\*shape\\* in x\n"
        "- 1 of 12 trials is not finished.\n"
        "- The trials of each cell: `results/demo/tables/main.csv`.\n"
    )


def test_the_csv_beside_it_traces_every_cell(project) -> None:
    designed(project, seeds=2, table={"columns": ["dropout"]})
    finished(project, {"b00": 0.5, "b01": 0.75, "b50": 0.25, "c00": 0.625, "c01": 0.625})
    project.finish("b51", status="failed", cause="code: no")
    made(project)
    assert project.read("results/demo/tables/main.csv") == (
        "encoder,dropout,metric,mean,sd,n,of,best,values,trials\n"
        "bag,0.0,accuracy,0.625,0.1767766952966369,2,2,true,0.5 0.75,b00 b01\n"
        "bag,0.5,accuracy,0.25,,1,2,false,0.25,b50 b51\n"
        "cnn,0.0,accuracy,0.625,0.0,2,2,true,0.625 0.625,c00 c01\n"
        "cnn,0.5,accuracy,,,0,2,false,,c50 c51\n"
    )


def below(page: str) -> list[str]:
    """The notes of a table, less the last, which is always the same."""
    return [line.removeprefix("- ") for line in page.splitlines() if line.startswith("- ")][:-1]


def test_what_is_averaged_fixed_and_selected_is_said(project) -> None:
    wider = {"encoder": ["bag", "cnn"], "lr": ["0.1", "1"], "dropout": ["0.0", "0.5"], "width": ["8"]}
    named = {"encoder": ["bag", "cnn"], "lr": ["0.1", "1"], "dropout": ["0.0", "0.5"]}
    trials = [
        project.trial(f"{e}{lr}{d}", condition={"encoder": e, "lr": lr, "dropout": d, "width": "8"})
        for e in named["encoder"]
        for lr in named["lr"]
        for d in named["dropout"]
        if (e, lr) != ("cnn", "1")
    ]
    table = project.table(average=["lr"], at={"width": "8"}, select=["dropout"])
    project.plan(trials, factors=wider, stages={"train": project.stage(factors=[*wider])}, tables={"main": table})
    for trial in trials:
        value = 0.75 if (trial["id"].endswith("0.5")) == trial["id"].startswith("bag") else 0.5
        project.finish(trial["id"], [("accuracy", value), ("accuracy", value, "validation")])
    assert below(made(project)) == [
        "No cell has two runs or more: there is no spread to show.",
        "**Bold** is the best mean of its column (the highest accuracy).",
        "Averaged over lr (0.1, 1); not all of these levels are planned for cnn.",
        "Fixed: width = 8.",
        "Selected by the best mean of validation.accuracy: dropout = 0.5 for bag; 0.0 for cnn.",
    ]


def test_several_metrics_have_columns_of_their_own_and_one_without_a_goal_has_no_best(project) -> None:
    names = ("accuracy", "f1_macro", "loss")
    metrics = [{"ref": name, "split": "test", "name": name, "rule": "last"} for name in names]
    asked = {"rows": [], "columns": ["encoder"], "metrics": ["loss", "accuracy"]}
    rows = {"rows": ["encoder"], "metrics": ["loss", "f1_macro"]}
    project.plan(
        [project.trial(f"{e}{n}", e, n) for e in ("a|b", "__c__") for n in range(2)],
        factors={"encoder": ["a|b", "__c__"]},
        stages={"train": project.stage(metrics=metrics)},
        tables={"wide": project.table(**asked), "long": project.table(**rows)},
    )
    for n in range(2):
        project.finish(f"a|b{n}", [("accuracy", 0.5), ("f1_macro", 0.5), ("loss", 0.25 + n)])
        project.finish(f"__c__{n}", [("accuracy", 0.25), ("f1_macro", 0.75), ("loss", 0.5 + n)])
    ends = [
        "± is the sample standard deviation over 2 runs that differ in their seeds.",
        "**Bold** is the best mean of its column (the lowest loss).",
    ]
    assert made(project, "wide").splitlines()[:5] == [
        r"# demo, wide: loss, accuracy, by encoder",
        "",
        r"| a\|b loss |   a\|b accuracy | \_\_c\_\_ loss | \_\_c\_\_ accuracy |",
        "| --------: | --------------: | -------------: | -----------------: |",
        "| 0.8 ± 0.7 | 0.5000 ± 0.0000 |      1.0 ± 0.7 |    0.2500 ± 0.0000 |",
    ]
    long = made(project, "long")
    assert long.splitlines()[2:6] == [
        "| encoder   |          loss |        f1_macro |",
        "| :-------- | ------------: | --------------: |",
        r"| a\|b      | **0.8 ± 0.7** | 0.5000 ± 0.0000 |",
        r"| \_\_c\_\_ |     1.0 ± 0.7 | 0.7500 ± 0.0000 |",
    ]
    assert below(long) == ends


def test_every_kind_of_loss_is_counted_apart(project) -> None:
    test = lambda n: [[f"e{n}", "sst2", "D", "best-validation.loss"]]  # noqa: E731
    trials = [project.trial(f"t{n}", "bag", n, data="D", evaluate=test(n)) for n in range(7)]
    trials[4]["from"] = {"init": ["t3", "checkpoints/last.pt"]}
    project.plan(
        trials,
        factors={"encoder": ["bag"]},
        stages={"train": project.stage(evaluated=True)},
        data={"D": "sst2"},
        tables={"main": project.table()},
    )
    project.finish("t0", evaluations={"e0": {"accuracy": 0.5}}, marked=["clipped"])
    project.finish("t1", evaluations={"e1": "KeyError: 'x'"})
    project.finish("t2", evaluations={"e2": {"accuracy": None}})
    project.finish("t3", status="failed", cause="time: longer than 30 s")
    project.finish("t4", status="cancelled", cause="upstream: t3")
    project.finish("t5", status="failed")
    page = made(project)
    assert page.splitlines()[4] == "| bag     | 0.5000† n=1/7 |"
    assert below(page) == [
        "No cell has two runs or more: there is no spread to show.",
        "n=1/7: the mean is over 1 of 7 runs.",
        "1 of 7 trials failed: time: longer than 30 s",
        "1 of 7 trials failed: no cause is known",
        "1 of 7 trials is cancelled: what it takes from failed.",
        "1 of 7 trials is not finished.",
        "1 of 7 trials done, without a value: the evaluation failed: code: KeyError: 'x'",
        "1 of 7 trials done, without a value: none was measured, or it was not finite",
        "† clipped",
    ]


def test_a_table_that_nothing_is_planned_for_says_so(project) -> None:
    designed(project, table={"columns": ["dropout"], "at": {"encoder": "rnn"}})
    assert made(project).splitlines()[2] == "No trials are planned for this table."


def test_a_table_that_is_not_there_is_named_with_those_that_are(project) -> None:
    designed(project, table={})
    with pytest.raises(ExpcError) as caught:
        tables("demo", "mian")
    assert str(caught.value) == "demo has no table 'mian': did you mean 'main'? allowed: main"
