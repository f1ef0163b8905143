"""What is to be predicted: targets that are no numbers, labels that are hardly meant as classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from expc.compiler.checks.files import is_file
from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.data.labels import hardly_classes, no_number
from expc.data.sources import kinds_given, stated_paths
from expc.spec import Pointer, Source

READ = {"csv", "jsonl"}
"""Sources whose labels can be read here."""
ALIKE = "write them alike in the file, or keep those that are meant: `labels: […]`"


@check("E391", after=f"{NO_TEMPLATE} E401 E402")
def target_that_is_no_number(context: Context) -> Iterator[Finding]:
    for source in _learned(context):
        if source.source == "csv" and "target" in _columns(source):
            for name in stated_paths(source.entry).values():
                odd = no_number(context.base / name, name, source.entry) if is_file(context.base / name) else None
                if odd:
                    message = f"{name}:{odd.line}: target {odd.text!r} is not a finite number"
                    header = f"if this is the header, name the column: `target: {odd.text}`"
                    hint = header if odd.line == 1 else "is it a class? then the column is a `label`, not a `target`"
                    yield Finding(("data", source.name, "columns", "target"), message, hint)
                    break


@check("R019")
def labels_that_are_hardly_classes(context: Context) -> Iterator[Finding]:
    for source in _learned(context):
        name = str(source.entry.get("file", source.entry.get("train")))
        if source.source in READ and "target" not in _columns(source):
            odd = hardly_classes(context.base / name, name, source.entry)
            if odd:
                hint = _of_numbers(source) if odd.are_numbers else ALIKE
                yield Finding(_label_at(source), f"{name}: {odd.words}", hint)


def _learned(context: Context) -> list[Source]:
    """The data that a template of this spec can read."""
    stages = context.scope.stages.values()
    kinds = {stage.template.data.kind for stage in stages if stage.template and stage.template.data}
    return [
        source
        for source in context.scope.spec.data.values()
        if kinds & {"texts", "tables"} & set(kinds_given(source.entry, source.name))
    ]


def _of_numbers(source: Source) -> str:
    if "tables" not in kinds_given(source.entry, source.name):
        return "put them into a few classes: text-classification predicts no numbers"
    return f"what is a number to be predicted is a target: `columns: {{target: {_columns(source)['label']}}}`"


def _label_at(source: Source) -> Pointer:
    return ("data", source.name, *(("columns", "label") if "label" in _columns(source) else ()))


def _columns(source: Source) -> Mapping[str, Any]:
    """As they are written."""
    found: Any = source.entry.get("columns")
    return found or {}
