"""A plan in, its stages out: what each varies, how many trials it has, on which data, and from which it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple

from expc.cli.tally import Line
from expc.cli.words import count


class Arrow(NamedTuple):
    """A stage takes what another one left, under a name."""

    source: str
    name: str


class Stage(NamedTuple):
    name: str
    task: str
    factors: Mapping[str, int]
    """How many levels each has here."""
    conditions: int
    trials: int
    learns: tuple[str, ...]
    """Data sets, by name."""
    measured: tuple[str, ...]
    """Further data sets that evaluations measure on."""
    metrics: tuple[str, ...]
    takes: tuple[Arrow, ...]

    @property
    def varied(self) -> str:
        """`encoder (4) × dropout (2)`, or `width (2), lr (2): 2 conditions` where not all combinations are run."""
        crossed = prod(self.factors.values()) == self.conditions
        said = (" × " if crossed else ", ").join(f"{name} ({levels})" for name, levels in self.factors.items())
        return (said if crossed else f"{said}: {count(self.conditions, 'condition')}") or "one condition"

    @property
    def lines(self) -> list[str]:
        """What a box says below the stage's name."""
        each = self.trials // self.conditions
        seeds = f"{each} each" if each * self.conditions == self.trials else f"in {self.conditions} conditions"
        said = [self.task, self.varied, f"{count(self.trials, 'trial')}, {seeds}"]
        said += [f"learns from {', '.join(self.learns)}"] if self.learns else []
        said += [f"also measured on {', '.join(self.measured)}"] if self.measured else []
        return [*said, f"measures {', '.join(self.metrics)}"] if self.metrics else said


class Graph(NamedTuple):
    name: str
    stages: tuple[Stage, ...]

    @property
    def trials(self) -> int:
        return sum(stage.trials for stage in self.stages)


def stages(top: Line, lines: Sequence[Line]) -> Graph:
    """`top` is the plan's header."""
    return Graph(top["name"], tuple(_stage(name, top, lines) for name in top["stages"]))


def _stage(name: str, top: Line, lines: Sequence[Line]) -> Stage:
    stated = top["stages"][name]
    mine = [line for line in lines if line["stage"] == name]
    stage_of = {line["id"]: line["stage"] for line in lines}
    levels: dict[str, dict[str, None]] = {factor: {} for factor in stated["factors"]}
    for line in mine:
        for factor, level in line["condition"].items():
            levels.setdefault(factor, {})[level] = None
    names = {identity: data["name"] for identity, data in top["data"].items()}
    learns = dict.fromkeys(names[line["data"]] for line in mine if line["data"])
    tests = [(on, data, line["data"]) for line in mine for _, on, data, _ in line["evaluate"]]
    measured = dict.fromkeys(on for on, data, own in tests if data and data != own)
    arrows = dict.fromkeys(
        Arrow(stage_of[trial], key) for line in mine for key, (trial, _) in line["from"].items() if trial in stage_of
    )
    return Stage(
        name=name,
        task=stated["task"] or "own program",
        factors={factor: len(found) for factor, found in levels.items()},
        conditions=len({tuple(line["condition"].items()) for line in mine}) or 1,
        trials=len({line["id"] for line in mine}),
        learns=tuple(learns),
        measured=tuple(measured),
        metrics=tuple(metric["ref"] for metric in stated["metrics"]),
        takes=tuple(arrows),
    )
