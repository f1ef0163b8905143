"""A spec and its templates in, what each stage knows out: its parameters, factors, metrics, and whom it takes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from expc.compiler.meaning.given import FROM, role_of
from expc.compiler.reading.reported import PREDICTIONS
from expc.compiler.templates.template import MetricDeclaration, Template
from expc.data.sources import predicts_numbers
from expc.spec import Program, Reference, Spec, Stage


@dataclass(frozen=True)
class StageScope:
    """A stage among its neighbours. Without a template it is an own program, which knows every parameter."""

    stage: Stage
    template: Template | None
    above: tuple[str, ...]
    """The stages that it takes from, however far above."""
    reads: tuple[str, ...]
    """The factors whose levels set its parameters."""
    factors: tuple[str, ...]
    """The factors that it varies with: its own, and those of the stages above."""
    parameters: frozenset[str]
    """Those of the template and of its methods; of an own program, none is listed."""
    predicted: frozenset[str]
    """What the spec's data have to be predicted: `classes`, `numbers` or both."""

    @property
    def name(self) -> str:
        return self.stage.name

    @property
    def program(self) -> Program | None:
        return self.stage.task if isinstance(self.stage.task, Program) else None

    @property
    def has_steps(self) -> bool:
        """Whether its trials go from step to step, and so leave checkpoints; of an own program, nobody knows."""
        return self.template is None or self.template.selects is not None

    def knows(self, parameter: str) -> bool:
        return self.template is None or parameter in self.parameters or role_of(parameter) in self.template.inputs

    @cached_property
    def metrics(self) -> tuple[Reference, ...]:
        """What is reported of the stage: all that the template offers for its data, if the spec doesn't say."""
        if self.stage.metrics is not None:
            return self.stage.metrics
        return tuple(Reference(name, "test", name, None) for name in self.offered) if self.template else ()

    @cached_property
    def offered(self) -> Mapping[str, MetricDeclaration]:
        """The template's metrics, less those of what none of the data have to be predicted."""
        declared = self.template.metrics.items() if self.template else ()
        return {name: metric for name, metric in declared if metric.of is None or metric.of in self.predicted}

    @cached_property
    def goals(self) -> Mapping[str, str]:
        """Metric's name -> `maximize` or `minimize`, where one is known; what the spec says counts."""
        declared = {name: metric.goal for name, metric in self.template.metrics.items()} if self.template else {}
        stated = {metric.name: metric.goal for metric in self.metrics if metric.goal}
        return {name: goal for name, goal in {**declared, **stated}.items() if goal}

    @cached_property
    def ranges(self) -> Mapping[str, tuple[float | None, float | None]]:
        declared = {name: metric.range for name, metric in self.template.metrics.items()} if self.template else {}
        stated = {metric.name: metric.range for metric in self.metrics if metric.range}
        return {name: span for name, span in {**declared, **stated}.items() if span}

    @cached_property
    def timing(self) -> tuple[str, ...]:
        """The names of the metrics that say how long something took, sorted."""
        return tuple(sorted({metric.name for metric in self.metrics if metric.kind == "timing"}))

    @property
    def default_rule(self) -> str:
        """The rule of a metric that names none."""
        if self.template is None:
            return "auto"
        return f"best-{self.template.selects}" if self.template.selects else "last"

    @property
    def evaluated(self) -> bool:
        """Whether evaluations measure its trials on test data, apart from training."""
        return self.template is not None and self.template.evaluate is not None

    def rule_of(self, metric: Reference) -> str:
        """The metric's rule as plans have it; with a checkpoint, if it is computed from an evaluation's predictions."""
        if self.evaluated and metric.rule and metric.rule.startswith(PREDICTIONS):
            return f"{metric.rule}@{self.default_rule}"
        return metric.rule or self.default_rule

    @cached_property
    def tested(self) -> tuple[str, ...]:
        """The rules whose checkpoints are measured on test data."""
        rules = (self.rule_of(metric) for metric in self.metrics if metric.split == "test")
        return tuple(sorted({rule.rpartition("@")[2] for rule in rules}))

    @cached_property
    def predict(self) -> tuple[str, ...]:
        """Those of them whose predictions are asked for, example by example."""
        rules = (self.rule_of(metric).partition("@") for metric in self.metrics)
        return tuple(sorted({checkpoint for _, _, checkpoint in rules if checkpoint}))


@dataclass(frozen=True)
class Scope:
    spec: Spec
    stages: Mapping[str, StageScope]
    """In an order in which what is taken from stands first; stages in a circle come last."""

    def readers(self, parameter: str) -> tuple[StageScope, ...]:
        return tuple(stage for stage in self.stages.values() if stage.knows(parameter))

    @property
    def last(self) -> StageScope:
        """The stage that a table means if it names none: the last of the file that nothing is taken from."""
        taken = {name for stage in self.stages.values() for name in stage.above}
        written = [name for name in self.spec.stages if name not in taken]
        return self.stages[written[-1] if written else list(self.spec.stages)[-1]]


def scope(spec: Spec, templates: Mapping[str, Template | None]) -> Scope:
    """`templates` gives the template of each stage, None for own programs and for what was not found."""
    stages: dict[str, StageScope] = {}
    for name in _ordered(spec.stages):
        stages[name] = _stage_scope(spec, spec.stages[name], templates[name], stages)
    return Scope(spec, stages)


def sources(stage: Stage) -> tuple[str, ...]:
    """The names of the stages that a stage takes from directly."""
    return tuple(dict.fromkeys(source.rpartition(".")[0] for source in stage.takes.values()))


def _ordered(stages: Mapping[str, Stage]) -> list[str]:
    order: list[str] = []
    left = list(stages)
    while left:
        free = [
            name for name in left if all(source in order or source not in stages for source in sources(stages[name]))
        ]
        chosen = free or left
        order += chosen
        left = [name for name in left if name not in chosen]
    return order


def _stage_scope(spec: Spec, stage: Stage, template: Template | None, known: Mapping[str, StageScope]) -> StageScope:
    direct = [known[name] for name in sources(stage) if name in known]
    parameters = _parameters(spec, template)
    reads = stage.reads
    if reads is None:
        chosen = {FROM + role for role in template.inputs} if template else set()
        reads = tuple(name for name in spec.factors if template is None or _sets(spec, name) & (parameters | chosen))
    varied = {*reads, *(factor for source in direct for factor in source.factors)}
    return StageScope(
        stage=stage,
        template=template,
        above=_unique(name for source in direct for name in (*source.above, source.name)),
        reads=tuple(name for name in spec.factors if name in reads),
        factors=tuple(name for name in spec.factors if name in varied),
        parameters=parameters,
        predicted=frozenset(
            "numbers" if predicts_numbers(source.entry, source.name) else "classes" for source in spec.data.values()
        ),
    )


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _parameters(spec: Spec, template: Template | None) -> frozenset[str]:
    if template is None:
        return frozenset()
    added = {name for method in spec.methods.values() if method.slot in template.slots for name in method.params}
    own = {"dataset"} if template.data else set()
    return frozenset({*template.parameters, *template.slots, *added, *own})


def _sets(spec: Spec, factor: str) -> set[str]:
    """The parameters that the levels of a factor set."""
    return {name for level in spec.factors[factor].levels for name in level.sets}
