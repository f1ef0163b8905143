"""An experiment's name in, what was asked of it out: its stages, factors, trials, tables and figures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from expc.errors import ExpcError, nearest
from expc.runner.experiments import read_experiments
from expc.runner.outcome import header as plan_header
from expc.runner.outcome import intact, opened, parsed

EXPERIMENTS = Path("workflow", "experiments.json")
PLANS = Path("workflow", "plans")
RESULTS = Path("results")
ON = "on"  # the data set measured on, which may stand where a factor may
PREDICTIONS = "predictions-"  # begins the rule of a metric that is computed from them

Trial = Mapping[str, Any]
Range = tuple[float | None, float | None]


@dataclass(frozen=True)
class Metric:
    """`ref` is the reference as the spec writes it; `rule` names the step, or the checkpoint that is tested."""

    ref: str
    split: str
    name: str
    rule: str

    @property
    def computed(self) -> str:
        """What is computed from predictions, such as mean or accuracy; empty if it is measured."""
        what, _, _ = self.rule.removeprefix(PREDICTIONS).partition("@")
        return what if self.split == "test" and self.rule.startswith(PREDICTIONS) else ""

    @property
    def tested_at(self) -> str:
        """The checkpoint, by its rule, whose evaluation measures it or predicts for it; empty if predictions are the
        trial's own."""
        before, _, checkpoint = self.rule.rpartition("@")
        return checkpoint if before or not self.computed else ""

    def on_validation(self) -> Metric:
        """The same metric at the same step, measured on validation data."""
        _, at, rule = self.ref.partition("@")
        return Metric(f"validation.{self.name}{at}{rule}", "validation", self.name, self.rule)


@dataclass(frozen=True)
class Stage:
    """`goals` has "maximize" or "minimize" for a metric's name, `ranges` its lowest and highest value, where there is
    one; evaluations test the trials of an `evaluated` stage."""

    name: str
    metrics: tuple[Metric, ...]
    goals: Mapping[str, str]
    evaluated: bool
    factors: tuple[str, ...]
    ranges: Mapping[str, Range] = field(default_factory=dict)
    timing: frozenset[str] = frozenset()
    """The metrics that say how long something took."""

    def tests(self, metric: Metric) -> bool:
        """Whether the metric comes from evaluations, and not from what the trial wrote."""
        return self.evaluated and metric.split == "test" and bool(metric.tested_at)

    def within_range(self, name: str, value: float | None) -> bool:
        """Whether the metric of this name can have the value; None always may be."""
        low, high = self.ranges.get(name, (None, None))
        return value is None or ((low is None or low <= value) and (high is None or value <= high))

    def metric(self, ref: str) -> Metric:
        found = next((metric for metric in self.metrics if metric.ref == ref), None)
        if found is None:
            refs = (metric.ref for metric in self.metrics)
            raise ExpcError(f"stage {self.name!r} doesn't measure {ref!r}: {nearest(ref, refs)}")
        return found

    def goal(self, metric: Metric, purpose: str) -> str:
        """Which way is better, where `purpose` can't do without."""
        if metric.name not in self.goals:
            wanted = f"write `metrics: {{{metric.name}: {{goal: maximize}}}}` (or minimize) in the spec"
            raise ExpcError(f"{purpose} needs to know which {metric.name} is better: {wanted}")
        return self.goals[metric.name]


@dataclass(frozen=True, kw_only=True)
class View:
    """What a table or figure does with each factor of its stage: shown (`by`), averaged, fixed (`at`) or selected."""

    name: str
    stage: str
    by: tuple[str, ...]
    average: tuple[str, ...]
    at: Mapping[str, str]
    select: tuple[str, ...]

    @property
    def named(self) -> frozenset[str]:
        return frozenset((*self.by, *self.average, *self.at, *self.select))


@dataclass(frozen=True, kw_only=True)
class Table(View):
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    metrics: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Figure(View):
    """Curves of the metric `y` (`split` and `y`) over the steps, which `label` names."""

    label: str
    split: str
    y: str
    color: str | None
    facet: str | None


