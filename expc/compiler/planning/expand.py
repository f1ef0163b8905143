"""A spec and what it names in, the plan out: every condition, every trial, every id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from expc.compiler.meaning.design import Condition, design
from expc.compiler.meaning.given import are_chosen, given
from expc.compiler.meaning.scope import Scope, StageScope, sources
from expc.compiler.meaning.settings import Setting, settings
from expc.compiler.meaning.splits import folds
from expc.compiler.meaning.texts import with_texts
from expc.compiler.planning.asks import asks
from expc.compiler.planning.gather import Materials
from expc.compiler.planning.identity import Deciding, accelerator, evaluation_id, reading_id, surroundings
from expc.compiler.planning.joined import ALONE, FOLD, Joined
from expc.compiler.planning.planned import planned_data, planned_program, planned_variant
from expc.compiler.programs.revision import code_of
from expc.plan import (
    Cell,
    Evaluation,
    Plan,
    PlannedMetric,
    PlannedStage,
    PlannedVariant,
    Trial,
    canonical,
)
from expc.runner.outcome import LOG
from expc.spec import Resources, Value

Recipes = Mapping[str, Mapping[str, Any]]
"""How to fetch inputs, by the stage's names for them."""


def expand(scope: Scope, materials: Materials) -> Plan:
    """The plan; trials of one stage that ask for the same resources stand together."""
    spec = scope.spec
    conditions = design(spec)
    planners: dict[str, _Stage] = {}
    cells: list[Cell] = []
    for name, stage in scope.stages.items():
        planner = _Stage(scope, stage, materials, {above: planners[above] for above in sources(stage.stage)})
        planners[name] = planner
        cells += sorted(planner.expand(conditions), key=lambda cell: cell.resource_class)
    return Plan(
        name=spec.name,
        factors={name: tuple(level.name for level in factor.levels) for name, factor in spec.factors.items()},
        on_failure=spec.on_failure,
        stages={name: planner.planned() for name, planner in planners.items()},
        variants={key: value for planner in planners.values() for key, value in planner.variants.items()},
        data=planned_data(spec, materials, cells),
        cells=tuple(cells),
        order=spec.order,
    )


class _Reading(NamedTuple):
    """The program that a choice of slots comes to."""

    variant: str
    program: str
    evaluator: str | None


