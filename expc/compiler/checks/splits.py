"""Splits and folds: parts that are there already, groups that are not, and models that belong to no fold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning.scope import StageScope
from expc.compiler.meaning.settings import resolved
from expc.compiler.meaning.splits import SPLIT, folds
from expc.data.sources import fault_of_group, has_groups, parts_given, predicted_among_features, predicts_numbers
from expc.spec import Source


def _stated(context: Context) -> Iterator[tuple[Source, Mapping[str, Any]]]:
    for source in context.scope.spec.data.values():
        split = source.entry.get("split")
        if isinstance(split, Mapping):
            yield source, split


@check("E339", after="E401 E402")
def split_of_what_is_there(context: Context) -> Iterator[Finding]:
    for source, split in _stated(context):
        given = parts_given(source.entry, context.base)
        at = ("data", source.name, "split")
        if given >= {"train", "validation", "test"}:
            message = f"data set {source.name!r} comes with training, validation and test data: nothing is split"
            yield Finding(at, message, "leave `split` out, or name one `file` with all examples", key=True)
            continue
        for key in ("test", "folds", "validation"):
            part = "validation" if key == "validation" else "test"
            if key in split and part in given:
                message = f"data set {source.name!r} comes with {part} data, which `{key}` would make"
                yield Finding((*at, key), message, f"leave `{key}` out, or name one `file` with all examples", key=True)
        if not {"folds"} & set(split) and not {"test", "validation"} & given:
            test, validation = (split.get(part, SPLIT[part]) for part in ("test", "validation"))
            if test + validation >= 1:
                message = f"test {test:g} and validation {validation:g} leave no example to learn from"
                where = (*at, "test") if "test" in split else (*at, "validation")
                yield Finding(where, message, "together they must be less than 1")


@check("E340", after="E401 E402")
def groups_that_are_not_there(context: Context) -> Iterator[Finding]:
    for source, split in _stated(context):
        if "group" not in split:
            continue
        at = ("data", source.name, "split", "group")
        if not has_groups(source.entry):
            message = f"`source: {source.source}` has no columns, so that none can say which examples belong together"
            yield Finding(at, message, "leave `group` out, or write the examples as a CSV file", key=True)
            continue
        if split["group"] in [context.written(("data", source.name, "columns", key)) for key in ("label", "target")]:
            message = "the examples of each label would all be on one side of the split"
            yield Finding(at, message, "name a column such as the patient, the author or the machine")
            continue
        fault = fault_of_group(split["group"], source.entry, context.base)
        if fault:
            yield Finding(at, *fault)


@check("E376", after=f"{NO_TEMPLATE} E401 E402")
def learned_from_what_is_predicted(context: Context) -> Iterator[Finding]:
    templates = [stage.template for stage in context.scope.stages.values() if stage.template]
    tables = any(template.data and template.data.kind == "tables" for template in templates)
    for source in context.scope.spec.data.values() if tables else ():
        for index in predicted_among_features(source.entry, context.base):
            at = ("data", source.name, "columns", "features", index)
            aim = "label" if context.written((*at[:3], "target")) is None else "target"
            message = f"column {context.written(at)!r} is the {aim}: who learns from it has nothing left to predict"
            yield Finding(at, message, "take it out of `features`; without `features`, all other columns are read")


@check("E340", after="E401 E402")
def classes_where_there_are_none(context: Context) -> Iterator[Finding]:
    for source, split in _stated(context):
        if split.get("stratify") == "label" and predicts_numbers(source.entry, source.name):
            message = f"data set {source.name!r} has a number to predict, so that there are no classes"
            at = ("data", source.name, "split", "stratify")
            yield Finding(at, message, "leave `stratify` out")
    for source in context.scope.spec.data.values():
        if "labels" in source.entry and predicts_numbers(source.entry, source.name):
            message = f"data set {source.name!r} has a number to predict, so that there are no labels"
            yield Finding(("data", source.name, "labels"), message, "leave `labels` out", key=True)


LOOKED_UP = f"{NO_TEMPLATE} E302 E303 E304 E305 E307 E310 E311 E315 E317 E322"
"""After these, nobody knows which condition learns from what."""


@check("E373", after=f"{LOOKED_UP} E339")
def validation_data_that_are_needed(context: Context) -> Iterator[Finding]:
    without = [
        source.name
        for source, split in _stated(context)
        if split.get("validation") == 0 and "validation" not in parts_given(source.entry, context.base)
    ]
    for stage in context.scope.stages.values() if without else ():
        purpose = _on_validation(context, stage)
        for name in without if purpose else ():
            if name in _learned_from(context, stage):
                message = f"{purpose}, and data set {name!r} is split without any"
                hint = "give a fraction, such as 0.1, or leave `validation` out"
                yield Finding(("data", name, "split", "validation"), message, hint)


def _on_validation(context: Context, stage: StageScope) -> str:
    """What a stage needs validation data for; empty if it doesn't."""
    if stage.template is None or stage.template.data is None:
        return ""
    if stage.template.selects and not stage.template.fits_once:
        return f"template {stage.template.name!r} chooses the step of its models on validation data"
    for metric in stage.metrics:
        if metric.split == "validation":
            return f"the metric {metric.text!r} is measured on validation data"
    for view in (*context.scope.spec.tables, *context.scope.spec.figures):
        if view.select and (view.stage or context.scope.last.name) == stage.name:
            return f"{view.name!r} selects {', '.join(view.select)} on validation data"
    return ""


