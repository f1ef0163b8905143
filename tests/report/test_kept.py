"""Results that were kept across a change, and what tables say of them."""

import json

from expc.report.captions import caption
from expc.report.collect import collect
from expc.report.curves import runs, series
from expc.report.experiment import read_experiment
from expc.report.tables import tables


def accept(project, identity: str, because: str) -> None:
    path = project.root / f"results/trials/{identity}/outcome.json"
    said = {"from": "old", "because": because, "when": "2026-01-01T00:00:00.000Z"}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"accepted": [said]}))


def test_cells_with_kept_results_are_marked_and_the_reason_stands_below_once(project) -> None:
    trials = [project.trial(f"{encoder}{seed}", encoder, seed) for encoder in ("bag", "cnn") for seed in (0, 1)]
    project.plan(trials, factors={"encoder": ["bag", "cnn"]}, tables={"main": project.table()})
    for trial in trials:
        project.finish(trial["id"], [("accuracy", 0.5 if trial["condition"]["encoder"] == "cnn" else 0.25)])
    for identity in ("cnn0", "cnn1"):
        accept(project, identity, "only a *comment*")
    collect("demo")
    page = tables("demo", "main").read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if "‡" in line] == [
        "| cnn     | **0.5000 ± 0.0000**‡ |",
        "- ‡ 2 of 4 trials keep results from before an accepted change: only a \\*comment\\*",
    ]


def test_results_and_figures_say_it_too_and_have_no_such_column_otherwise(project) -> None:
    trials = [project.trial(f"t{seed}", "bag", seed) for seed in (0, 1, 2)]
    project.plan(
        trials, factors={"encoder": ["bag"]}, tables={"main": project.table()}, figures={"f": project.figure()}
    )
    for trial in trials[:2]:
        project.finish(trial["id"], [("accuracy", 0.5), ("loss", 0.5, "validation", 1)])
    collect("demo")
    head, *_ = project.read("results/demo/results.csv").splitlines()
    assert head == "experiment,stage,trial,condition,seed,fold,status,marked,metric,split,on,value,factor.encoder"
    accept(project, "t1", "a comment, no more")
    collect("demo")
    assert project.read("results/demo/results.csv").splitlines() == [
        "experiment,stage,trial,condition,seed,fold,status,marked,accepted,metric,split,on,value,factor.encoder",
        "demo,train,t0,encoder=bag,0,,done,,,accuracy,test,,0.5,bag",
        'demo,train,t1,encoder=bag,1,,done,,"a comment, no more",accuracy,test,,0.5,bag',
        "demo,train,t2,encoder=bag,2,,missing,,,accuracy,test,,,bag",
    ]
    tables("demo", "main")
    experiment = read_experiment("demo")
    figure = experiment.figures["f"]
    shown = runs(figure, experiment)
    said = caption(figure, series(figure, shown, experiment), shown, experiment)
    assert said.endswith(" 1 of 3 trials keep results from before an accepted change: a comment, no more.")


def test_what_learned_from_kept_results_says_so_once_it_has_a_result(project) -> None:
    above = project.trial("p0", stage="pretrain")
    below = [
        project.trial(f"t{seed}", "bag", seed, stage="tune", seeds={"pretrain": 0}, **{"from": {"init": ["p0", "x"]}})
        for seed in (0, 1)
    ]
    stages = {"pretrain": project.stage(factors=[]), "tune": project.stage(takes_from=["pretrain"])}
    table = project.table(stage="tune")
    project.plan([above, *below], factors={"encoder": ["bag"]}, stages=stages, tables={"main": table})
    for identity in ("p0", "t0"):
        project.finish(identity, [("accuracy", 0.5)])
    accept(project, "p0", "moved a file")
    collect("demo")
    page = tables("demo", "main").read_text(encoding="utf-8")
    note = "1 of 2 trials keep results from before an accepted change: moved a file (in what they take from)"
    assert [line for line in page.splitlines() if "‡" in line] == ["| bag     | 0.5000‡ n=1/2 |", f"- ‡ {note}"]