@dataclass
class _Stage:
    """The expansion of one stage; holds what was rendered so far, and the trials that others take from."""

    scope: Scope
    stage: StageScope
    materials: Materials
    above: Mapping[str, _Stage]
    variants: dict[str, PlannedVariant] = field(default_factory=dict)
    trials: dict[Condition, tuple[Trial, ...]] = field(default_factory=dict)
    readings: dict[tuple[Value, ...], _Reading] = field(default_factory=dict)
    names: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    asked: dict[Resources, dict[str, int | str | bool]] = field(default_factory=dict)
    targets: dict[tuple[str, int | None], list[tuple[str, str, str]]] = field(default_factory=dict)

    def expand(self, conditions: Sequence[Condition]) -> Iterator[Cell]:
        for setting in settings(self.scope, self.stage, conditions, self.materials.methods):
            cells = [self._cell(setting, fold) for fold in self._folds(setting.params)]
            self.trials[setting.condition] = tuple(trial for cell in cells for trial in cell.trials)
            yield from cells

    def _cell(self, setting: Setting, fold: int | None) -> Cell:
        reading = self._reading(setting)
        data = self._data(setting.params, fold)
        params = canonical(with_texts(setting.read, self.files, self.materials.texts))
        recipes = self._given(setting.params)
        deciding = self._deciding(setting, reading, data, params, recipes)
        trials = tuple(self._trials(setting, deciding, reading, fold))
        levels = zip(self.levels, setting.condition, strict=True)
        return Cell(
            stage=self.stage.name,
            condition={name: names[index] for (name, names), index in levels},
            reads=self._names(setting.read),
            params=params,
            variant=reading.variant,
            data=data,
            checkpoints=self.checkpoints,
            keep=self.keep,
            cpus=setting.limits.cpus,
            memory=setting.limits.memory,
            time=setting.limits.time,
            trials=trials,
            inputs={role: (recipe["id"], recipe["path"]) for role, recipe in recipes.items()},
            asks=self._asks(setting.limits),
            predict=self.stage.predict,
        )

    def _names(self, read: Mapping[str, Value]) -> tuple[str, ...]:
        """The names that are read; the same tuple for all conditions that read the same."""
        names = tuple(read)
        return self.names.setdefault(names, names)

    def _trials(self, setting: Setting, deciding: Deciding, reading: _Reading, fold: int | None) -> Iterator[Trial]:
        """A trial for each seed within each set of trials that it takes from."""
        for joined in self._joined(setting.condition, fold):
            targets = self._targets(setting.params, joined.fold)
            seeds = self._seeds(joined)
            for identity, seed in zip(deciding.ids(joined.takes, seeds), seeds, strict=True):
                evaluations = tuple(
                    Evaluation(evaluation_id(identity, reading.evaluator, where, rule), on, where, rule)
                    for on, where, rule in targets
                )
                axes = self._axes(joined, seed)
                yield Trial(identity, seed, joined.seeds, joined.takes, evaluations + self.log, axes, joined.fold)

    def _deciding(
        self, setting: Setting, reading: _Reading, data: str | None, params: str, recipes: Recipes
    ) -> Deciding:
        contents = {role: recipe["content"] for role, recipe in recipes.items()}
        return Deciding(
            accelerator=accelerator(setting.limits) if self.stage.timing else None,
            data=data,
            environment=self.surroundings,
            inputs=canonical(contents) if contents else None,
            params=params,
            processes=setting.limits.processes,
            program=reading.program,
        )

    def _seeds(self, joined: Joined) -> tuple[int, ...]:
        """Its own repetitions; without any, the seed of what it takes from, and else the experiment's."""
        if self.stage.stage.seeds is not None:
            return self.stage.stage.seeds
        return (joined.seed,) if joined.seed is not None else self.scope.spec.seeds

    def _axes(self, joined: Joined, seed: int) -> tuple[tuple[str, int], ...]:
        if self.stage.stage.seeds is not None:
            return (*joined.axes, (self.stage.name, seed))
        return joined.axes if joined.seed is not None else (*joined.axes, ("", seed))

    def _joined(self, condition: Condition, fold: int | None) -> list[Joined]:
        """The sets of trials that a condition takes from: one of each input, alike in the seeds and the fold that they
        share."""
        sets = [ALONE if fold is None else ALONE._replace(axes=((FOLD, fold),))]
        for name, source in self.stage.stage.takes.items():
            above = self.above[source.rpartition(".")[0]]
            taken = [
                (name, trial, above.stage.name, above.checkpoint) for trial in self._trials_above(above, condition)
            ]
            sets = [found for one in sets for taking in taken if (found := one.join(*taking))]
        return sets

    def _trials_above(self, above: _Stage, condition: Condition) -> tuple[Trial, ...]:
        return above.trials[tuple(condition[self.stage.factors.index(name)] for name in above.stage.factors)]

    def _reading(self, setting: Setting) -> _Reading:
        if setting.chosen not in self.readings:
            self.readings[setting.chosen] = self._read(setting.params)
        return self.readings[setting.chosen]

    def _read(self, params: Mapping[str, Value]) -> _Reading:
        template = self.stage.template
        if template is None:
            program = self.materials.programs[self.stage.name, code_of(params)]
            self.variants.setdefault(program.id, planned_program(program))
            return _Reading(program.id, program.program, None)
        choices = {slot: str(params[slot]) for slot in template.slots}
        variant = self.materials.variant(template, choices)
        self.variants[variant.variant] = planned_variant(template.name, choices, variant)
        return _Reading(variant.variant, variant.program, variant.evaluator)

    def _asks(self, limits: Resources) -> dict[str, int | str | bool]:
        if limits not in self.asked:
            self.asked[limits] = asks(limits, self.stage.stage.resources)
        return self.asked[limits]

    def _folds(self, params: Mapping[str, Value]) -> Sequence[int | None]:
        count = self.folds[str(params["dataset"])] if self.kind else None
        return (None,) if count is None else range(count)

    def _data(self, params: Mapping[str, Value], fold: int | None) -> str | None:
        return self._prepared(str(params["dataset"]), fold) if self.kind else None

    def _prepared(self, name: str, fold: int | None) -> str:
        return str(self.materials.data[name, self.kind, None if self.folds[name] is None else fold]["id"])

    def _targets(self, params: Mapping[str, Value], fold: int | None) -> list[tuple[str, str, str]]:
        """(on, data, rule) of the evaluations that each trial needs: on folded data, of the trial's fold alone."""
        if not self.kind or not self.stage.evaluated:
            return []
        trained = str(params["dataset"])
        if (trained, fold) not in self.targets:
            names = dict.fromkeys([trained, *self.stage.stage.evaluate])
            found = [(name, self._prepared(name, fold), rule) for name in names for rule in self.stage.tested]
            self.targets[trained, fold] = found
        return self.targets[trained, fold]

    def _given(self, params: Mapping[str, Value]) -> Recipes:
        """How to fetch each input that the trials are given."""
        if not self.chosen:
            return self.usual
        return {role: self.materials.inputs[name] for role, name in given(self.stage.stage, params).items()}

    @cached_property
    def usual(self) -> dict[str, Mapping[str, Any]]:
        """The inputs where no condition chooses any."""
        return {role: self.materials.inputs[name] for role, name in given(self.stage.stage, {}).items()}

    @cached_property
    def chosen(self) -> bool:
        """Whether conditions choose inputs."""
        return are_chosen(self.scope.spec)

    @cached_property
    def levels(self) -> list[tuple[str, tuple[str, ...]]]:
        """The stage's factors, with the names of their levels."""
        factors = self.scope.spec.factors
        return [(name, tuple(level.name for level in factors[name].levels)) for name in self.stage.factors]

    @cached_property
    def kind(self) -> str:
        """What kind of data the stage's trials read; empty if they read none."""
        template = self.stage.template
        return template.data.kind if template and template.data else ""

    @cached_property
    def folds(self) -> dict[str, int | None]:
        return {name: folds(source) for name, source in self.scope.spec.data.items()}

    @cached_property
    def files(self) -> frozenset[str]:
        """The parameters that are files."""
        template = self.stage.template
        return frozenset(p.name for p in template.parameters.values() if p.is_file) if template else frozenset()

    @cached_property
    def environment(self) -> dict[str, object]:
        """What the stage's trials get beside the usual, sorted."""
        stated = self.stage.stage.environment
        found: dict[str, object] = {"network": stated.network} if stated.network != "none" else {}
        found |= {"secrets": sorted(stated.secrets)} if stated.secrets else {}
        found |= {"variables": dict(sorted(stated.variables.items()))} if stated.variables else {}
        return found | dict(self.materials.software.get(self.stage.name, {}))

    @cached_property
    def surroundings(self) -> str | None:
        return surroundings(self.environment)

    @cached_property
    def keep(self) -> tuple[str, ...]:
        if self.stage.stage.keep == "none" or not self.stage.has_steps:
            return ()
        if self.stage.template is None:
            return ("*",)
        return ("last",) if self.stage.stage.keep == "last" else (self.stage.default_rule,)

    @cached_property
    def checkpoints(self) -> tuple[str, ...]:
        if self.stage.template is None:
            return ()
        return tuple(sorted({*self.keep, *(self.stage.tested if self.stage.evaluated else ())}))

    @cached_property
    def patterns(self) -> Mapping[str, str]:
        return dict(sorted(self.stage.program.patterns.items())) if self.stage.program else {}

    @cached_property
    def log(self) -> tuple[Evaluation, ...]:
        """What patterns look for in the log of each trial; none where there are no patterns."""
        return (Evaluation(reading_id(self.patterns), "", "", LOG),) if self.patterns else ()

    @property
    def checkpoint(self) -> str:
        """The path, in a trial's folder, of the checkpoint that others take."""
        return "checkpoints" if self.stage.template is None else f"checkpoints/{self.keep[0]}.pt"

    def planned(self) -> PlannedStage:
        stage = self.stage
        return PlannedStage(
            task=stage.template.name if stage.template else None,
            metrics=tuple(
                PlannedMetric(metric.text, metric.split, metric.name, stage.rule_of(metric)) for metric in stage.metrics
            ),
            goals=dict(sorted(stage.goals.items())),
            ranges=dict(sorted(stage.ranges.items())),
            evaluated=stage.evaluated,
            takes_from=stage.above,
            factors=stage.factors,
            timing=stage.timing,
            environment=self.environment,
            patterns=self.patterns,
        )
