import pytest

from expc.errors import ExpcError
from expc.report.collect import collect
from expc.report.notes import repeated
from expc.report.tables import tables


def made(project, table: str = "main") -> str:
    collect("demo")
    return tables("demo", table).read_text(encoding="utf-8")


def finished(project, values: dict[str, float | None]) -> None:
    for identity, value in values.items():
        project.finish(identity, [("accuracy", value)])


def designed(project, *, seeds: int = 3, table: dict[str, object], **stated: object) -> None:
    """2 encoders × 2 dropouts × seeds; the trial of cnn, 0.5 and seed 1 is c51."""
    trials = [
        project.trial(f"{encoder[0]}{dropout[-1]}{seed}", seed=seed, condition={"encoder": encoder, "dropout": dropout})
        for encoder in ("bag", "cnn")
        for dropout in ("0.0", "0.5")
        for seed in range(seeds)
    ]
    factors = {"encoder": ["bag", "cnn"], "dropout": ["0.0", "0.5"]}
    stage = project.stage(factors=["encoder", "dropout"], **stated)
    project.plan(trials, factors=factors, stages={"train": stage}, tables={"main": project.table(**table)})


def test_a_table_says_what_it_shows_what_it_lost_and_why(project) -> None:
    designed(project, table={"columns": ["dropout"]})
    finished(project, {"b00": 0.5, "b01": 0.6, "b02": 0.7, "b50": 0.8, "b51": 0.81})
    finished(project, {"c00": 0.65, "c01": 0.65, "c02": 0.65, "c50": 0.7})
    project.finish("b52", [("accuracy", 0.99)], status="failed", cause="code: ValueError: bad *shape*\nin x")
    project.finish("c51", status="failed", cause="code: ValueError: bad *shape*\nin x")
    assert made(project) == (
        "# demo, main: accuracy, by encoder and dropout\n\n"
        "| encoder |               0.0 |                     0.5 |\n"
        "| :------ | ----------------: | ----------------------: |\n"
        "| bag     |     0.600 ± 0.100 | **0.805 ± 0.007** n=2/3 |\n"
        "| cnn     | **0.650 ± 0.000** |             0.700 n=1/3 |\n"
        "\n"
        "- ± is the sample standard deviation over 3 runs that differ in their seeds.\n"
        "- All runs of cnn 0.0 have one and the same value: what they differ in changes nothing there, or nothing"
        " that is large enough to be seen; a spread of 0 is no certainty.\n"
        "- n=2/3: the mean is over 2 of 3 runs.\n"
        "- **Bold** is the best mean of its column (the highest accuracy).\n"
        "- A cell that lacks runs is bold only where no cell has them all: what failed can't be seen in its mean.\n"
        "- 2 of 12 trials failed: code: ValueError: bad \\*shape\\* in x\n"
        "- 1 of 12 trials is not finished.\n"
        "- The trials of each cell: `results/demo/tables/main.csv`.\n"
    )


def test_a_spread_of_0_everywhere_is_no_certainty(project) -> None:
    designed(project, seeds=2, table={"columns": ["dropout"]})
    finished(project, {f"{e}{d}{n}": 0.5 for e in "bc" for d in "05" for n in "01"})
    assert below(made(project)) == [
        "± is the sample standard deviation over 2 runs that differ in their seeds.",
        "All runs of each cell have one and the same value: what they differ in changes nothing there, or nothing"
        " that is large enough to be seen; a spread of 0 is no certainty.",
    ]


def test_where_a_metric_was_not_measured_on_validation_another_selects(project) -> None:
    metrics = [{"ref": name, "split": "test", "name": name, "rule": "last"} for name in ("accuracy", "f1")]
    designed(
        project,
        seeds=1,
        table={"select": ["dropout"], "metrics": ["accuracy", "f1"]},
        metrics=metrics,
        goals={"accuracy": "maximize", "f1": "maximize"},
    )
    for number, identity in enumerate(("b00", "b50", "c00", "c50")):
        rows = [("accuracy", 0.5), ("f1", number / 10), ("accuracy", number / 10, "validation", 1)]
        project.finish(identity, rows)
    page = made(project)
    assert [line.split("|")[3].strip(" *") for line in page.splitlines()[4:6]] == ["0.1000", "0.3000"]
    assert [note for note in below(page) if note.startswith("Selected")] == [
        "Selected by the best mean of validation.accuracy: dropout = 0.5 everywhere.",
        "Selected by the best mean of validation.accuracy: dropout = 0.5 everywhere.",
    ]


