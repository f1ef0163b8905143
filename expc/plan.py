"""The plan as a value, and as text: every trial of an experiment, the same bytes for the same inputs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from itertools import groupby, zip_longest
from types import MappingProxyType
from typing import Any, NamedTuple

from expc import __version__
from expc.spec import SEEDS_LAST

FORMAT = 1
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Evaluation(NamedTuple):
    """A trained model to be measured: on which data (by this spec's name and by id), at which checkpoint. Or a log to
    be read: on no data, by the rule `log`."""

    id: str
    on: str
    data: str
    rule: str


class Trial(NamedTuple):
    id: str
    seed: int
    seeds: tuple[tuple[str, int], ...]
    """The seeds of what it takes from: (stage, seed)."""
    takes: tuple[tuple[str, str, str], ...]
    """(input, trial, checkpoint)."""
    evaluations: tuple[Evaluation, ...]
    axes: tuple[tuple[str, int], ...] = ()
    """The seed of each repetition that it stands in; not part of the text."""
    fold: int | None = None
    """Its own data's, or else that of what it takes from."""


class Cell(NamedTuple):
    """One stage of one condition on one set of prepared data (of folded data: on one fold), with its trials."""

    stage: str
    condition: Mapping[str, str]
    reads: tuple[str, ...]
    """The parameters that decide the result, sorted."""
    params: str
    """Their values, as canonical JSON: with many conditions, text is smaller and sooner written than values."""
    variant: str
    data: str | None
    checkpoints: tuple[str, ...]
    keep: tuple[str, ...]
    cpus: int
    memory: int | None
    time: int | None
    trials: tuple[Trial, ...]
    inputs: Mapping[str, tuple[str, str]] = NOTHING
    """What the trials are given: (id, path in its folder), by the template's name for it."""
    asks: Mapping[str, int | str | bool] = NOTHING
    """What else a trial asks for that isn't the usual: `gpus`, `gpu`, `nodes`, `launcher`, `exclusive`, `preemptible`,
    `at_once`, `per_job`, as its line says it."""
    predict: tuple[str, ...] = ()
    """The rules whose evaluations say what is predicted for each example."""

    @property
    def resource_class(self) -> tuple[int, int, int, str]:
        return self.cpus, self.memory or 0, self.time or 0, encode(self.asks) if self.asks else ""


@dataclass(frozen=True)
class PlannedMetric:
    ref: str
    split: str
    name: str
    rule: str


@dataclass(frozen=True)
class PlannedStage:
    """What the runner and the report must know of a stage."""

    task: str | None
    metrics: tuple[PlannedMetric, ...]
    goals: Mapping[str, str]
    ranges: Mapping[str, tuple[float | None, float | None]]
    evaluated: bool
    takes_from: tuple[str, ...]
    factors: tuple[str, ...]
    timing: tuple[str, ...] = ()
    """The metrics that say how long something took: their trials run alone. No part of the text where there is none."""
    environment: Mapping[str, object] = field(default_factory=dict)
    """`network`, `secrets`, `variables` and where software comes from, as far as that is not the usual; else no part
    of the text."""
    patterns: Mapping[str, str] = field(default_factory=dict)
    """By metric, what finds its numbers in what a program prints. No part of the text where there is none."""


@dataclass(frozen=True)
class PlannedVariant:
    """Hashes of a program and of its files, so that a change can be named."""

    program: str
    evaluator: str | None
    template: str | None
    choices: Mapping[str, str]
    files: Mapping[str, str]


@dataclass(frozen=True)
class PlannedData:
    name: str
    files: Mapping[str, str]
    stage: str | None = None
    """`node`: each job copies the data to its own disk. No part of the text where it doesn't."""


@dataclass(frozen=True)
class Plan:
    name: str
    factors: Mapping[str, tuple[str, ...]]
    on_failure: str
    stages: Mapping[str, PlannedStage]
    variants: Mapping[str, PlannedVariant]
    data: Mapping[str, PlannedData]
    cells: tuple[Cell, ...]
    order: str = "seeds-first"

    def lines(self) -> Iterator[str]:
        """The plan file's lines: the header, then a trial each."""
        header = {
            "plan": FORMAT,
            "expc": __version__,
            "name": self.name,
            "factors": self.factors,
            "on_failure": self.on_failure,
            "stages": {name: _stage(stage) for name, stage in self.stages.items()},
            "variants": {name: asdict(variant) for name, variant in sorted(self.variants.items())},
            "data": {name: _data(data) for name, data in sorted(self.data.items())},
        }
        yield encode(header) + "\n"
        yield from self._in_turn() if self.order == SEEDS_LAST else self._in_order()

    def _in_order(self) -> Iterator[str]:
        return (line for cell in self.cells for line in _trial_lines(cell))

    def _in_turn(self) -> Iterator[str]:
        """Of the cells of a stage that ask for the same resources the first trial each, then the second, and so on; in
        each turn the first fold of every condition, then the second."""
        for _, cells in groupby(self.cells, lambda cell: (cell.stage, cell.resource_class)):
            by_fold = sorted(cells, key=lambda cell: cell.trials[0].fold or 0)
            turns = zip_longest(*map(_trial_lines, by_fold))
            yield from (line for turn in turns for line in turn if line is not None)


UNSAID = frozenset(("timing", "environment", "patterns"))
"""What a stage says only if it has any."""


def _stage(stage: PlannedStage) -> dict[str, Any]:
    """Without what nobody asked for: the plans of older specs keep their bytes."""
    return {key: value for key, value in asdict(stage).items() if value or key not in UNSAID}


def _data(data: PlannedData) -> dict[str, Any]:
    return {key: value for key, value in asdict(data).items() if value is not None}


def _trial_lines(cell: Cell) -> Iterator[str]:
    alike = _alike(
        (
            ("variant", cell.variant),
            ("data", cell.data),
            ("checkpoints", cell.checkpoints),
            ("keep", cell.keep),
            ("cpus", cell.cpus),
            ("memory", cell.memory),
            ("time", cell.time),
            *cell.asks.items(),
            *((("inputs", tuple(cell.inputs.items())),) if cell.inputs else ()),
            *((("predict", cell.predict),) if cell.predict else ()),
        )
    )
    shared = f'"stage":{_quoted(cell.stage)},"condition":{encode(cell.condition)},{alike}'
    for trial in cell.trials:
        seeds = encode(dict(trial.seeds)) if trial.seeds else "{}"
        takes = encode({name: where for name, *where in trial.takes}) if trial.takes else "{}"
        evaluate = ",".join(f'["{id_}",{_quoted(on)},"{data}","{rule}"]' for id_, on, data, rule in trial.evaluations)
        fold = "" if trial.fold is None else f'"fold":{trial.fold},'
        yield (
            f'{{"id":"{trial.id}","seed":{trial.seed},{fold}"seeds":{seeds},"from":{takes},"evaluate":[{evaluate}],"params":{cell.params},{shared}\n'
        )


@lru_cache(maxsize=64)
def _alike(stated: tuple[tuple[str, Any], ...]) -> str:
    """What the trials of many conditions say alike, to the end of their lines."""
    return encode({name: dict(said) if name == "inputs" else said for name, said in stated})[1:]


@lru_cache(maxsize=64)
def _quoted(text: str) -> str:
    return encode(text)


encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
"""A value as compact JSON, in the order in which it stands."""

canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True).encode
"""A value as the one JSON text that it is hashed by."""