def _learned_from(context: Context, stage: StageScope) -> set[str]:
    """The data sets that some condition of a stage learns from."""
    return {str(params["dataset"]) for _, params, _ in resolved(context.scope, stage, context.conditions)}


@check("E342", after=LOOKED_UP)
def measured_on_folds_of_others(context: Context) -> Iterator[Finding]:
    found = context.folds
    for stage in context.scope.stages.values() if found else ():
        assert found is not None
        counts = {name: folds(context.scope.spec.data[name]) for name in stage.stage.evaluate}
        for index, name in enumerate(stage.stage.evaluate if stage.template else ()):
            others = {have for have in found.counts[stage.name].values() if have != counts[name]}
            if counts[name] is not None and others:
                has = "no folds" if None in others else f"{max(filter(None, others))} folds"
                message = (
                    f"data set {name!r} has {counts[name]} folds, and some models of stage {stage.name!r} learn from "
                    f"data with {has}: which fold to measure them on is not known"
                )
                hint = "add an entry of these data without `folds`, and measure on that"
                yield Finding((*stage.stage.evaluate_at, index), message, hint)


@check("E343", after=LOOKED_UP)
def stages_with_other_folds(context: Context) -> Iterator[Finding]:
    found = context.folds
    for name, (one, other) in (found.clashes if found else {}).items():
        stage = context.scope.stages[name].stage
        message = f"stage {name!r} joins data with {one} folds and data with {other}, and a trial has one fold"
        hint = "give the data sets the same numbers of `folds` and `repeat`, or split one of them once"
        yield Finding((*stage.pointer, "from"), message, hint, key=True)


@check("E392", after=LOOKED_UP)
def measured_on_classes_that_nobody_learned(context: Context) -> Iterator[Finding]:
    """As far as `labels` say it; what the files say is seen when a model meets them."""
    for stage in context.scope.stages.values():
        if stage.stage.evaluate and stage.template and stage.template.data:
            learned = sorted(_learned_from(context, stage))
            for index, name in enumerate(stage.stage.evaluate):
                found = next(filter(None, (_strange(context, name, other) for other in learned)), None)
                if found:
                    yield Finding((*stage.stage.evaluate_at, index), *found)


def _strange(context: Context, name: str, learned: str) -> tuple[str, str] | None:
    """What a model of one data set has no output for in another, and what to do about it."""
    has, knows = (_labels(context.scope.spec.data[one]) for one in (name, learned))
    strange = [label for label in has if label not in knows]
    if not strange or not knows:
        return None
    message = f"a model that learns from {learned!r} doesn't know {_classes(strange)} of {name!r}"
    return message, f"learn from data with all classes, or keep those of {learned!r}: `labels: [{', '.join(knows)}]`"


def _classes(labels: list[str]) -> str:
    return f"class {labels[0]}" if len(labels) == 1 else f"the classes {', '.join(labels)}"


def _labels(source: Source) -> list[str]:
    stated: Any = source.entry.get("labels", ())
    return [str(label) for label in stated]