def test_runs_are_alike_if_they_are_so_in_each_metric(project) -> None:
    metrics = [{"ref": name, "split": "test", "name": name, "rule": "last"} for name in ("accuracy", "loss")]
    project.plan(
        [project.trial(f"{e}{n}", e, n) for e in ("bag", "cnn") for n in range(2)],
        factors={"encoder": ["bag", "cnn"]},
        stages={"train": project.stage(metrics=metrics)},
        tables={"main": project.table(metrics=["accuracy", "loss"])},
    )
    for n in range(2):
        project.finish(f"bag{n}", [("accuracy", 0.5), ("loss", 0.25)])
        project.finish(f"cnn{n}", [("accuracy", 0.5), ("loss", 0.5 + n)])
    assert "- All runs of bag have one and the same value: what they differ in" in made(project)


def test_the_csv_beside_it_traces_every_cell(project) -> None:
    designed(project, seeds=2, table={"columns": ["dropout"]})
    finished(project, {"b00": 0.5, "b01": 0.75, "b50": 0.25, "c00": 0.5, "c01": 0.5})
    project.finish("b51", status="failed", cause="code: no")
    made(project)
    assert project.read("results/demo/tables/main.csv") == (
        "factor.encoder,factor.dropout,metric,mean,sd,n,of,best,values,trials\n"
        "bag,0.0,accuracy,0.625,0.1767766952966369,2,2,true,0.5 0.75,b00 b01\n"
        "bag,0.5,accuracy,0.25,,1,2,false,0.25,b50 b51\n"
        "cnn,0.0,accuracy,0.5,0.0,2,2,false,0.5 0.5,c00 c01\n"
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
        bag = trial["id"].startswith("bag")
        value = (0.75 if bag else 0.625) if trial["id"].endswith("0.5") == bag else 0.5
        project.finish(trial["id"], [("accuracy", value), ("accuracy", value, "validation")])
    assert below(made(project)) == [
        "No cell has two runs or more: there is no spread to show.",
        "**Bold** is the best mean of its column (the highest accuracy).",
        "Averaged over lr (0.1, 1); not all of these levels are planned for cnn.",
        "Fixed: width = 8.",
        "Selected by the best mean of validation.accuracy: dropout = 0.5 for bag; 0.0 for cnn.",
    ]


@pytest.mark.parametrize(
    ("width", "norm", "metrics", "heads"),
    [
        (
            ["8", "16"],
            ["8", "none"],
            1,
            ["width=8, norm=8", "width=8, norm=none", "width=16, norm=8", "width=16, norm=none"],
        ),
        (["w8", "w16"], ["batch", "layer"], 1, ["w8, batch", "w8, layer", "w16, batch", "w16, layer"]),
        (["w8", "w16"], ["0.1", "w8"], 1, ["width=w8, norm=0.1", "width=w8, norm=w8", "w16, norm=0.1", "w16, norm=w8"]),
        (
            ["small", "norm"],
            ["false", "true"],
            1,
            ["small, norm=false", "small, norm=true", "width=norm, norm=false", "width=norm, norm=true"],
        ),
        (
            ["s"],
            ["batch", "layer"],
            2,
            ["s, batch, accuracy", "s, batch, loss", "s, layer, accuracy", "s, layer, loss"],
        ),
    ],
)
def test_columns_of_two_factors_name_them_where_levels_do_not_speak_for_themselves(
    project, width, norm, metrics, heads
) -> None:
    conditions = [{"encoder": "bag", "width": one, "norm": other} for one in width for other in norm]
    names = ["accuracy", "loss"][:metrics]
    project.plan(
        [project.trial(f"t{n}", condition=condition) for n, condition in enumerate(conditions)],
        factors={"encoder": ["bag"], "width": width, "norm": norm},
        stages={
            "train": project.stage(
                factors=["encoder", "width", "norm"],
                metrics=[{"ref": name, "split": "test", "name": name, "rule": "last"} for name in names],
            )
        },
        tables={"main": project.table(columns=["width", "norm"], metrics=names)},
    )
    assert [cell.strip() for cell in made(project).splitlines()[2].split("|")[1:-1]] == ["encoder", *heads]


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
        "1 of 7 trials done, without a value: accuracy was not finite",
        "† clipped",
    ]


