"""A template in, a first spec for it out, with every parameter and what it does; and the data that it starts with."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from expc.compiler.reference import flow
from expc.compiler.templates.parameter import Parameter
from expc.compiler.templates.template import Slot, Template
from expc.errors import ExpcError
from expc.spec import CHANGE_ME

LEVELS = 2
"""Choices of a slot that are compared at first; the others stand in a comment."""

BEST = "    # of the test split, at the step that is best on validation"

PLACEHOLDERS = {"model": "ollama/llama3"}
"""Values to begin with of parameters that a spec must set."""

SEEDS = "seeds: 3    # every condition with the seeds 0, 1 and 2"
ONE = "seeds: 1    # at temperature 0 nothing is drawn; with another temperature, 5 show how far answers vary"
FOLDS = "# Every condition on five folds (`split`): seeds change nothing where a model draws nothing at random."

STEPS = "Think step by step, and end with the answer alone.\n\n{question}\n"
GOOD = ("warm", "funny", "gripping", "tender", "clever", "honest")
BAD = ("dull", "clumsy", "endless", "shallow", "noisy", "cold")
WHAT = ("film", "story", "comedy", "portrait", "debut")


@dataclass(frozen=True)
class Data:
    """An entry of `data`, words on it, and the files that must lie beside the spec for it."""

    name: str
    entry: str
    words: str
    files: Mapping[str, str]
    factor: tuple[str, list[object]] | None = None
    """What a first spec varies, where it isn't the template's first choice."""
    repeated: str = SEEDS
    """How often each condition is tried."""
    metrics: tuple[str, ...] = ()
    """Those that these data have, where it isn't all of them."""


def template_spec(template: Template, task: str, name: str, header: str) -> tuple[str, Mapping[str, str]]:
    """The spec's text, and the content of the files that it names. `task` is what the spec calls the template."""
    data = _data(template) if template.data else None
    factor, levels, others = (*data.factor, []) if data and data.factor else _factor(template)
    metrics = list(data.metrics if data and data.metrics else template.metrics)
    lines = [
        header,
        f"# {textwrap.shorten(template.description, 110)}",
        "# `expc check` says what is wrong with this file, `expc try` takes a step of everything, `expc run` runs it.",
        "expc: 1",
        f"name: {flow(name)}    # names results/{name}",
        f"question: Does the {factor} make a difference?    # what you want to know",
        f"task: {task}",
        "",
        *([*_wrapped(data.words), "data:", f"  {data.name}: {data.entry}", ""] if data else []),
        "# What varies; factors are crossed. A list gives the values of the parameter that has the factor's name.",
        "factors:",
        f"  {factor}: {flow(levels)}" + (f"    # also: {', '.join(others)}" if others else ""),
        f"baseline: {flow({factor: levels[0]})}    # what the others are compared with",
        "",
        *_params(template, factor),
        *(["environment: {network: host}    # it talks to a server", ""] if template.network == "host" else []),
        data.repeated if data else SEEDS,
        "",
        f"metrics: {flow(metrics)}" + (BEST if template.selects else ""),
        "tables:",
        f"  main: {{rows: {factor}, metric: {metrics[0]}}}",
        *_figure(template, factor),
    ]
    return "\n".join(lines) + "\n", data.files if data else {}


def _data(template: Template) -> Data:
    """Data that are there at once, and are of the kind that the template reads."""
    assert template.data is not None
    kind, sources = template.data.kind, template.data.sources
    if kind == "images" and "sklearn" in sources:
        words = "scikit-learn's handwritten digits, 8 × 8 pixels."
        return Data("digits", "{source: sklearn}", words, {})
    if kind == "texts" and "csv" in sources:
        words = "Sixty made-up sentences, to begin with. Put your own file in their place: a text and a label a line."
        entry = "{source: csv, file: data/sentences.csv, columns: {text: text, label: label}}"
        return Data("sentences", entry, words, {"data/sentences.csv": _sentences()})
    if kind == "tables" and "sklearn" in sources:
        words = "A set that comes with scikit-learn. `expc explain E402` says what else a data set can be."
        entry = "{source: sklearn, split: {folds: 5}}"
        return Data("wine", entry, words, {}, repeated=FOLDS, metrics=("accuracy", "f1_macro", "loss"))
    if kind == "questions":
        words = "Twelve sums, to begin with. Put your own file in their place: a question and its answer a line."
        files = {"data/questions.jsonl": _questions(), "prompts/plain.txt": "{question}\n", "prompts/steps.txt": STEPS}
        prompts: list[object] = ["prompts/plain.txt", "prompts/steps.txt"]
        entry = "{source: questions, file: data/questions.jsonl}"
        return Data("questions", entry, words, files, ("prompt", prompts), repeated=ONE)
    raise ExpcError(
        f"`expc init` knows no data to begin with for {template.name}, which reads {kind}; write the spec by hand: "
        "docs/language.md says how, and examples/ has some"
    )


