"""What was planned and has no value in, the sentences that say why out."""

from expc.report.collect import collect
from expc.report.experiment import read_experiment
from expc.report.longform import read_results
from expc.report.losses import losses

LOSS = {"ref": "loss", "split": "test", "name": "loss", "rule": "last"}


def said(project) -> list[str]:
    """Of all measurements of the experiment."""
    collect("demo")
    experiment = read_experiment("demo")
    return list(losses(read_results(experiment), experiment))


def planned(project, *names: str, data=None, evaluate=(), **stage) -> None:
    trials = [project.trial(name, "bag", number, data=data, evaluate=evaluate) for number, name in enumerate(names)]
    names_of_data = {"D": "sst2", "M": "mr"} if data else {}
    stages = {"train": project.stage(**stage)}
    project.plan(trials, factors={"encoder": ["bag"]}, stages=stages, data=names_of_data)


def test_causes_that_differ_in_numbers_alone_are_one_and_of_many_the_most_frequent_are_named(project) -> None:
    causes = ["code: nan at step 17", *(f"code: {letter}" for letter in "abcdefghi"), "code: nan at step 1.5e-3"]
    planned(project, *(f"t{number}" for number in range(len(causes) + 1)))
    for number, cause in enumerate(causes):
        project.finish(f"t{number}", status="failed", cause=cause)
    project.finish("t11", [("accuracy", 0.5)])
    assert said(project) == [
        "2 of 12 trials failed: code: nan at step 17",
        *(f"1 of 12 trials failed: code: {letter}" for letter in "abcdefg"),
        "2 of 12 trials failed, of 2 other causes.",
    ]


def test_of_a_long_cause_the_beginning_is_shown(project) -> None:
    planned(project, "t0", "t1", "t2")
    for number, cause in enumerate(("x" * 154, "y" * 155, "z\nmore")):
        project.finish(f"t{number}", status="failed", cause=f"code: {cause}")
    assert said(project) == [
        f"1 of 3 trials failed: code: {'x' * 154}",
        f"1 of 3 trials failed: code: {'y' * 153}…",
        "1 of 3 trials failed: code: z more",
    ]


def test_many_values_outside_of_their_range_are_named_one_by_one_and_the_others_counted(project) -> None:
    names = ["123456789012", "1234567890123", *(f"t{number}" for number in range(8))]
    planned(project, *names, ranges={"accuracy": [0, 1]})
    for number, name in enumerate(names):
        project.finish(name, [("accuracy", 2 + number)])
    first = ["accuracy = 2 in trial 123456789012", "accuracy = 3 in trial 123456789012…", "accuracy = 4 in trial t0"]
    others = [f"accuracy = {number + 4} in trial t{number}" for number in range(1, 6)]
    percent = " (in percent? Then write range: [0, 100], or let the program write a share)"
    assert said(project) == [f"10 values lie outside their ranges: {', '.join(first + others)}, and 2 more{percent}"]


def test_as_many_values_outside_of_their_range_as_are_named_leave_no_others(project) -> None:
    names = [f"t{number}" for number in range(8)]
    planned(project, *names, ranges={"accuracy": [0, None]})
    for number, name in enumerate(names):
        project.finish(name, [("accuracy", -number - 1)])
    found = ", ".join(f"accuracy = {-number - 1} in trial t{number}" for number in range(8))
    assert said(project) == [f"8 values lie outside their ranges: {found}"]


def test_what_values_outside_of_their_ranges_may_be_is_said_only_if_it_is_the_same_for_all(project) -> None:
    metrics = [{**LOSS, "ref": "accuracy", "name": "accuracy"}, LOSS]
    planned(project, "t0", metrics=metrics, ranges={"accuracy": [0, 1], "loss": [0, 10]})
    project.finish("t0", [("accuracy", 50), ("loss", 500)])
    assert said(project) == ["2 values lie outside their ranges: accuracy = 50 in trial t0, loss = 500 in trial t0"]


def test_each_data_set_has_its_own_evaluation_at_each_checkpoint(project) -> None:
    metrics = [{**LOSS, "ref": f"loss@{rule}", "rule": rule} for rule in ("last", "step-1")]
    sets = {"sst2": "D", "mr": "M"}
    evaluate = [[f"{on}-{rule}", on, data, rule] for on, data in sets.items() for rule in ("last", "step-1")]
    planned(project, "t0", data="D", evaluate=evaluate, metrics=metrics, evaluated=True)
    project.finish("t0", evaluations={one: f"{one} broke" for one, *_ in evaluate[:3]})
    assert said(project) == [
        "1 of 1 trials done, without a value: the evaluation failed: code: sst2-last broke",
        "1 of 1 trials done, without a value: the evaluation failed: code: mr-last broke",
        "1 of 1 trials done, without a value: the evaluation failed: code: sst2-step-1 broke",
        "1 of 1 trials done, without a value: not evaluated yet; run `snakemake`",
    ]


def test_rows_of_a_trials_own_data_have_no_name(project) -> None:
    planned(project, "t0", data="D", metrics=[LOSS])
    project.finish("t0", [("loss", None)])
    assert said(project) == ["1 of 1 trials done, without a value: loss was not finite"]


def test_what_a_trial_wrote_instead_is_said_with_its_data_set(project) -> None:
    planned(project, "t0", "t1", metrics=[LOSS])
    project.finish("t0", [("acc", 0.5, "test", None, "mr"), ("acc", 0.5), ("acc", 0.5, "validation", 1)])
    project.finish("t1")
    assert said(project) == [
        "1 of 2 trials is done and has no loss (it wrote: test.acc, test.acc on mr, validation.acc)",
        "1 of 2 trials is done and has no loss (it wrote: nothing)",
    ]
