"""A spec and what it names in, the plan out: every condition, every trial, every id."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

from expc.compiler.gather import Materials
from expc.compiler.render import Variant
from expc.compiler.scope import Scope, StageScope, sources
from expc.plan import (
    Cell,
    Evaluation,
    Plan,
    PlannedData,
    PlannedMetric,
    PlannedStage,
    PlannedVariant,
    Trial,
    canonical,
)
from expc.spec import Factor, Partial, Spec, Value

ID = 16
"""Hexadecimal digits of an id: 64 bits."""

Condition = tuple[int, ...]
"""For each factor of the spec, or of a stage, the position of its level."""


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
        data=_planned_data(materials, {cell.data for cell in cells} | _evaluated_on(cells)),
        cells=tuple(cells),
    )


def design(spec: Spec) -> list[Condition]:
    """The crossed factors less what is excluded, the first factor changing slowest."""
    crossed = product(*(range(len(factor.levels)) for factor in spec.factors.values()))
    tests = [matcher(spec.factors, tuple(spec.factors), partial) for partial in spec.exclude]
    return [condition for condition in crossed if not any(test(condition) for test in tests)]


def matcher(
    factors: Mapping[str, Factor], order: Sequence[str], partial: Partial
) -> Callable[[Condition], bool]:
    """Whether a condition over the factors in `order` fits a partial one; never, if it names another factor."""
    if not set(partial) <= set(order):
        return lambda condition: False
    wanted = [
        (order.index(name), frozenset(factors[name].index(level) for level in levels))
        for name, levels in partial.items()
    ]
    return lambda condition: all(condition[position] in allowed for position, allowed in wanted)


def _planned_data(materials: Materials, used: set[str | None]) -> dict[str, PlannedData]:
    return {
        recipe["id"]: PlannedData(name, {role: file["sha256"][:ID] for role, file in recipe["files"].items()})
        for (name, _), recipe in materials.data.items()
        if recipe["id"] in used
    }


def _evaluated_on(cells: Iterable[Cell]) -> set[str | None]:
    return {evaluation.data for cell in cells for trial in cell.trials[:1] for evaluation in trial.evaluations}


class _Reading(NamedTuple):
    """What a choice of slots (and of parameters that switch others off) comes to."""

    names: tuple[str, ...]
    """The parameters that are read, in the order in which they are hashed."""
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

    def expand(self, conditions: Sequence[Condition]) -> Iterator[Cell]:
        spec, order = self.scope.spec, tuple(self.scope.spec.factors)
        places = [order.index(name) for name in self.stage.factors]
        effects = _effects(spec, self.stage)
        base = _defaults(self.scope, self.stage)
        overrides = _overrides(spec, self.stage)
        whole = len(places) == len(order)
        for condition in conditions if whole else _projected(conditions, places):
            params = dict(base)
            for place, levels in effects:
                params.update(levels[condition[place]])
            resources = self.stage.stage.resources
            limits = {"cpus": resources.cpus, "memory": resources.memory, "time": resources.time}
            for matches, changes, other in overrides:
                if matches(condition):
                    params.update(changes)
                    limits.update(other)
            yield self._cell(condition, params, limits)

    def _cell(self, condition: Condition, params: dict[str, Value], limits: Mapping[str, int | None]) -> Cell:
        reading = self._reading(params)
        data = self._data(params)
        read = {name: params[name] for name in reading.names}
        trials = tuple(self._trials(condition, reading, data, canonical(read), params))
        self.trials[condition] = trials
        factors = self.scope.spec.factors
        return Cell(
            stage=self.stage.name,
            condition={
                name: factors[name].levels[index].name for name, index in zip(self.stage.factors, condition, strict=True)
            },
            params=read,
            variant=reading.variant,
            data=data,
            checkpoints=self.checkpoints,
            keep=self.keep,
            cpus=limits["cpus"] or 1,
            memory=limits["memory"],
            time=limits["time"],
            trials=trials,
        )

    def _trials(
        self, condition: Condition, reading: _Reading, data: str | None, params: str, values: Mapping[str, Value]
    ) -> Iterator[Trial]:
        """A trial for each seed within each set of trials that it takes from.

        The id hashes the canonical JSON of data, from, params, program and seed, in this order."""
        targets = self._targets(data, values)
        for joined in self._joined(condition):
            takes = {name: where for name, *where in joined.takes}
            head = f'{{"data":{canonical(data)},"from":{canonical(takes)},"params":{params},'
            prefix = hashlib.sha256(f'{head}"program":"{reading.program}","seed":'.encode())
            for seed in self._seeds(joined):
                hashed = prefix.copy()
                hashed.update(b"%d}" % seed)
                identity = hashed.hexdigest()[:ID]
                evaluations = tuple(_evaluation(identity, reading.evaluator, *target) for target in targets)
                yield Trial(identity, seed, joined.seeds, joined.takes, evaluations, self._axes(joined, seed))

    def _seeds(self, joined: _Joined) -> tuple[int, ...]:
        """Its own repetitions; without any, the seed of what it takes from, and else the experiment's."""
        if self.stage.stage.seeds is not None:
            return self.stage.stage.seeds
        return (joined.seed,) if joined.seed is not None else self.scope.spec.seeds

    def _axes(self, joined: _Joined, seed: int) -> tuple[tuple[str, int], ...]:
        if self.stage.stage.seeds is not None:
            return (*joined.axes, (self.stage.name, seed))
        return joined.axes if joined.seed is not None else (("", seed),)

    def _joined(self, condition: Condition) -> list[_Joined]:
        """The sets of trials that a condition takes from: one of each input, alike in the seeds that they share."""
        sets = [_Joined((), (), (), None)]
        for name, source in self.stage.stage.takes.items():
            planner = self.above[source.rpartition(".")[0]]
            trials = planner.trials[self._condition_above(planner, condition)]
            sets = [found for one in sets for trial in trials if (found := one.join(name, planner, trial))]
        return sets

    def _condition_above(self, planner: _Stage, condition: Condition) -> Condition:
        return tuple(condition[self.stage.factors.index(name)] for name in planner.stage.factors)

    def _reading(self, params: Mapping[str, Value]) -> _Reading:
        template = self.stage.template
        key = tuple(params.get(name) for name in template.discriminators) if template else tuple(params)
        if key not in self.readings:
            self.readings[key] = self._read(params)
        return self.readings[key]

    def _read(self, params: Mapping[str, Value]) -> _Reading:
        template = self.stage.template
        if template is None:
            program = self.materials.programs[self.stage.name]
            planned = PlannedVariant(program.id, None, None, {}, program.files)
            self.variants[program.id] = planned
            return _Reading(tuple(sorted(params)), program.id, program.id, None)
        choices = {slot: str(params[slot]) for slot in template.slots}
        variant = self.materials.variant(template, choices)
        self.variants[variant.variant] = _planned_variant(template.name, choices, variant)
        read = template.read_parameters(params, self.materials.methods)
        return _Reading(tuple(sorted(read)), variant.variant, variant.program, variant.evaluator)

    def _data(self, params: Mapping[str, Value]) -> str | None:
        template = self.stage.template
        if template is None or template.data is None:
            return None
        return str(self.materials.data[str(params["dataset"]), template.data.kind]["id"])

    def _targets(self, data: str | None, params: Mapping[str, Value]) -> list[tuple[str, str, str]]:
        """(on, data, rule) of the evaluations that each trial needs."""
        template = self.stage.template
        if template is None or not self.evaluated:
            return []
        names = dict.fromkeys([str(params["dataset"]), *self.stage.stage.evaluate]) if data and template.data else {}
        kind = template.data.kind if template.data else ""
        return [(name, self.materials.data[name, kind]["id"], rule) for name in names for rule in self.tested]

    @property
    def evaluated(self) -> bool:
        return self.stage.template is not None and self.stage.template.evaluate is not None

    @property
    def tested(self) -> tuple[str, ...]:
        """The rules whose checkpoints are measured on test data."""
        rules = (metric.rule or self.stage.default_rule for metric in self.stage.metrics if metric.split == "test")
        return tuple(sorted(set(rules)))

    @property
    def keep(self) -> tuple[str, ...]:
        if self.stage.stage.keep == "none":
            return ()
        if self.stage.template is None:
            return ("*",)
        return ("last",) if self.stage.stage.keep == "last" else (self.stage.default_rule,)

    @property
    def checkpoints(self) -> tuple[str, ...]:
        if self.stage.template is None:
            return ()
        return tuple(sorted({*self.keep, *(self.tested if self.evaluated else ())}))

    @property
    def checkpoint(self) -> str:
        """The path, in a trial's folder, of the checkpoint that others take."""
        return "checkpoints" if self.stage.template is None else f"checkpoints/{self.keep[0]}.pt"

    def planned(self) -> PlannedStage:
        stage = self.stage
        return PlannedStage(
            task=stage.template.name if stage.template else None,
            metrics=tuple(
                PlannedMetric(metric.text, metric.split, metric.name, metric.rule or stage.default_rule)
                for metric in stage.metrics
            ),
            goals=dict(sorted(stage.goals.items())),
            ranges=dict(sorted(stage.ranges.items())),
            evaluated=self.evaluated,
            takes_from=stage.above,
            factors=stage.factors,
        )


