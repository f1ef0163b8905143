"""Finished trials in, the condition whose mean of the experiment's first metric leads so far out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from statistics import fmean
from time import process_time
from typing import NamedTuple

from expc.cli.tally import Line
from expc.report.cells import Summary
from expc.report.experiment import Experiment, Metric, read_experiment
from expc.report.left import read_left, values
from expc.report.numbers import decimals, shown

Levels = tuple[tuple[str, str], ...]


class Leading(NamedTuple):
    metric: str
    mean: float
    n: int
    of: int
    condition: Levels

    def __str__(self) -> str:
        where = " ".join(f"{factor}={level}" for factor, level in self.condition)
        number = Summary(self.mean, None, self.n, self.of, ())
        is_count = self.mean.is_integer() and abs(self.mean) > 1
        mean = shown(number, 0 if is_count else decimals([number]))
        return f"{self.metric} {mean}, mean of {self.n}/{self.of}{f': {where}' if where else ''}"


class Best:
    """The values of the last stage that has a metric with a goal, each by the metric's own rule, on its own data.

    Trials wait until there is time to read them: with thousands, that is work."""

    def __init__(self, name: str, trials: Iterable[Line]) -> None:
        self.experiment = read_experiment(name)
        self.asked = _asked(self.experiment)
        self.planned: dict[Levels, int] = {}
        self.found: dict[Levels, list[float]] = {}
        self.waiting: deque[Line] = deque()
        self.mine = {trial["id"]: trial for trial in trials if self.asked and trial["stage"] == self.asked[0]}
        for trial in self.mine.values():
            self.planned[_levels(trial)] = self.planned.get(_levels(trial), 0) + 1

    def ended(self, trial: str) -> None:
        """It is done, and may be read."""
        if trial in self.mine:
            self.waiting.append(self.mine[trial])

    def read(self, seconds: float) -> None:
        """Read what waits, as long as this takes no more of the processor's time."""
        end = process_time() + seconds
        while self.waiting and process_time() < end:
            self._read(self.waiting.popleft())

    def leading(self) -> Leading | None:
        """Of means that are equal, the one that was complete first; None if there are no values yet."""
        if self.asked is None or not self.found:
            return None
        stage, metric = self.asked
        means = {condition: fmean(numbers) for condition, numbers in self.found.items()}
        goal = self.experiment.stages[stage].goals[metric.name]
        best = (max if goal == "maximize" else min)(means, key=means.__getitem__)
        return Leading(metric.ref, means[best], len(self.found[best]), self.planned[best], best)

    def _read(self, trial: Line) -> None:
        if self.asked is None:
            return
        stage, own = self.experiment.stages[self.asked[0]], self.experiment.own_data(trial)
        for on, number in values(trial, stage, self.asked[1], read_left(trial, {}), own):
            if on == own and number is not None:
                self.found.setdefault(_levels(trial), []).append(number)


def _asked(experiment: Experiment) -> tuple[str, Metric] | None:
    found = [
        (stage.name, metric)
        for stage in reversed(list(experiment.stages.values()))
        for metric in stage.metrics
        if metric.name in stage.goals
    ]
    return found[0] if found else None


def _levels(trial: Line) -> Levels:
    return tuple(trial["condition"].items())