@dataclass(frozen=True)
class Experiment:
    name: str
    plan: Path
    factors: Mapping[str, tuple[str, ...]]
    stages: Mapping[str, Stage]
    seed_stages: tuple[str, ...]
    data_names: Mapping[str, str]
    tables: Mapping[str, Table]
    figures: Mapping[str, Figure]

    @property
    def folder(self) -> Path:
        return RESULTS / self.name

    def planned(self) -> Iterator[Trial]:
        """The trials of the plan, one after the other: plans may be long."""
        with opened(str(self.plan)) as lines:
            next(lines)
            for number, line in enumerate(lines, 2):
                yield parsed(line, str(self.plan), number)

    def own_data(self, trial: Trial) -> str:
        """The name of the data set that the trial learns from; empty if it has none."""
        if trial["data"] is None:
            return ""
        # two names may stand for the same content: the evaluations have the one that this trial goes by
        named = (on for _, on, data, _ in trial["evaluate"] if data == trial["data"])
        return next(named, self.data_names[trial["data"]])

    @cached_property
    def selections(self) -> Mapping[str, tuple[Metric, ...]]:
        """For each stage the metrics that tables and figures select by, and that the spec doesn't ask for itself."""
        wanted: dict[str, dict[str, Metric]] = {stage: {} for stage in self.stages}
        for table in self.tables.values():
            for ref in table.metrics if table.select else ():
                metric = self.stages[table.stage].metric(ref).on_validation()
                wanted[table.stage][metric.ref] = metric
        for figure in self.figures.values():
            if figure.select:
                metric = selector(figure, self.stages[figure.stage])
                wanted[figure.stage][metric.ref] = metric
        asked = {stage.name: {metric.ref for metric in stage.metrics} for stage in self.stages.values()}
        return {name: tuple(m for m in found.values() if m.ref not in asked[name]) for name, found in wanted.items()}


def selector(figure: Figure, stage: Stage) -> Metric:
    """The metric that a figure selects by: its own on validation data, at the step of the stage's first metric."""
    like = stage.metrics[0] if stage.metrics else Metric("@last", "", "", "last")
    _, at, rule = like.ref.partition("@")
    return Metric(f"validation.{figure.y}{at}{rule}", "validation", figure.y, like.rule)


def read_experiment(name: str) -> Experiment:
    """What the workflow in this folder asks of the experiment `name`. Damaged if a file of it isn't whole."""
    asked = _experiments()
    if name not in asked:
        raise ExpcError(f"there is no experiment {name!r} in this workflow: {nearest(name, asked)}")
    plan = PLANS / f"{name}.{asked[name]['plan']}.jsonl"
    header = plan_header(intact(str(plan)))
    stages = {stage: stage_of(stage, said) for stage, said in header["stages"].items()}
    sources = {source for said in header["stages"].values() for source in said["takes_from"]}
    return Experiment(
        name=name,
        plan=plan,
        factors={factor: tuple(levels) for factor, levels in header["factors"].items()},
        stages=stages,
        seed_stages=tuple(stage for stage in stages if stage in sources),
        data_names={identity: said["name"] for identity, said in header["data"].items()},
        tables={table: _table(table, said) for table, said in asked[name]["tables"].items()},
        figures={figure: _figure(figure, said) for figure, said in asked[name]["figures"].items()},
    )


def _experiments() -> Mapping[str, Any]:
    if not os.path.lexists(EXPERIMENTS):
        message = f"{EXPERIMENTS} is missing: start expc in the project's folder, and run `expc compile` with the spec"
        raise ExpcError(message)
    found: Mapping[str, Any] = read_experiments()["experiments"]
    return found


def stage_of(name: str, said: Mapping[str, Any]) -> Stage:
    """`said` is what a plan's header says of the stage."""
    metrics = tuple(Metric(m["ref"], m["split"], m["name"], m["rule"]) for m in said["metrics"])
    ranges = {metric: (low, high) for metric, (low, high) in said["ranges"].items()}
    timing = frozenset(said.get("timing", ()))
    return Stage(name, metrics, said["goals"], said["evaluated"], tuple(said["factors"]), ranges, timing)


def _table(name: str, said: Mapping[str, Any]) -> Table:
    rows, columns = tuple(said["rows"]), tuple(said["columns"])
    metrics = tuple(said["metrics"])
    return Table(name=name, by=(*rows, *columns), rows=rows, columns=columns, metrics=metrics, **_reduced(said))


def _figure(name: str, said: Mapping[str, Any]) -> Figure:
    by = tuple(factor for factor in (said["color"], said["facet"]) if factor is not None)
    shown = {"label": said["label"], "split": said["y"]["split"], "y": said["y"]["name"]}
    return Figure(name=name, by=by, color=said["color"], facet=said["facet"], **shown, **_reduced(said))


def _reduced(said: Mapping[str, Any]) -> dict[str, Any]:
    kept = {"stage": said["stage"], "at": dict(said["at"])}
    return {**kept, "average": tuple(said["average"]), "select": tuple(said["select"])}
