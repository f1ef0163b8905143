"""A template's folder in, what it offers out: its parameters, metrics, slots, programs."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from expc.assets import asset
from expc.compiler.templates.declared import TemplateError, place, read
from expc.compiler.templates.method import Method, chosen_methods
from expc.compiler.templates.parameter import Parameter
from expc.errors import nearest

__all__ = [
    "DataNeed",
    "MetricDeclaration",
    "Parameter",
    "Slot",
    "Template",
    "TemplateError",
    "find_template",
    "load_template",
    "template_names",
]

FILE = "template.yaml"
# These stand in a trial's configuration beside the parameters, or name what isn't one.
RESERVED = ("seed", "data", "inputs", "dataset")


ONE_STEP = "fit"
"""What a template's `steps` are called that fits its model once."""


@dataclass(frozen=True)
class Slot:
    """A hole in the code. `choices` are the built-in ones, each with its description."""

    name: str
    default: str
    file: str
    function: str
    arguments: tuple[str, ...]
    returns: str
    description: str
    choices: Mapping[str, str]
    unseeded: Mapping[str, str]
    """The choices whose trials don't hang on their seed, each with the case in which that is so."""


@dataclass(frozen=True)
class MetricDeclaration:
    """A metric that every run of the template measures; a bound that isn't there is None."""

    name: str
    goal: str
    range: tuple[float | None, float | None]
    description: str
    of: str | None = None
    """`classes` or `numbers`: what must be predicted for it; None for either."""


@dataclass(frozen=True)
class DataNeed:
    """The kind of data a template reads, and the sources from which that can be prepared."""

    kind: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Template:
    """What a template offers. `slots`, `parameters` and `metrics` are by name, in the order of the file."""

    name: str
    folder: Path
    description: str
    data: DataNeed | None
    train: str
    evaluate: str | None
    shared: tuple[str, ...]
    preload: tuple[str, ...]
    steps: str | None
    selects: str | None
    """None of a template whose trials have no steps, and so leave no checkpoints."""
    slots: Mapping[str, Slot]
    inputs: Mapping[str, str]
    input_kinds: Mapping[str, str]
    """Whether an input is a `file` or a `folder`, where the template says so."""
    parameters: Mapping[str, Parameter]
    metrics: Mapping[str, MetricDeclaration]
    requirements: tuple[str, ...]
    network: str
    gpus: str
    """What its programs can do with GPUs: use `none`, use `one`, or be started once for each of `many`."""
    cache: bool
    predictions: bool

    @property
    def fits_once(self) -> bool:
        """Whether a trial has one step, so that nothing is chosen among steps, and nothing can be drawn over them."""
        return self.steps == ONE_STEP

    def choices(self, values: Mapping[str, object]) -> dict[str, str]:
        """What fills each slot under these values: its own, or the default if there is none."""
        return {slot.name: str(values.get(slot.name, slot.default)) for slot in self.slots.values()}

    def readable(
        self, choices: Mapping[str, str], methods: Mapping[str, Method] = MappingProxyType({})
    ) -> tuple[tuple[Parameter, bool], ...]:
        """The parameters that code with these choices can read, each with whether another's value can switch it off.

        A choice that is missing is the slot's default. A method may read any parameter, also one that no
        built-in choice reads."""
        chosen = self.choices(choices)
        used = chosen_methods(chosen, methods)
        found = []
        for parameter in self.parameters.values():
            by_slot = {slot: values for slot, values in parameter.read_by.items() if slot in self.slots}
            if any(method.may_read(parameter.name) for method in used.values()):
                found.append((parameter, False))
            elif all(slot not in used and chosen[slot] in values for slot, values in by_slot.items()):
                found.append((parameter, any(reader not in self.slots for reader in parameter.read_by)))
        return tuple(found)

    def read_parameters(
        self, values: Mapping[str, object], methods: Mapping[str, Method] = MappingProxyType({})
    ) -> frozenset[str]:
        """The names of the parameters that are read under these values, with those of the methods they choose.

        `values` are of slots and parameters; one that is missing has its default. Neither slots nor `dataset`
        are among the names."""
        choices = self.choices(values)
        used = chosen_methods(choices, methods).values()
        own = {name for method in used for name in method.parameters if method.may_read(name)}
        readable = self.readable(choices, methods)
        return frozenset(own).union(p.name for p, may_be_off in readable if not may_be_off or self._is_on(p, values))

    def _is_on(self, parameter: Parameter, values: Mapping[str, object]) -> bool:
        return all(
            values.get(reader, self.parameters[reader].default) in wanted
            for reader, wanted in parameter.read_by.items()
            if reader not in self.slots
        )


def load_template(folder: Path) -> Template:
    """Reads `template.yaml` in a template's folder, and checks that the files it names are there."""
    path = folder / FILE
    declared = read(path)
    template = _template(folder, declared)
    for pointer, message in _contradictions(template):
        raise TemplateError(f"{place(path, pointer)}: {message}")
    return template


def find_template(task: str, base: Path) -> Path | None:
    """The folder of a task: a shipped template's name, or a path (with a slash) relative to `base`."""
    folder = base / task if "/" in task else asset("templates", task)
    return folder if (folder / FILE).is_file() else None


def template_names() -> list[str]:
    """The names of the templates that are shipped."""
    return sorted(path.parent.name for path in asset("templates").glob(f"*/{FILE}"))


