"""Test examples of one data set that stand in the training data of another, said below a table."""

from collections import Counter

import pytest

from expc.report.collect import collect
from expc.report.tables import tables

RULE = "best-validation.loss"


def transfer(project, *, plain, bold, tested, above=(), **shown):
    """Two trials that learned from `plain` and from `bold`, each measured on both; t1 takes from trials on `above`."""
    data = {"p": "plain", "b": "bold", "old": "older"}
    trials = [project.trial(f"s{n}", "bag", stage="pretrain", data=identity) for n, identity in enumerate(above)]
    for n, own in enumerate("pb"):
        evaluate = [[f"e{n}{on}", data[on], on, RULE] for on in "pb"]
        takes = {f"init{k}": [f"s{k}", "checkpoints/last.pt"] for k in range(len(above) if n else 0)}
        trials.append(
            {
                **project.trial(f"t{n}", "bag", condition={"dataset": data[own]}, data=own),
                "evaluate": evaluate,
                "from": takes,
            }
        )
    stage = project.stage(evaluated=True, factors=["dataset"], **shown)
    stages = {"pretrain": project.stage(metrics=[], factors=[]), "train": stage} if above else {"train": stage}
    metrics = [metric["ref"] for metric in stage["metrics"]]
    asked = {"main": project.table(rows=["dataset"], columns=["on"], metrics=metrics)}
    project.plan(trials, factors={"dataset": ["plain", "bold"]}, stages=stages, data=data, tables=asked)
    for trial in trials:
        made = {evaluation: {"accuracy": 0.5} for evaluation, *_ in trial["evaluate"]}
        project.finish(trial["id"], [("loss", 1.0, "validation", 1)], evaluations=made)
    for identity, texts in {"p": plain, "b": bold, "old": [*"uvw"]}.items():
        project.write(f"results/data/{identity}/train.digests", "".join(text * 8 for text in texts))
    for identity, texts in tested.items():
        project.write(f"results/data/{identity}/test.digests", "".join(text * 8 for text in texts))


def said(project):
    collect("demo")
    lines = tables("demo", "main").read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("- ") for line in lines if "among the training data of" in line]


def met(count, total, tested, learned):
    return (
        f"{count} of the {total} test examples of {tested} are among the training data of {learned}, the same in all:"
        " whoever learned them there by heart has them right."
    )


@pytest.mark.parametrize(
    ("tested", "above", "notes"),
    [
        ({"p": "xyz", "b": "xyz"}, (), []),
        ({"p": "abz", "b": "xyz"}, (), []),  # a and b are plain's own: data.json tells of them
        ({"p": "xyz", "b": "abz"}, (), [met(2, 3, "bold", "plain")]),
        ({"p": "cxx", "b": "ayy"}, (), [met(1, 3, "bold", "plain"), met(1, 3, "plain", "bold")]),
        ({"p": "x" * 99 + "c", "b": "x"}, (), [met(1, 100, "plain", "bold")]),
        ({"p": "x" * 100 + "c", "b": "x"}, (), []),  # by chance
        ({}, (), []),
        ({"p": "abz", "b": "xyz"}, (None,), []),  # of a program that has none, nothing is known
        ({"p": "xux", "b": "uvx"}, ("old",), [met(1, 3, "plain", "older"), met(2, 3, "bold", "older")]),
    ],
)
def test_a_table_says_how_many_test_examples_were_learned_from_in_another_data_set(
    project, tested, above, notes
) -> None:
    transfer(project, plain="ab", bold="cd", tested=tested, above=above)
    assert said(project) == notes


def test_a_table_of_what_was_not_tested_says_nothing_of_test_examples(project) -> None:
    loss = {"ref": "validation.loss", "split": "validation", "name": "loss", "rule": "last"}
    transfer(project, plain="ab", bold="cd", tested={"p": "xux", "b": "uvx"}, above=("old",), metrics=[loss])
    assert said(project) == []


def folds(project, learned, tested):
    """A trial for each fold of `plain`, measured on `bold`: on the one test part, or on that of its own fold."""
    parts = [*tested] if len(tested) > 1 else [*tested] * len(learned)
    trials = [
        project.trial(f"t{n}", data=one, fold=n, evaluate=[[f"e{n}", "bold", part, RULE]])
        for n, (one, part) in enumerate(zip(learned, parts, strict=True))
    ]
    stages = {"train": project.stage(evaluated=True, factors=[])}
    asked = {"main": project.table(rows=[], columns=["on"])}
    data = dict.fromkeys(learned, "plain") | dict.fromkeys(tested, "bold")
    project.plan(trials, factors={}, stages=stages, data=data, tables=asked)
    for n in range(len(trials)):
        project.finish(f"t{n}", evaluations={f"e{n}": {"accuracy": 0.5}})
    for part, texts in {"train": learned, "test": tested}.items():
        for identity, text in texts.items():
            project.write(f"results/data/{identity}/{part}.digests", "".join(one * 8 for one in text))


@pytest.mark.parametrize(
    ("learned", "tested", "notes"),
    [
        ({"p0": "abc", "p1": "bcd"}, {"b": "axyz"}, [met(1, 4, "bold", "plain")]),
        ({"p0": "abc", "p1": "bcd"}, {"b": "bxyz"}, [met(1, 4, "bold", "plain")]),
        ({"p0": "abc", "p1": "bcd"}, {"b": "abdy"}, [met(3, 4, "bold", "plain")]),
        ({"p0": "abc", "p1": "bcd"}, {"b0": "ax", "b1": "ay"}, [met(1, 4, "bold", "plain")]),  # of p1's, a is none
        ({"p0": "abc", "p1": "bcd"}, {"b0": "ax", "b1": "dd"}, [met(3, 4, "bold", "plain")]),
        ({"p0": "abc", "p1": "bcd"}, {"b": "wxyz"}, []),
    ],
)
def test_a_test_example_counts_once_however_many_folds_learned_from_it(project, learned, tested, notes) -> None:
    folds(project, learned, tested)
    assert said(project) == notes


def test_the_digests_of_each_part_are_read_once(project, opened) -> None:
    transfer(project, plain="ab", bold="cd", tested={"p": "xuc", "b": "avx"}, above=("old",))
    collect("demo")
    opened.clear()
    tables("demo", "main")
    assert Counter(name for name in opened if name.endswith(".digests")) == {"test.digests": 2, "train.digests": 3}
