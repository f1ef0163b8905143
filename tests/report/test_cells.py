import pytest

from expc.errors import ExpcError
from expc.report.cells import cells
from expc.report.collect import collect
from expc.report.experiment import read_experiment
from expc.report.longform import read_results

FACTORS = {"encoder": ["bag", "cnn"], "dropout": ["0.0", "0.5"]}


def found(project) -> list[tuple[object, ...]]:
    """(row, column, metric, mean, n, of, selected, best) of each cell of the table `main`."""
    collect("demo")
    experiment = read_experiment("demo")
    made = cells(experiment.tables["main"], read_results(experiment), experiment)
    return [
        (" ".join(c.row), " ".join(c.column), c.metric, c.summary.mean, c.summary.n, c.summary.of, c.selected, c.best)
        for c in made
    ]


def designed(project, values: dict[str, list[float | None]], **table: object) -> None:
    """A trial for each condition ("cnn 0.5") and seed; None is one that failed, and its value on validation is the same
    unless the condition is "cnn 0.5 on validation"."""
    trials = []
    for condition, by_seed in values.items():
        encoder, dropout, *validation = condition.split(" ", 2)
        for seed, value in enumerate(by_seed if not validation else ()):
            identity = f"{encoder}-{dropout}-{seed}"
            trials.append(project.trial(identity, None, seed, condition={"encoder": encoder, "dropout": dropout}))
            chosen_by = values.get(f"{condition} on validation", by_seed)[seed]
            rows = [("accuracy", value, "test"), ("accuracy", chosen_by, "validation")]
            project.finish(identity, rows, status="done" if value is not None else "failed")
    stage = project.stage(factors=["encoder", "dropout"])
    project.plan(trials, factors=FACTORS, stages={"train": stage}, tables={"main": project.table(**table)})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"bag 0.0": [0.5, 0.75], "cnn 0.0": [0.5, 0.5]},
            [("bag", "", "accuracy", 0.625, 2, 2, (), True), ("cnn", "", "accuracy", 0.5, 2, 2, (), False)],
        ),
        (  # where all are equal, none is best
            {"bag 0.0": [0.5, 0.75], "cnn 0.0": [0.75, 0.5]},
            [("bag", "", "accuracy", 0.625, 2, 2, (), False), ("cnn", "", "accuracy", 0.625, 2, 2, (), False)],
        ),
        (  # what lacks a run isn't best while another is whole
            {"bag 0.0": [0.5, 0.5], "cnn 0.0": [0.75, None]},
            [("bag", "", "accuracy", 0.5, 2, 2, (), True), ("cnn", "", "accuracy", 0.75, 1, 2, (), False)],
        ),
        (  # where none is whole, it may be
            {"bag 0.0": [0.5, None], "cnn 0.0": [0.75, None]},
            [("bag", "", "accuracy", 0.5, 1, 2, (), False), ("cnn", "", "accuracy", 0.75, 1, 2, (), True)],
        ),
        (  # there is nothing to be better than
            {"bag 0.0": [0.5, 0.5], "cnn 0.0": [None, None]},
            [("bag", "", "accuracy", 0.5, 2, 2, (), False), ("cnn", "", "accuracy", None, 0, 2, (), False)],
        ),
    ],
)
def test_the_best_of_a_column(project, values: dict[str, list[float | None]], expected: list[object]) -> None:
    designed(project, values, at={"dropout": "0.0"})
    assert found(project) == expected


def test_a_run_that_lacks_an_averaged_level_is_not_counted(project) -> None:
    values = {"bag 0.0": [0.5, 0.25, 0.5], "bag 0.5": [0.75, None, 1.0], "cnn 0.0": [0.5, 0.5, 0.5]}
    designed(project, values, average=["dropout"])
    assert found(project) == [
        ("bag", "", "accuracy", (0.625 + 0.75) / 2, 2, 3, (), False),
        ("cnn", "", "accuracy", 0.5, 3, 3, (), True),  # only one level of dropout is planned for it
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (  # validation decides, whatever the test says
            {"bag 0.0": [0.9, 0.9], "bag 0.0 on validation": [0.1, 0.1], "bag 0.5": [0.5, 0.5]},
            ("bag", "", "accuracy", 0.5, 2, 2, ("0.5",), False),
        ),
        ({"bag 0.0": [0.5, 0.5], "bag 0.5": [0.5, 0.5]}, ("bag", "", "accuracy", 0.5, 2, 2, ("0.0",), False)),
        ({"bag 0.0": [0.5, 0.5], "bag 0.5": [0.75, None]}, ("bag", "", "accuracy", 0.5, 2, 2, ("0.0",), False)),
        ({"bag 0.0": [0.5, None], "bag 0.5": [0.75, None]}, ("bag", "", "accuracy", 0.75, 1, 2, ("0.5",), False)),
        ({"bag 0.0": [None, None], "bag 0.5": [None, None]}, ("bag", "", "accuracy", None, 0, 2, (), False)),
    ],
)
def test_a_level_is_selected_on_validation(
    project, values: dict[str, list[float | None]], expected: tuple[object, ...]
) -> None:
    designed(project, values, select=["dropout"])
    assert found(project) == [expected]