def _sentences() -> str:
    rows = [
        f"a {adjective} and {second} {what},{label}"
        for label, words in (("positive", GOOD), ("negative", BAD))
        for (adjective, second), what in product(zip(words, [*words[1:], words[0]], strict=True), WHAT)
    ]
    return "\n".join(["text,label", *rows]) + "\n"


def _questions() -> str:
    sums = product((17, 25, 38), (9, 14, 46, 77))
    return "".join(f'{{"question": "What is {one} plus {two}?", "answer": "{one + two}"}}\n' for one, two in sums)


def _factor(template: Template) -> tuple[str, list[object], list[str]]:
    """A factor to begin with, its levels, and other values: a slot's choices if there is one with several."""
    for slot in template.slots.values():
        if len(slot.choices) > 1:
            choices = [slot.default, *(choice for choice in slot.choices if choice != slot.default)]
            return slot.name, list(choices[:LEVELS]), choices[LEVELS:]
    for parameter in template.parameters.values():
        if parameter.choices and len(parameter.choices) > 1:
            choices = [str(choice) for choice in parameter.choices]
            return parameter.name, list(parameter.choices[:LEVELS]), choices[LEVELS:]
    for parameter in template.parameters.values():
        if isinstance(parameter.default, float) and parameter.default:
            smaller = parameter.default / 10
            if parameter.min is None or smaller >= parameter.min:
                return parameter.name, [parameter.default, smaller], []
    raise ExpcError(f"template {template.name} has no slot, choice or rate that a first spec could vary")


def _params(template: Template, factor: str) -> Iterator[str]:
    yield "# Held constant. Behind # stand the template's other parameters, with the values that they have if left out."
    rows: list[tuple[str, object, str, bool]] = [
        (slot.name, slot.default, _of_slot(slot), False) for slot in template.slots.values()
    ]
    rows += [(one.name, _plain(one), _words(one), one.required) for one in template.parameters.values()]
    rows = [row for row in rows if row[0] != factor]
    if not rows:
        return
    live = {name for name, _, _, required in rows if required} or {rows[0][0]}
    width = min(34, max(len(f"{name}: {flow(value)}") for name, value, _, _ in rows))
    yield "params:"
    for name, value, words, _ in rows:
        sign = "  " if name in live else "  # "
        yield f"{sign}{f'{name}: {flow(value)}':<{width}}  # {textwrap.shorten(words, 110, placeholder=' …')}"


def _of_slot(slot: Slot) -> str:
    return f"{slot.description} One of: {', '.join(slot.choices)}; or a method's name."


def _plain(parameter: Parameter) -> object:
    if parameter.required:
        return PLACEHOLDERS.get(parameter.name, CHANGE_ME)
    return list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default


def _words(parameter: Parameter) -> str:
    choices = f" One of: {', '.join(map(str, parameter.choices))}." if parameter.choices else ""
    only = " and ".join(f"{reader} {'/'.join(map(str, values))}" for reader, values in parameter.read_by.items())
    return parameter.description + choices + (f" Only with {only}." if only else "")


def _figure(template: Template, factor: str) -> Sequence[str]:
    if template.steps not in ("epoch", "step"):
        return []
    return ["figures:", f"  curves: {{x: {template.steps}, y: {template.selects}, color: {factor}}}"]


def _wrapped(words: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(words, 114)]