def test_a_metric_that_is_not_there_or_cannot_be_is_a_hole_and_said(project) -> None:
    designed(project, seeds=2, table={"columns": ["dropout"]}, ranges={"accuracy": [0, 1], "loss": [0, None]})
    finished(project, {"b00": 0.5, "b01": 1.7, "c51": -1, "c00": 1, "c01": 0})
    for identity in ("b50", "b51"):
        project.finish(identity, [("acc", 0.5), ("loss", 2, "validation", 1)])
    project.finish("c50", [("f1", 0.5)])
    page = made(project)
    assert page.splitlines()[4:6] == ["| bag     |    0.50 n=1/2 | n=0/2 |", "| cnn     | **0.5 ± 0.7** | n=0/2 |"]
    assert below(page)[-4:] == [
        "A cell that lacks runs is bold only where no cell has them all: what failed can't be seen in its mean.",
        "2 of 8 trials are done and have no accuracy (they wrote: test.acc, validation.loss)",
        "1 of 8 trials is done and has no accuracy (it wrote: test.f1)",
        "2 values lie outside their ranges: accuracy = 1.7 in trial b01, accuracy = -1 in trial c51",
    ]


def test_what_an_evaluation_did_not_measure_or_cannot_have_measured_is_said(project) -> None:
    test = lambda n: [[f"e{n}", "sst2", "D", "best-validation.loss"]]  # noqa: E731
    identities = ["0123456789abcdef", "t1", "t2", "t3"]
    project.plan(
        [project.trial(i, "bag", n, data="D", evaluate=test(n)) for n, i in enumerate(identities)],
        factors={"encoder": ["bag"]},
        stages={"train": project.stage(evaluated=True, ranges={"accuracy": [0, 1]})},
        data={"D": "sst2"},
        tables={"main": project.table()},
    )
    for n, metrics in enumerate([{"accuracy": 1.5}, {"f1": 0.5, "loss": 1}, {"accuracy": 0.5}]):
        project.finish(identities[n], evaluations={f"e{n}": metrics})
    project.finish("t3")
    assert below(made(project))[2:] == [
        r"1 of 4 trials done, without a value: not evaluated yet; run \`snakemake\`",
        "1 of 4 trials is done and has no accuracy (it wrote: test.f1, test.loss)",
        "1 value lies outside its range: accuracy = 1.5 in trial 0123456789ab…",
    ]


@pytest.mark.parametrize(
    ("paths", "above", "expected"),
    [
        ([[("0",), ("1",), ("2",)]], [], "3 runs that differ in their seeds"),
        ([[("0",)], [("0",), ("1",)]], [], "1 to 2 runs that differ in their seeds"),
        ([[("0", "0"), ("1", "1")]], ["pretrain"], "2 runs that differ in their seeds"),  # whole chains
        ([[("0", ""), ("1", "")]], ["pretrain"], "2 runs that differ in their seeds"),  # it takes from none
        ([[(s, p) for s in "012" for p in "01"]], ["pretrain"], "6 runs: 3 seeds in each of 2 of pretrain"),
        ([[(s, "0") for s in "012"]], ["pretrain"], "3 runs: 3 seeds in 1 of pretrain"),
        (
            [[(s, p, m) for s in "01" for m in "01" for p in "012"]],
            ["pretrain", "mid"],
            "12 runs: 2 seeds in each of 2 of mid in each of 3 of pretrain",
        ),
        ([[(s, p, p) for s in "01" for p in "012"]], ["pretrain", "mid"], "6 runs: 2 seeds in each of 3 of pretrain"),
        (
            [[(s, p) for s in "01" for p in "01"], [(s, p) for s in "012" for p in "01"]],
            ["pretrain"],
            "4 to 6 runs: 2 to 3 seeds in each of 2 of pretrain",
        ),
    ],
)
def test_what_is_repeated_is_said_as_it_nests(paths, above, expected) -> None:
    assert repeated([[(*path, "") for path in cell] for cell in paths], above) == expected


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([[("0", "0"), ("0", "1"), ("0", "2")]], "3 runs that differ in their folds"),
        ([[(s, f) for s in "01" for f in "012"]], "6 runs that differ in their seeds and folds"),
        (
            [[("0", ""), ("1", "")], [("0", "0"), ("0", "1"), ("0", "2")]],
            "2 to 3 runs that differ in their seeds and folds",
        ),
        ([[("0", "1"), ("1", "1")]], "2 runs that differ in their seeds"),
    ],
)
def test_folds_are_named_and_said_to_overlap(paths, expected) -> None:
    overlap = " (folds share training data, so that it says little of the mean's error)"
    assert repeated(paths, []) == expected + overlap