def test_conditions_that_are_not_planned_have_no_cell_and_levels_stand_in_the_specs_order(project) -> None:
    designed(project, {"cnn 0.5": [0.5], "cnn 0.0": [0.25], "bag 0.5": [0.75]}, columns=["dropout"])
    assert found(project) == [
        ("bag", "0.5", "accuracy", 0.75, 1, 1, (), True),
        ("cnn", "0.0", "accuracy", 0.25, 1, 1, (), False),
        ("cnn", "0.5", "accuracy", 0.5, 1, 1, (), False),
    ]


def evaluated(project, **table: object) -> None:
    """bag and cnn, each trained on sst2 and on mr, and measured on both; the value is 0.125 higher for cnn."""
    trials = []
    for number, (encoder, own) in enumerate((e, d) for e in ("bag", "cnn") for d in ("sst2", "mr")):
        other = "mr" if own == "sst2" else "sst2"
        tests = [[f"{number}{on}", on, f"D{on}", "best-validation.loss"] for on in (own, other)]
        condition = {"dataset": own, "encoder": encoder}
        trials.append(project.trial(f"t{number}", condition=condition, data=f"D{own}", evaluate=tests))
        values = {f"{number}{on}": {"accuracy": number / 8 + (0.5 if on == own else 0)} for on in ("sst2", "mr")}
        project.finish(f"t{number}", evaluations=values)
    project.plan(
        trials,
        factors={"dataset": ["sst2", "mr"], "encoder": ["bag", "cnn"]},
        stages={"train": project.stage(factors=["dataset", "encoder"], evaluated=True)},
        data={"Dsst2": "sst2", "Dmr": "mr"},
        tables={"main": project.table(**table)},
    )


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (  # no word of `on`: each trial's own data; the best is the best on the same data
            {"rows": ["dataset", "encoder"]},
            {"sst2 bag": 0.5, "sst2 cnn": 0.75, "mr bag": 0.625, "mr cnn": 0.875},
        ),
        (
            {"rows": ["encoder"], "columns": ["on"], "at": {"dataset": "mr"}},
            {"bag mr": 0.625, "bag sst2": 0.125, "cnn mr": 0.875, "cnn sst2": 0.375},
        ),
        ({"rows": ["encoder"], "at": {"dataset": "sst2", "on": "mr"}}, {"bag": 0.0, "cnn": 0.25}),
        ({"rows": ["encoder"], "average": ["dataset"]}, {"bag": 0.5625, "cnn": 0.8125}),
    ],
)
def test_the_data_set_measured_on_is_the_trials_own_unless_the_table_names_on(
    project, table: dict[str, object], expected: dict[str, float]
) -> None:
    evaluated(project, **table)
    means = {f"{row} {column}".strip(): (mean, best) for row, column, _, mean, _, _, _, best in found(project)}
    assert means == {key: (mean, "cnn" in key) for key, mean in expected.items()}


def test_each_metric_has_its_cells_and_its_best(project) -> None:
    loss = {"ref": "loss", "split": "test", "name": "loss", "rule": "last"}
    accuracy = {**loss, "ref": "accuracy", "name": "accuracy"}
    stages = {"train": project.stage(metrics=[accuracy, loss])}
    asked = {"main": project.table(metrics=["loss", "accuracy"])}
    trials = [project.trial(encoder, encoder) for encoder in ("bag", "cnn")]
    project.plan(trials, factors={"encoder": ["bag", "cnn"]}, stages=stages, tables=asked)
    for encoder, value in (("bag", 0.5), ("cnn", 0.75)):
        project.finish(encoder, [("accuracy", value), ("loss", 4 * value)])
    assert found(project) == [
        ("bag", "", "loss", 2.0, 1, 1, (), True),
        ("bag", "", "accuracy", 0.5, 1, 1, (), False),
        ("cnn", "", "loss", 3.0, 1, 1, (), False),
        ("cnn", "", "accuracy", 0.75, 1, 1, (), True),
    ]


def test_what_is_shown_of_another_data_set_is_selected_on_the_trials_own(project) -> None:
    trials = []
    for level, own in (("0.0", 0.25), ("0.5", 0.75)):
        tests = [[f"{level}-{on}", on, f"D{on}", "last"] for on in ("sst2", "mr")]
        condition = {"encoder": "bag", "dropout": level}
        trials.append(project.trial(f"t{level}", condition=condition, data="Dsst2", evaluate=tests))
        values = {f"{level}-{on}": {"accuracy": other} for on, other in (("sst2", own), ("mr", 1 - own))}
        project.finish(f"t{level}", [("accuracy", own, "validation")], evaluations=values)
    accuracy = {"ref": "accuracy", "split": "test", "name": "accuracy", "rule": "last"}
    stage = project.stage(factors=["encoder", "dropout"], evaluated=True, metrics=[accuracy])
    asked = {"main": project.table(at={"on": "mr"}, select=["dropout"])}
    data = {"Dsst2": "sst2", "Dmr": "mr"}
    project.plan(trials, factors=FACTORS, stages={"train": stage}, data=data, tables=asked)
    assert found(project) == [("bag", "", "accuracy", 0.25, 1, 1, ("0.5",), False)]