class _Joined(NamedTuple):
    """Trials that one trial takes from together."""

    takes: tuple[tuple[str, str, str], ...]
    seeds: tuple[tuple[str, int], ...]
    axes: tuple[tuple[str, int], ...]
    seed: int | None

    def join(self, name: str, planner: _Stage, trial: Trial) -> _Joined | None:
        """With one more trial; None if the two differ in a repetition that both stand in."""
        axes = dict(self.axes)
        if any(axes.get(axis, seed) != seed for axis, seed in trial.axes):
            return None
        seeds = dict(self.seeds) | dict(trial.seeds) | {planner.stage.name: trial.seed}
        return _Joined(
            (*self.takes, (name, trial.id, planner.checkpoint)),
            tuple(seeds.items()),
            tuple((axes | dict(trial.axes)).items()),
            trial.seed if self.seed is None else self.seed,
        )


def _evaluation(trial: str, evaluator: str | None, on: str, data: str, rule: str) -> Evaluation:
    hashed = hashlib.sha256(f"{trial} {evaluator} {data} {rule}".encode())
    return Evaluation(hashed.hexdigest()[:ID], on, data, rule)


def _planned_variant(template: str, choices: Mapping[str, str], variant: Variant) -> PlannedVariant:
    return PlannedVariant(
        variant.program, variant.evaluator, template, dict(sorted(choices.items())), dict(variant.file_hashes)
    )


