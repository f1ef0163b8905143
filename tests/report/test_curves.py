from expc.report.captions import caption
from expc.report.collect import collect
from expc.report.curves import MeanPoint, Series, runs, series
from expc.report.experiment import read_experiment


def shown(project) -> tuple[tuple[Series, ...], str]:
    """The series of the figure `curves`, and what stands below it."""
    collect("demo")
    experiment = read_experiment("demo")
    figure = experiment.figures["curves"]
    found = runs(figure, experiment)
    made = series(figure, found, experiment)
    return made, caption(figure, made, found, experiment)


def designed(project, curves: dict[str, list[list[float | None] | None]], **figure: object) -> None:
    """The validation loss of each condition ("cnn 0.5") and seed at steps 1, 2, …; None is a trial that failed."""
    trials = []
    for condition, by_seed in curves.items():
        encoder, dropout = condition.split()
        for seed, losses in enumerate(by_seed):
            identity = f"{encoder}-{dropout}-{seed}"
            trials.append(project.trial(identity, None, seed, condition={"encoder": encoder, "dropout": dropout}))
            rows = [("loss", loss, "validation", step) for step, loss in enumerate(losses or [9.0], 1)]
            project.finish(identity, rows, status="failed" if losses is None else "done")
    project.plan(
        trials,
        factors={"encoder": ["bag", "cnn"], "dropout": ["0.0", "0.5"]},
        stages={"train": project.stage(factors=["encoder", "dropout"])},
        figures={"curves": project.figure(**figure)},
    )


def test_a_mean_is_over_the_runs_that_reached_the_step(project) -> None:
    designed(project, {"bag 0.0": [[3, 2, 1], [5, 4], None], "cnn 0.0": [[1], [None]]}, at={"dropout": "0.0"})
    sd = 2**0.5
    assert shown(project) == (
        (
            Series(("bag",), (), (MeanPoint(1, 4, sd, 2), MeanPoint(2, 3, sd, 2), MeanPoint(3, 1, None, 1)), 2, 3),
            Series(("cnn",), (), (MeanPoint(1, 1, None, 1),), 1, 2),
        ),
        "Line: mean over runs that differ in their seeds; band: ± 1 sample standard deviation. "
        "Thin, without a band: not every run reached this epoch. n=2/3: the mean is over 2 of 3 runs. "
        "Fixed: dropout = 0.0. Of 5 trials: 1 failed, 1 done without a value.",
    )


def test_a_run_has_the_steps_that_all_averaged_levels_have(project) -> None:
    designed(project, {"bag 0.0": [[1, 2, 3], [1, 2]], "bag 0.5": [[3, 4], None]}, average=["dropout"])
    assert shown(project) == (
        (Series(("bag",), (), (MeanPoint(1, 2, None, 1), MeanPoint(2, 3, None, 1)), 1, 2),),
        "No line has two runs or more: there is no band. n=1/2: the mean is over 1 of 2 runs. "
        "Averaged over dropout (0.0, 0.5). Of 4 trials: 1 failed.",
    )


def test_a_level_is_selected_by_the_figures_metric_on_validation(project) -> None:
    curves = {"bag 0.0": [[3, 2]], "bag 0.5": [[3, 1]], "cnn 0.0": [[3, 1]], "cnn 0.5": [[2, 2]]}
    designed(project, curves, select=["dropout"])
    assert shown(project) == (
        (
            Series(("bag",), ("0.5",), (MeanPoint(1, 3, None, 1), MeanPoint(2, 1, None, 1)), 1, 1),
            Series(("cnn",), ("0.0",), (MeanPoint(1, 3, None, 1), MeanPoint(2, 1, None, 1)), 1, 1),
        ),
        "No line has two runs or more: there is no band. "
        "Lines that lie on one another, the lower the broader: bag and cnn. "
        "Selected by the best mean of validation.loss: dropout = 0.5 for bag; 0.0 for cnn.",
    )


def test_a_figure_shows_its_own_stage_in_which_each_fold_is_a_run(project) -> None:
    trials = [project.trial("p0", stage="pretrain"), *(project.trial(f"t{n}", "bag", fold=n) for n in range(2))]
    stages = {"pretrain": project.stage(factors=[]), "train": project.stage(takes_from=["pretrain"])}
    project.plan(trials, factors={"encoder": ["bag"]}, stages=stages, figures={"curves": project.figure()})
    for trial, loss in (("p0", 9), ("t0", 1), ("t1", 3)):
        project.finish(trial, [("loss", loss, "validation", step) for step in (8, 1)])
    points = tuple(MeanPoint(step, 2, 2**0.5, 2) for step in (1, 8))
    assert shown(project)[0] == (Series(("bag",), (), points, 2, 2),)


def test_where_all_trials_failed_there_are_no_curves(project) -> None:
    designed(project, {"bag 0.0": [None, None]}, average=["encoder"], at={"dropout": "0.0"}, color=None)
    assert shown(project) == (
        (Series((), (), (), 0, 2),),
        "There are no curves. n=0/2: none of 2 runs has a value. Averaged over encoder (bag). "
        "Fixed: dropout = 0.0. Of 2 trials: 2 failed.",
    )


def test_an_empty_figure_says_which_curves_the_trials_have(project) -> None:
    project.plan([project.trial("t0", "bag")], factors={"encoder": ["bag"]}, figures={"curves": project.figure()})
    project.finish("t0", [("accuracy", 0.5), ("acc", 0.1, "validation", 1), ("acc", 0.2, "validation", 2)])
    collect("demo")
    assert shown(project)[1].startswith(
        "There is no curve: validation.loss was measured in no step;"
        " the trials that are done have steps of validation.acc."
    )


def test_before_anything_is_done_there_are_no_curves_yet(project) -> None:
    project.plan([project.trial("t0", "bag")], factors={"encoder": ["bag"]}, figures={"curves": project.figure()})
    collect("demo")
    assert shown(project)[1].startswith("There are no curves yet.")