def _template(folder: Path, declared: Mapping[str, Any]) -> Template:
    need = declared.get("data")
    return Template(
        name=declared["name"],
        folder=folder,
        description=declared["description"],
        data=DataNeed(need["kind"], tuple(need["sources"])) if need else None,
        train=declared["train"],
        evaluate=declared.get("evaluate"),
        shared=tuple(declared.get("shared", ())),
        preload=tuple(declared.get("preload", ())),
        steps=declared.get("steps"),
        selects=declared.get("selects"),
        slots=MappingProxyType({name: _slot(name, slot) for name, slot in declared.get("slots", {}).items()}),
        inputs=MappingProxyType({name: _said(one) for name, one in declared.get("inputs", {}).items()}),
        input_kinds=MappingProxyType(
            {name: one["takes"] for name, one in declared.get("inputs", {}).items() if isinstance(one, Mapping)}
        ),
        parameters=MappingProxyType({name: _parameter(name, p) for name, p in declared["parameters"].items()}),
        metrics=MappingProxyType({name: _metric(name, metric) for name, metric in declared["metrics"].items()}),
        requirements=tuple(declared.get("requirements", ())),
        network=declared.get("network", "none"),
        gpus=declared.get("gpus", "one"),
        cache=declared.get("cache", False),
        predictions=declared.get("predictions", False),
    )


def _said(declared: str | Mapping[str, str]) -> str:
    return declared if isinstance(declared, str) else declared["description"]


def _slot(name: str, slot: Mapping[str, Any]) -> Slot:
    given = {key: MappingProxyType(dict(slot.get(key, {}))) for key in ("choices", "unseeded")}
    return Slot(name=name, **{**slot, "arguments": tuple(slot["arguments"]), **given})


def _parameter(name: str, declared: Mapping[str, Any]) -> Parameter:
    default = declared.get("default")
    return Parameter(
        name=name,
        type=declared["type"],
        default=tuple(default) if isinstance(default, list) else default,
        description=declared["description"],
        optional=declared.get("optional", False),
        min=declared.get("min"),
        max=declared.get("max"),
        min_items=declared.get("min_items", 0),
        choices=tuple(declared["choices"]) if "choices" in declared else None,
        required=declared.get("required", False),
        holds=tuple(declared.get("holds", ())),
        fills=tuple(declared.get("fills", ())),
        unseeded=tuple(declared.get("unseeded", ())),
        read_by=MappingProxyType({name: tuple(values) for name, values in declared.get("read_by", {}).items()}),
    )


def _metric(name: str, metric: Mapping[str, Any]) -> MetricDeclaration:
    low, high = metric.get("range", (None, None))
    return MetricDeclaration(name, metric["goal"], (low, high), metric["description"], metric.get("of"))


def _contradictions(template: Template) -> Iterator[tuple[tuple[str, ...], str]]:
    """What a schema can't say, each with the place of the culprit."""
    yield from _missing_files(template)
    if template.evaluate and template.data is None:
        yield ("evaluate",), "it measures on data, which the template has none of; add `data`, or leave it out"
    metric = (template.selects or "").partition(".")[2]
    if template.selects and metric not in template.metrics:
        yield ("selects",), f"the template has no metric {metric!r}; {nearest(metric, template.metrics)}"
    for slot in template.slots.values():
        if slot.default not in slot.choices:
            yield ("slots", slot.name, "default"), f"no choice {slot.default!r}; {nearest(slot.default, slot.choices)}"
        for choice in slot.unseeded:
            if choice not in slot.choices:
                yield ("slots", slot.name, "unseeded", choice), f"no choice {choice!r}; {nearest(choice, slot.choices)}"
    for parameter in template.parameters.values():
        yield from _contradictions_of(parameter, template)


def _missing_files(template: Template) -> Iterator[tuple[tuple[str, ...], str]]:
    programs = [("train", template.train), *([("evaluate", template.evaluate)] if template.evaluate else [])]
    shared = [("shared", name) for name in template.shared]
    for key, name in [*shared, *programs]:
        folder = template.folder.parent / "shared" if name in template.shared else template.folder
        if not (folder / name).is_file():
            yield (key,), f"there is no file {folder / name}"
    for slot in template.slots.values():
        for choice in slot.choices:
            path = template.folder / slot.name / f"{choice}.py"
            if not path.is_file():
                yield ("slots", slot.name, "choices", choice), f"there is no file {path}"


def _contradictions_of(parameter: Parameter, template: Template) -> Iterator[tuple[tuple[str, ...], str]]:
    name, here = parameter.name, ("parameters", parameter.name)
    if name in RESERVED or name in template.slots or keyword.iskeyword(name):
        yield here, f"{name!r} is taken; give the parameter another name"
    problem = parameter.problem(parameter.default)
    if problem and not parameter.required:
        yield (*here, "default"), f"the default of {name!r} doesn't fit: {problem}"
    for reader, values in parameter.read_by.items():
        place = (*here, "read_by", reader)
        if reader in template.slots:
            known: tuple[object, ...] = tuple(template.slots[reader].choices)
        elif reader in template.parameters:
            known = template.parameters[reader].choices or ()
        else:
            yield place, f"no slot or parameter {reader!r}; {nearest(reader, [*template.slots, *template.parameters])}"
            continue
        for value in values:
            if value not in known:
                yield place, f"{reader!r} has no choice {value!r}; {nearest(str(value), map(str, known))}"