def test_the_note_of_nested_seeds_calls_them_so(project) -> None:
    below_it = [
        project.trial(
            f"f{p}{s}", "bag", s, seeds={"pretrain": p}, **{"from": {"init": [f"p{p}", "checkpoints/last.pt"]}}
        )
        for p in range(2)
        for s in range(3)
    ]
    project.plan(
        [*(project.trial(f"p{p}", seed=p, stage="pretrain") for p in range(2)), *below_it],
        factors={"encoder": ["bag"]},
        stages={"pretrain": project.stage(factors=[]), "train": project.stage(takes_from=["pretrain"])},
        tables={"main": project.table()},
    )
    finished(project, {trial["id"]: 0.5 for trial in below_it} | {"p0": 1, "p1": 1})
    expected = "± is the sample standard deviation over 6 runs: 3 seeds in each of 2 of pretrain."
    assert below(made(project))[0] == expected


def test_a_factor_may_have_the_name_of_a_column(project) -> None:
    project.plan(
        [project.trial("t1", condition={"mean": "a", "trials": "b"})],
        factors={"mean": ["a"], "trials": ["b"]},
        stages={"train": project.stage(factors=["mean", "trials"])},
        tables={"main": project.table(rows=["on", "mean"], columns=["trials"])},
    )
    finished(project, {"t1": 0.5})
    made(project)
    assert project.read("results/demo/tables/main.csv") == (
        "on,factor.mean,factor.trials,metric,mean,sd,n,of,best,values,trials\n,a,b,accuracy,0.5,,1,1,false,0.5,t1\n"
    )


def test_a_table_that_nothing_is_planned_for_says_so(project) -> None:
    designed(project, table={"columns": ["dropout"], "at": {"encoder": "rnn"}})
    assert made(project).splitlines()[2] == "No trials are planned for this table."


def test_a_table_that_is_not_there_is_named_with_those_that_are(project) -> None:
    designed(project, table={})
    with pytest.raises(ExpcError) as caught:
        tables("demo", "mian")
    assert str(caught.value) == "demo has no table 'mian': did you mean 'main'? allowed: main"


FOLLOWING = {
    "one that is shown": (
        ["1 0.1 x", "2 0.2 x", "3 0.3 x"],
        {"rows": ["width"], "at": {"kind": "x"}},
        "lr goes with width: 0.1 with 1, 0.2 with 2, 0.3 with 3.",
    ),
    "one that is averaged": (
        ["1 0.1 x", "2 0.2 x", "1 0.1 y", "2 0.2 y"],
        {"rows": ["kind"], "average": ["width"]},
        "lr goes with width: 0.1 with 1, 0.2 with 2.",
    ),
    "one that is fixed": (
        ["1 0.1 x", "2 0.2 x", "1 0.1 y"],
        {"rows": ["kind"], "at": {"width": "1"}},
        "lr is 0.1 throughout.",
    ),
    "what is left of a design": (
        ["1 0.2 x", "2 0.2 y", "3 0.1 x"],
        {"rows": ["width"], "at": {"kind": "x"}},
        "lr goes with width: 0.2 with 1, 0.1 with 3.",
    ),
    "two together": (
        ["1 0.1 x", "2 0.2 x", "1 0.3 y", "2 0.1 y"],
        {"rows": ["width"], "columns": ["kind"]},
        "lr goes with width and kind.",
    ),
}


