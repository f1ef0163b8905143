"""The spec as a value: what the YAML file says, read once, with the defaults of the language filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None
Value: TypeAlias = Scalar | tuple[Scalar, ...]
Pointer: TypeAlias = tuple[str | int, ...]

ABLATION = "ablation"
FULL = "full"
"""The level of an ablation that changes nothing."""

ONE_AT_A_TIME = "one-at-a-time"
SEEDS_LAST = "seeds-last"

CHANGE_ME = "CHANGE-ME"
"""What a first spec holds where only its author can say something."""


@dataclass(frozen=True)
class Level:
    """One value of a factor: its name, and the parameters that it sets."""

    name: str
    sets: Mapping[str, Value]


@dataclass(frozen=True)
class Factor:
    name: str
    levels: tuple[Level, ...]
    listed: bool
    """Written as a list: levels are named by their values."""
    pointer: Pointer
    """Where the levels are written."""

    def index(self, wanted: object) -> int | None:
        """The position of the level with this name or, of a listed factor, this value."""
        found = self._by_value.get(_identity(wanted))
        name = wanted if isinstance(wanted, str) else level_name(wanted)
        return self._by_name.get(name) if found is None else found

    @cached_property
    def _by_name(self) -> dict[str, int]:
        return {level.name: position for position, level in enumerate(self.levels)}

    @cached_property
    def _by_value(self) -> dict[object, int]:
        if not self.listed:
            return {}
        return {_identity(level.sets[self.name]): position for position, level in enumerate(self.levels)}


Partial: TypeAlias = Mapping[str, tuple[Value, ...]]
"""A partial condition: for each factor that it names, the levels that fit."""


@dataclass(frozen=True)
class Reference:
    """A metric as it is asked for: `[split.]name[@rule]`."""

    text: str
    split: str
    name: str
    rule: str | None
    """`last`, `best-<split>.<name>`, `step-<n>`; None leaves it to the task."""
    goal: str | None = None
    range: tuple[float | None, float | None] | None = None
    kind: str | None = None
    """`timing`: how long something took, which depends on what else the machine does."""


@dataclass(frozen=True)
class Resources:
    """What a trial needs; `cpus`, `memory` and `gpus` on each of its nodes."""

    cpus: int = 1
    memory: int | None = None
    """MiB."""
    time: int | None = None
    """Seconds."""
    trials_per_job: int | None = None
    """None is `auto`."""
    gpus: int = 0
    gpu: str | None = None
    """Their type; None is any."""
    nodes: int = 1
    launcher: str | None = None
    exclusive: bool = False
    preemptible: bool = False
    trials_at_once: int = 1

    @property
    def processes(self) -> int:
        """What decides a result of all this: on how many GPUs, or nodes without any, a trial is spread."""
        return self.nodes * max(self.gpus, 1)


@dataclass(frozen=True)
class Budget:
    """What the plan may cost; None is without limit."""

    cpu_hours: float | None = None
    gpu_hours: float | None = None
    trials: int | None = None


@dataclass(frozen=True)
class Environment:
    """What trials get of the machine beside an allowlist; of secrets, the names."""

    network: str = "none"
    secrets: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    container: str | None = None
    requirements: str | None = None
    """What an image is built from, or what the packages of `venv` are."""
    venv: str | None = None
    modules: tuple[str, ...] = ()
    binds: tuple[tuple[str, str], ...] = ()
    """(folder of the machine, where it is in the container)."""


@dataclass(frozen=True)
class Override:
    when: Partial
    params: Mapping[str, Value]
    resources: Mapping[str, Any]
    """Fields of `Resources`."""


@dataclass(frozen=True)
class Source:
    """An entry of `data`, with paths as they are written."""

    name: str
    source: str
    entry: Mapping[str, object]


@dataclass(frozen=True)
class Input:
    """An entry of `inputs`, with paths as they are written."""

    name: str
    entry: Mapping[str, object]


@dataclass(frozen=True)
class MethodFile:
    name: str
    slot: str
    file: str
    params: Mapping[str, Value]


@dataclass(frozen=True)
class Configuration:
    """A configuration file that every trial gets.

    `sets` gives, for each dotted key, a parameter's name, `seed`, or a text with placeholders; None stands for all
    parameters and the seed, under their own names."""

    base: str | None
    """The file that it starts from, in the code's folder."""
    sets: Mapping[str, str] | None
    seed: str | None = "seed"
    """The key that the seed sets beside all parameters; None if the file hears nothing of it."""


@dataclass(frozen=True)
class Program:
    """A user's own program."""

    command: str
    path: str
    include: tuple[str, ...] | None
    results: str | None
    build: str | None = None
    resume: str | None = None
    patterns: Mapping[str, str] = field(default_factory=dict)
    """Metric, as a results file names it -> regular expression over a line of the output."""
    configurations: Mapping[str, Configuration] = field(default_factory=dict)
    """By the path of each in the folder in which the program starts."""
    protect: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    name: str
    pointer: Pointer
    """Where the stage stands in the file: () if the experiment has no `stages`."""
    task: str | Program | None
    params: Mapping[str, Value]
    derive: Mapping[str, str]
    """Of this stage alone; parameter -> formula."""
    reads: tuple[str, ...] | None
    takes: Mapping[str, str]
    """Input of the template -> `stage.checkpoint`."""
    inputs: Mapping[str, str]
    """Input of the template -> entry of `inputs`; of an own program, also those that its command names."""
    seeds: tuple[int, ...] | None
    metrics: tuple[Reference, ...] | None
    """None: all that the template offers."""
    metrics_at: Pointer
    evaluate: tuple[str, ...]
    evaluate_at: Pointer
    keep: str
    resources: Resources
    environment: Environment


@dataclass(frozen=True)
class View:
    """What a table and a figure have in common: a stage, and what happens to factors that aren't shown."""

    name: str
    pointer: Pointer
    stage: str | None
    average: tuple[str, ...]
    at: Partial
    select: tuple[str, ...]


@dataclass(frozen=True)
class Table(View):
    rows: tuple[str, ...] | None
    columns: tuple[str, ...]
    metrics: tuple[str, ...] | None


@dataclass(frozen=True)
class Figure(View):
    x: str
    y: str
    color: str | None
    facet: str | None


@dataclass(frozen=True)
class Spec:
    name: str
    question: str
    data: Mapping[str, Source]
    inputs: Mapping[str, Input]
    factors: Mapping[str, Factor]
    """With those of `ablation` as the last."""
    zips: tuple[tuple[str, ...], ...]
    exclude: tuple[Partial, ...]
    include: tuple[Partial, ...]
    design: str
    order: str
    params: Mapping[str, Value]
    derive: Mapping[str, str]
    overrides: tuple[Override, ...]
    stages: Mapping[str, Stage]
    seeds: tuple[int, ...]
    baseline: Partial | None
    methods: Mapping[str, MethodFile]
    ignore: Mapping[str, str]
    on_failure: str
    budget: Budget
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]


def level_name(value: object) -> str:
    """What a level is called that was written as a value: as one would type it in YAML."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case tuple() | list():
            return "[" + ", ".join(map(level_name, value)) + "]"
        case float():
            return repr(value)
        case _:
            return str(value)


def same(one: object, other: object) -> bool:
    """Equal as YAML means it: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _identity(value: object) -> object:
    """Equal, and hashed alike, for what is the same."""
    if isinstance(value, tuple):
        return tuple(map(_identity, value))
    return (bool, value) if isinstance(value, bool) else value