def _projected(conditions: Iterable[Condition], places: Sequence[int]) -> Iterable[Condition]:
    """The conditions of some factors, each once, in order of appearance."""
    return dict.fromkeys(tuple(condition[place] for place in places) for condition in conditions)


def _defaults(scope: Scope, stage: StageScope) -> dict[str, Value]:
    """The template's values, then `params`, then the stage's own."""
    spec, template = scope.spec, stage.template
    values: dict[str, Value] = {}
    if template:
        values.update({name: slot.default for name, slot in template.slots.items()})
        values.update({name: parameter.default for name, parameter in template.parameters.items()})
        for method in spec.methods.values():
            values.update(method.params if method.slot in template.slots else {})
        if template.data and len(spec.data) == 1:
            values["dataset"] = next(iter(spec.data))
    values.update(known(stage, spec.params))
    values.update(known(stage, stage.stage.params))
    return values


def known(stage: StageScope, params: Mapping[str, Value]) -> dict[str, Value]:
    """Those of some parameters that a stage has, in their declared type."""
    found = {name: value for name, value in params.items() if stage.knows(name)}
    if stage.template:
        declared = stage.template.parameters
        return {name: declared[name].cast(value) if name in declared else value for name, value in found.items()}
    return found


def _effects(spec: Spec, stage: StageScope) -> list[tuple[int, list[dict[str, Value]]]]:
    """For each factor that the stage reads: its place in the stage's conditions, and what each level sets."""
    return [
        (stage.factors.index(name), [known(stage, level.sets) for level in spec.factors[name].levels])
        for name in stage.reads
    ]


def _overrides(
    spec: Spec, stage: StageScope
) -> list[tuple[Callable[[Condition], bool], dict[str, Value], Mapping[str, int | None]]]:
    return [
        (matcher(spec.factors, stage.factors, override.when), known(stage, override.params), override.resources)
        for override in spec.overrides
    ]