@pytest.mark.parametrize(("conditions", "asked", "note"), FOLLOWING.values(), ids=FOLLOWING)
def test_a_factor_that_others_determine_is_noted(project, conditions, asked, note) -> None:
    factors = {"width": ["1", "2", "3"], "lr": ["0.1", "0.2", "0.3"], "kind": ["x", "y"]}
    trials = [
        project.trial(one.replace(" ", "-"), condition=dict(zip(factors, one.split(), strict=True)))
        for one in reversed(conditions)
    ]
    stages = {"train": project.stage(factors=list(factors))}
    project.plan(trials, factors=factors, stages=stages, tables={"main": project.table(**asked)})
    found = [line.removeprefix("- ") for line in made(project).splitlines() if line.startswith("- lr ")]
    assert found == [note]


def test_a_factor_that_the_others_leave_open_must_be_named(project) -> None:
    designed(project, table={"rows": ["encoder"]})
    with pytest.raises(ExpcError, match="main doesn't say what to do with the factor 'dropout'"):
        made(project)


SAME = "the same values run by run, so that what tells them apart changes nothing, or nothing that is measured here."


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"bag": [0.5, 0.6], "cnn": [0.5, 0.6], "rnn": [0.6, 0.5]}, [f"bag and cnn: {SAME}"]),
        ({"bag": [0.5, 0.6], "cnn": [0.5, 0.6], "rnn": [0.5, 0.6]}, [f"bag, cnn and rnn: {SAME}"]),
        ({"bag": [0.5, 0.5], "cnn": [0.5, 0.5], "rnn": [0.6, 0.5]}, []),
        ({"bag": [0.5, 0.6], "cnn": [0.5, None], "rnn": [0.5, 0.7]}, []),
        ({"bag": [0.5], "cnn": [0.5], "rnn": [0.5]}, []),
    ],
)
def test_levels_with_the_same_values_run_by_run_are_named(project, values, expected) -> None:
    trials = [project.trial(f"{e}{n}", e, n) for e, found in values.items() for n in range(len(found))]
    project.plan(trials, factors={"encoder": list(values)}, tables={"main": project.table()})
    finished(project, {f"{e}{n}": value for e, found in values.items() for n, value in enumerate(found)})
    assert [line for line in below(made(project)) if SAME in line] == expected


def test_levels_that_differ_in_one_metric_are_not_the_same(project) -> None:
    metrics = [{"ref": name, "split": "test", "name": name, "rule": "last"} for name in ("accuracy", "loss")]
    project.plan(
        [project.trial(f"{e}{n}", e, n) for e in ("bag", "cnn") for n in range(2)],
        factors={"encoder": ["bag", "cnn"]},
        stages={"train": project.stage(metrics=metrics)},
        tables={"main": project.table(metrics=["accuracy", "loss"]), "one": project.table()},
    )
    for n in range(2):
        project.finish(f"bag{n}", [("accuracy", n / 2), ("loss", 0.25)])
        project.finish(f"cnn{n}", [("accuracy", n / 2), ("loss", 0.5 + n)])
    assert [SAME in made(project, table) for table in ("main", "one")] == [False, True]


def test_a_choice_among_unequally_many_is_said(project) -> None:
    tried = {"bag": ["0.1"], "cnn": ["0.1", "1", "10"], "rnn": ["1"]}
    trials = [
        project.trial(f"{e}{lr}", condition={"encoder": e, "lr": lr}) for e, levels in tried.items() for lr in levels
    ]
    factors = {"encoder": [*tried], "lr": tried["cnn"]}
    stage = project.stage(factors=[*factors])
    project.plan(trials, factors=factors, stages={"train": stage}, tables={"main": project.table(select=["lr"])})
    for n, trial in enumerate(trials):
        project.finish(trial["id"], [("accuracy", n / 8), ("accuracy", n / 8, "validation")])
    assert below(made(project))[2:] == [
        "Selected by the best mean of validation.accuracy: lr = 0.1 for bag; 10 for cnn; 1 for rnn.",
        "The choice was not among equally many: 3 for cnn; 1 for bag and rnn."
        " The best of more looks better by that alone.",
    ]
