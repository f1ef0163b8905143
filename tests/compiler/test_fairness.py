"""Specs in, what R003 says of conditions that train longer than the baseline out."""

from __future__ import annotations

from pathlib import Path

import pytest

from expc.compiler.check import check_file

OWN = """\
expc: 1
name: own
task: {command: "true {args}"}
factors:
MORE
metrics: {loss: {goal: minimize}}
"""
MODEL = "  model: {mlp: {model: mlp, epochs: 5}, cnn: {model: cnn, epochs: 20}}\n"
OF_MODEL = "an effect of that looks like one of model"
LONGER = f"model=cnn trains with epochs=20, and the baseline model=mlp with epochs=5: {OF_MODEL}"


def said(folder: Path, more: str) -> list[str]:
    (folder / "spec.yaml").write_text(OWN.replace("MORE", more))
    return [one.message for one in check_file(str(folder / "spec.yaml")) if one.code == "R003"]


@pytest.mark.parametrize(
    "more",
    [
        "  dataset: [mnist, cifar]\n  model: [mlp, cnn]\nparams: {epochs: 10}\nbaseline: {model: mlp, dataset: mnist}\n"
        "overrides: [{when: {dataset: cifar}, params: {epochs: 50}}]",
        "  corpus: {small: {corpus: a, epochs: 50}, large: {corpus: b, epochs: 5}}\nbaseline: {corpus: small}",
        "  game: {pong: {env_id: Pong, total_steps: 9}, go: {env_id: Go, total_steps: 99}}\nbaseline: {game: pong}",
        "  both: {a: {model: a, dataset: a, epochs: 5}, b: {model: b, dataset: b, epochs: 9}}\nbaseline: {both: a}",
        "  budget: {short: {epochs: 5, eval_every: 1}, long: {epochs: 50, eval_every: 10}}\nbaseline: {budget: short}",
        "  recipe: {a: {optimizer.lr: 1, epochs: 5}, b: {optimizer.lr: 2, epochs: 9}}\nbaseline: {recipe: a}",
        "  model: {logreg: {model: logreg, max_iter: 9}, svm: {model: svm, max_iter: 99}}\nbaseline: {model: logreg}",
        "  model: [mlp, cnn]\n  epochs: [5, 50]\nbaseline: {model: mlp, epochs: 5}",
    ],
    ids=["data by an override", "corpus", "game", "model and data", "budget", "recipe", "limit", "crossed"],
)
def test_what_is_meant_or_cannot_be_told_is_left_alone(tmp_path: Path, more: str) -> None:
    assert said(tmp_path, more) == []


@pytest.mark.parametrize(
    "more",
    [
        MODEL + "baseline: {model: mlp}",
        MODEL.replace("{model: cnn", "{model: cnn, width: 3") + "baseline: {model: mlp}",
        "  model: [mlp, cnn]\nparams: {epochs: 5}\noverrides: [{when: {model: cnn}, params: {epochs: 20}}]\n"
        "baseline: {model: mlp}",
    ],
    ids=["levels", "levels that set more", "override"],
)
def test_another_method_that_trains_longer_is_told_of_once(tmp_path: Path, more: str) -> None:
    assert said(tmp_path, more) == [LONGER]


@pytest.mark.parametrize("beside", [900, 2100])
def test_a_design_of_any_size_is_looked_at(tmp_path: Path, beside: int) -> None:
    rates = f"  lr: [{', '.join(f'{rate / 10000}' for rate in range(1, beside + 1))}]\n"
    assert said(tmp_path, MODEL + rates + "baseline: {model: mlp, lr: 0.0001}") == [LONGER]


def test_every_level_is_looked_at_under_each_condition_of_an_override(tmp_path: Path) -> None:
    """The overrides fit the last of the conditions alone."""
    names = [f"m{number}" for number in range(60)]
    more = f"  model: [{', '.join(names)}]\n  size: [{', '.join(map(str, range(40)))}]\nparams: {{epochs: 5}}\n"
    more += "overrides: [{when: {model: [m58, m59], size: 39}, params: {epochs: 20}}]\nbaseline: {model: m0}"
    assert said(tmp_path, more) == [
        f"model={name} trains with epochs=20, and the baseline model=m0 with epochs=5: {OF_MODEL}"
        for name in names[58:]
    ]


def test_a_level_whose_baseline_is_excluded_is_compared_where_it_is_not(tmp_path: Path) -> None:
    left = "  width: [1, 2]\nexclude: [{model: mlp, width: 1}]\nbaseline: {model: mlp}"
    assert said(tmp_path, MODEL + left) == [LONGER]
    assert said(tmp_path, MODEL + left.replace("width: 1}", "width: [1, 2]}")) == []
