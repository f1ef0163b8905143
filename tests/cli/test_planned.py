"""Plans in, what `expc plan` shows of them out."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import click
import pytest

from expc.cli.planning.planned import plans_as_json, plans_as_text
from expc.compiler.planning.changes import Change, Changes, Estimate
from expc.compiler.planning.spent import Spent
from expc.spec import Budget

KNOWN = Estimate(3600.0, 1, "the median of 2 finished trials of train")


def plan(name: str, trials: str, new: str, estimate: Estimate = KNOWN) -> Changes:
    """Trials have a letter each."""
    line: dict[str, Any] = {"stage": "train", "condition": {}, "seed": 0, "seeds": {}}
    return Changes(
        name=name,
        trials=frozenset(trials),
        new=tuple(Change({**line, "id": identity}) for identity in new),
        again=(),
        running=(),
        evaluate=(),
        gone=(),
        lines=tuple({**line, "id": identity} for identity in trials),
        there=(),
        accepted={},
        done=len(trials) - len(new),
        failed=0,
        cancelled=0,
        estimates=dict.fromkeys(new, estimate),
    )


def first_and_last(*plans: Changes) -> list[str]:
    """The line of each plan, and what stands below all, less what hangs on the machine."""
    *each, last = plans_as_text(plans).split("\n\n")
    return [text.splitlines()[0] for text in each] + [re.sub(r"(CPU-hours), .*", r"\1", last)]


def test_of_several_plans_a_trial_that_they_share_counts_once() -> None:
    dropout, width, depth = plan("dropout", "abcd", "cd"), plan("width", "bcef", "cef"), plan("depth", "aex", "ex")
    assert first_and_last(dropout, width, depth) == [
        "dropout: 4 trials: 2 done, 2 new",
        "width: 4 trials: 1 done, 3 new, 2 shared with dropout",
        "depth: 3 trials: 1 done, 2 new, 1 shared with dropout, 1 shared with width",
        "In all, each once: 7 trials. Cost: 5 trials, 5.00 CPU-hours",
    ]
    assert [one["shared"] for one in plans_as_json([dropout, width, depth])] == [
        {},
        {"dropout": 2},
        {"dropout": 1, "width": 1},
    ]


def test_the_last_line_has_no_cost_if_nothing_is_to_do_and_says_if_none_is_known() -> None:
    unknown = Estimate(None, 1, "no trial like these has finished yet, and resources.time is not set")
    assert first_and_last(plan("one", "ab", ""), plan("two", "ab", ""))[2] == "In all, each once: 2 trials."
    assert first_and_last(plan("one", "ab", "b"), plan("two", "bc", "c", unknown))[2] == (
        "In all, each once: 3 trials. Cost: 2 trials; how long they take is not known: "
        "no trial like these has finished yet, and resources.time is not set."
    )


def test_one_plan_alone_has_no_line_for_all() -> None:
    assert "In all" not in plans_as_text([plan("one", "ab", "b")])


def test_the_folds_of_a_condition_are_a_span_beside_its_seeds() -> None:
    line: dict[str, Any] = {"stage": "train", "condition": {"dataset": "mr"}, "seeds": {}}
    folded = [
        Change({**line, "id": f"{seed}{fold}", "seed": seed, "fold": fold}) for fold in range(3) for seed in (0, 1)
    ]
    found = replace(plan("one", "", ""), new=tuple(folded))
    assert click.unstyle(plans_as_text([found])).splitlines()[1] == "  + train  dataset=mr  seeds 0,1  folds 0-2"
    assert [entry["fold"] for entry in plans_as_json([found])[0]["new"]] == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("budget", "new", "estimate", "said"),
    [
        (Budget(), "cd", KNOWN, []),
        (Budget(cpu_hours=40), "cd", KNOWN, ["Budget: 40 CPU-hours: 6.50 spent, 2.00 to come, 31.50 left."]),
        (Budget(cpu_hours=8), "cd", KNOWN, ["Budget: 8 CPU-hours: 6.50 spent, 2.00 to come, 0.50 too many."]),
        (Budget(cpu_hours=8), "", KNOWN, ["Budget: 8 CPU-hours: 6.50 spent, 0.00 to come, 1.50 left."]),
        (
            Budget(cpu_hours=8),
            "cd",
            Estimate(None, 1, "unknown"),
            ["Budget: 6.50 of 8 CPU-hours spent; what is to come is not known."],
        ),
        (
            Budget(cpu_hours=40, gpu_hours=2),
            "cd",
            KNOWN._replace(gpus=0.5),
            [
                "Budget: 40 CPU-hours: 6.50 spent, 2.00 to come, 31.50 left.",
                "Budget: 2 GPU-hours: 1.50 spent, 1.00 to come, 0.50 too many.",
            ],
        ),
        (Budget(trials=5), "", KNOWN, ["Budget: 5 trials: 4 planned, 1 left."]),
        (Budget(trials=1), "", KNOWN, ["Budget: 1 trial: 4 planned, 3 too many."]),
    ],
)
def test_what_a_plan_costs_stands_against_its_budget(
    budget: Budget, new: str, estimate: Estimate, said: list[str]
) -> None:
    one = replace(plan("one", "abcd", new, estimate), budget=budget, spent=Spent(6.5, 1.5))
    assert [line for line in plans_as_text([one]).splitlines() if line.startswith("Budget")] == said
    assert plans_as_json([one])[0]["budget"] == {
        "cpu_hours": budget.cpu_hours, "spent": 6.5, "gpu_hours": budget.gpu_hours, "gpu_spent": 1.5,
        "trials": budget.trials,
    }  # fmt: skip


def test_what_asks_for_gpus_costs_hours_of_them_and_nobody_knows_how_long_it_takes_here() -> None:
    one = plan("one", "abcd", "cd", KNOWN._replace(gpus=0.5))
    assert plans_as_text([one]).splitlines()[-1] == (
        "Cost: 2 trials, 2.00 CPU-hours, 1.00 GPU-hours (the median of 2 finished trials of train)."
    )
    cost = plans_as_json([one])[0]["cost"]
    assert (cost["cpu_hours"], cost["gpu_hours"], cost["wall_seconds"]) == (2.0, 1.0, None)


def test_conditions_that_are_equal_are_named_beside_the_one_that_runs() -> None:
    line: dict[str, Any] = {"id": "a", "stage": "train", "seed": 0, "seeds": {}}
    found = replace(
        plan("one", "", ""),
        new=(Change({**line, "condition": {"ablation": "full"}}),),
        equal={"a": ({"ablation": "no-momentum"}, {"ablation": "no-warmup"})},
    )
    (row,) = [click.unstyle(row) for row in plans_as_text([found]).splitlines() if "train" in row]
    assert row == "  + train  ablation=full (= no-momentum, no-warmup)  seed 0"
    ((entry,),) = [one["new"] for one in plans_as_json([found])]
    assert entry["equal"] == [{"ablation": "no-momentum"}, {"ablation": "no-warmup"}]
    rates = tuple({"model": "cnn", "lr": lr} for lr in ("2", "3", "4", "5"))
    crossed = replace(found, new=(Change({**line, "condition": {"model": "cnn", "lr": "1"}}),), equal={"a": rates})
    (row,) = [click.unstyle(row) for row in plans_as_text([crossed]).splitlines() if "train" in row]
    assert row == "  + train  model=cnn lr=1 (= lr=2, lr=3, lr=4, and 1 more)  seed 0"
