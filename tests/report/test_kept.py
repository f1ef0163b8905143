"""Results that were kept across a change, and what tables say of them."""

import json

from expc.report.collect import collect
from expc.report.tables import tables


def accept(project, identity: str, because: str) -> None:
    path = project.root / f"results/trials/{identity}/outcome.json"
    said = {"from": "old", "because": because, "when": "2026-01-01T00:00:00.000Z"}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"accepted": [said]}))


def test_cells_with_kept_results_are_marked_and_the_reason_stands_below_once(project) -> None:
    trials = [project.trial(f"{encoder}{seed}", encoder, seed) for encoder in ("bag", "cnn") for seed in (0, 1)]
    project.plan(trials, factors={"encoder": ["bag", "cnn"]}, tables={"main": project.table()})
    for trial in trials:
        project.finish(trial["id"], [("accuracy", 0.5)])
    for identity in ("cnn0", "cnn1"):
        accept(project, identity, "only a *comment*")
    collect("demo")
    page = tables("demo", "main").read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if "‡" in line] == [
        "| cnn     | **0.5000 ± 0.0000**‡ |",
        "- ‡ 2 of 4 trials keep results from before an accepted change: only a \\*comment\\*",
    ]


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