def test_what_a_template_is_not_asked_to_measure_has_no_cell(project) -> None:
    trials = []
    for own, measured_on in (("sst2", ("sst2", "mr")), ("mr", ("mr",))):
        tests = [[f"{own}-{on}", on, f"D{on}", "last"] for on in measured_on]
        trials.append(project.trial(own, condition={"dataset": own}, data=f"D{own}", evaluate=tests))
        project.finish(own, evaluations={f"{own}-{on}": {"accuracy": 0.5} for on in measured_on})
    accuracy = {"ref": "accuracy", "split": "test", "name": "accuracy", "rule": "last"}
    stage = project.stage(factors=["dataset"], evaluated=True, metrics=[accuracy])
    asked = {"main": project.table(rows=["dataset"], columns=["on"])}
    data = {"Dsst2": "sst2", "Dmr": "mr"}
    project.plan(trials, factors={"dataset": ["sst2", "mr"]}, stages={"train": stage}, data=data, tables=asked)
    assert [(row, column, n, of) for row, column, _, _, n, of, _, _ in found(project)] == [
        ("sst2", "sst2", 1, 1),
        ("sst2", "mr", 1, 1),
        ("mr", "mr", 1, 1),
    ]


def test_seeds_of_what_a_trial_takes_from_make_replicates_too(project) -> None:
    trials = [project.trial(f"p{n}", None, n, stage="pretrain") for n in range(2)]
    below = [(p, s) for p in range(2) for s in range(2)]
    trials += [project.trial(f"f{p}{s}", "bag", s, seeds={"pretrain": p}) for p, s in below]
    stages = {"pretrain": project.stage(factors=[], metrics=[]), "train": project.stage(takes_from=["pretrain"])}
    project.plan(trials, factors={"encoder": ["bag"]}, stages=stages, tables={"main": project.table()})
    for p, s in below:
        project.finish(f"f{p}{s}", [("accuracy", p / 2 + s / 4)])
    assert found(project) == [("bag", "", "accuracy", 0.375, 4, 4, (), False)]


@pytest.mark.parametrize(
    ("table", "goals", "expected"),
    [
        (
            {},
            {},
            "main doesn't say what to do with the factor 'dropout': show it, or name it under average, at or select",
        ),
        (
            {"select": ["dropout"]},
            {},
            "main: selecting dropout needs to know which accuracy is better: "
            "write `metrics: {accuracy: {goal: maximize}}` (or minimize) in the spec",
        ),
        (
            {"metrics": ["acuracy"], "average": ["dropout"]},
            {},
            "stage 'train' doesn't measure 'acuracy': did you mean 'accuracy'? allowed: accuracy",
        ),
    ],
)
def test_what_a_table_leaves_open_is_an_error(
    project, table: dict[str, object], goals: dict[str, str], expected: str
) -> None:
    stage = project.stage(factors=["encoder", "dropout"], goals=goals)
    trials = [project.trial(f"t{one}", condition={"encoder": "bag", "dropout": one}) for one in FACTORS["dropout"]]
    project.plan(trials, factors=FACTORS, stages={"train": stage}, tables={"main": project.table(**table)})
    with pytest.raises(ExpcError) as caught:
        found(project)
    assert str(caught.value) == expected


def test_results_of_other_plans_and_versions_are_refused(project) -> None:
    again = "run `snakemake`, or `expc tables` to build from what is there"
    project.plan([project.trial("t0", "bag")], factors={"encoder": ["bag"]})
    experiment = read_experiment("demo")
    with pytest.raises(ExpcError) as missing:
        read_results(experiment)
    collect("demo")
    project.plan([project.trial("t1", "bag")], factors={"encoder": ["bag"]})
    with pytest.raises(ExpcError) as changed:
        read_results(experiment)
    project.plan([project.trial("t0", "sack")], factors={"encoder": ["sack"]})
    with pytest.raises(ExpcError) as renamed:
        read_results(read_experiment("demo"))
    project.write("results/demo/results.csv", "trial,value\n")
    with pytest.raises(ExpcError) as old:
        read_results(experiment)
    assert [str(caught.value) for caught in (missing, changed, renamed, old)] == [
        f"nothing has been collected yet (results/demo/results.csv is missing): {again}",
        f"results/demo/results.csv is not of the current plan: {again}",
        f"results/demo/results.csv is not of the current plan: {again}",
        f"results/demo/results.csv is of another plan, or of another version of expc: {again}",
    ]
