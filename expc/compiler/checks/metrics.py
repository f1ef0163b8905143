"""Metrics: unknown ones, and such that can't be measured as they are asked for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning.scope import StageScope
from expc.compiler.reading.reported import PREDICTIONS, parts
from expc.errors import nearest
from expc.spec import Pointer, Reference

OF_PROBABILITIES = ("log_loss", "brier", "roc_auc")
COMPUTED = {
    "classes": (
        *("accuracy", "balanced_accuracy", "f1_macro", "f1_micro", "f1_weighted", "precision_macro", "recall_macro"),
        *("mcc", "cohen_kappa", *OF_PROBABILITIES),
    ),
    "numbers": ("mae", "mse", "rmse", "r2"),
}
"""What can be computed from predictions of classes alone, or of numbers alone."""

ELSEWHERE = re.compile(r"(val|valid|validation|dev|train|training|test|eval)[_./-](\w+)")
SPLITS = {"va": "validation", "de": "validation", "tr": "train"}
"""What the beginning of a metric's name says elsewhere; `test` and `eval` have no place in ours."""

SHORT = {"acc": "accuracy", "f1": "f1_macro"}
COMPUTED_SHORT = {
    **dict.fromkeys(("auc", "auroc", "roc", "rocauc"), "roc_auc"),
    **{"precision": "precision_macro", "recall": "recall_macro", "kappa": "cohen_kappa", "brier_score": "brier"},
    **{"bal_acc": "balanced_accuracy", "balanced_acc": "balanced_accuracy", "micro_f1": "f1_micro", "nll": "log_loss"},
}
LESS_IS_BETTER = ("log_loss", "brier", "mae", "mse", "rmse")


def references(context: Context) -> Iterator[tuple[Pointer, bool, StageScope, Reference]]:
    """Every metric that a stage reports: where it stands, whether as a key, whose it is."""
    for stage in context.scope.stages.values():
        mapped = isinstance(context.written(stage.stage.metrics_at), dict)
        for index, metric in enumerate(stage.stage.metrics or ()):
            yield (*stage.stage.metrics_at, metric.text if mapped else index), mapped, stage, metric


def named(text: str) -> tuple[str, str]:
    """The split and the name of a metric in a table or figure."""
    _, split, name, _ = parts(text)
    return split, name


def measures(stage: StageScope, name: str) -> bool:
    """Whether the stage can have such a metric; an own program can have any."""
    return stage.template is None or name in stage.template.metrics


def likely(text: str, known: Collection[str]) -> str:
    """The metric that other tools write so: `val_loss`, `test_acc`; empty if none of `known` (names) is meant."""
    found = ELSEWHERE.fullmatch(text)
    name = SHORT.get(found[2], found[2]) if found else SHORT.get(text, "")
    if name not in known:
        return ""
    split = SPLITS.get(found[1][:2], "") if found else ""
    return f"{split}.{name}" if split else name


def hinted(text: str, known: Collection[str]) -> str:
    """What may have been meant by a metric that there isn't."""
    meant = likely(text, known)
    if not meant:
        return nearest(text, known)
    return f"write {meant}; allowed: {', '.join(known)}"


def _hinted(text: str, known: Collection[str]) -> str:
    """The same, of a template: what it doesn't measure may be computed from what it predicted."""
    compute = COMPUTED_SHORT.get(text.lower(), text.lower())
    if likely(text, known) or not any(compute in names for names in COMPUTED.values()):
        return hinted(text, known)
    goal = "minimize" if compute in LESS_IS_BETTER else "maximize"
    entry = f"{text}: {{from: predictions, compute: {compute}, goal: {goal}}}"
    return f"have it computed, `metrics: {{{entry}, …}}`; measured are {', '.join(known)}"


def computed(metric: Reference) -> bool:
    """Whether it is computed from predictions, when results are collected."""
    return metric.rule is not None and metric.rule.startswith(PREDICTIONS)


def selects_by(metric: Reference) -> tuple[str, str] | None:
    """The split and name that `@best(…)` names."""
    if metric.rule is None or not metric.rule.startswith("best-"):
        return None
    split, _, name = metric.rule.removeprefix("best-").partition(".")
    return split, name


@check("E301", after=NO_TEMPLATE)
def unknown_metric(context: Context) -> Iterator[Finding]:
    for pointer, key, stage, metric in references(context):
        by = selects_by(metric)
        if computed(metric):
            continue
        for name in dict.fromkeys([metric.name, *([by[1]] if by else [])]):
            if stage.template and not measures(stage, name):
                message = f"template {stage.template.name!r} has no metric {name!r}"
                yield Finding(pointer, message, _hinted(name, stage.template.metrics), key=key)


@check("E341", after=NO_TEMPLATE)
def metric_of_something_else(context: Context) -> Iterator[Finding]:
    """A share of right classes where numbers are predicted, or an error of numbers where there are classes."""
    for pointer, key, stage, metric in references(context):
        by = selects_by(metric)
        for name in dict.fromkeys([metric.name, *([by[1]] if by else [])]):
            if stage.template and name in stage.template.metrics and name not in stage.offered and stage.predicted:
                yield Finding(pointer, *_of_something_else(stage, name), key=key)
    for figure in context.scope.spec.figures:
        drawn = context.scope.stages.get(figure.stage) if figure.stage else context.scope.last
        _, name = named(figure.y)
        if drawn and drawn.template and name in drawn.template.metrics and name not in drawn.offered:
            yield Finding((*figure.pointer, "y"), *_of_something_else(drawn, name))


@check("E341", after=NO_TEMPLATE)
def computed_of_something_else(context: Context) -> Iterator[Finding]:
    """The same of predictions. What a language model answers may be either."""
    for pointer, _, stage, metric in references(context):
        need = stage.template.data if stage.template else None
        what = (metric.rule or "").removeprefix(PREDICTIONS)
        of = next((of for of, names in COMPUTED.items() if computed(metric) and what in names), None)
        if of and need and need.kind != "questions" and stage.predicted and of not in stage.predicted:
            message, _ = _of_something_else(stage, what)
            other = COMPUTED["numbers" if of == "classes" else "classes"]
            yield Finding((*pointer, "compute"), message, f"allowed: mean, count, {', '.join(other)}")
        elif need and need.kind == "questions" and computed(metric) and what in OF_PROBABILITIES:
            message = f"{what!r} can't be measured: the score of an answer is not how probable it was found"
            left = [name for names in COMPUTED.values() for name in names if name not in OF_PROBABILITIES]
            yield Finding((*pointer, "compute"), message, f"allowed: mean, count, {', '.join(left)}")


def _of_something_else(stage: StageScope, name: str) -> tuple[str, str]:
    what = "a number to predict, and no class" if "numbers" in stage.predicted else "a class to predict, and no number"
    message = f"{name!r} can't be measured: the data have {what}"
    return message, f"allowed: {', '.join(stage.offered)}"


@check("E312", after=NO_TEMPLATE)
def metric_that_can_not_be_had(context: Context) -> Iterator[Finding]:
    goals: dict[tuple[str, str], str] = {}
    for pointer, key, stage, metric in references(context):
        by = selects_by(metric)
        if metric.goal and goals.setdefault((stage.name, metric.name), metric.goal) != metric.goal:
            message = f"{metric.text}: {metric.name!r} has the other goal further up"
            yield Finding((*pointer, "goal"), message, "a metric has one goal, wherever and whenever it is measured")
        if by and measures(stage, by[1]):
            message, hint = _bad_selection(stage, metric, *by)
            if message:
                yield Finding(pointer, f"{metric.text}: {message}", hint, key=key)
        low, high = metric.range or (None, None)
        if low is not None and high is not None and low > high:
            message = f"{metric.text}: the lowest value, {low}, is above the highest, {high}"
            yield Finding((*pointer, "range"), message, f"write `range: [{high}, {low}]`")


@check("E312", after=NO_TEMPLATE)
def metric_named_twice(context: Context) -> Iterator[Finding]:
    first: dict[tuple[str, str, str, str], str] = {}
    for pointer, key, stage, metric in references(context):
        meant = (stage.name, metric.split, metric.name, metric.rule or stage.default_rule)
        other = first.setdefault(meant, metric.text)
        if other != metric.text:
            message = f"{metric.text}: twice the same metric, which stands further up as {other}"
            yield Finding(pointer, message, "name it once", key=key)


@check("E312", after=NO_TEMPLATE)
def metric_of_no_predictions(context: Context) -> Iterator[Finding]:
    for pointer, key, stage, metric in references(context):
        if not computed(metric):
            continue
        _, split, name, rule = parts(metric.text)
        if rule or split != "test":
            message = f"{metric.text}: predictions have neither steps nor splits"
            yield Finding(pointer, message, f"write `{name}: {{from: predictions, …}}`", key=key)
        if stage.template and not stage.template.predictions:
            message = f"{metric.text}: template {stage.template.name!r} writes no predictions"
            hint = f"take one of the template's own metrics: {', '.join(stage.template.metrics)}"
            yield Finding((*pointer, "from"), message, hint)


@check("E372")
def time_of_predictions(context: Context) -> Iterator[Finding]:
    for pointer, _, _, metric in references(context):
        if computed(metric) and metric.kind == "timing":
            message = f"{metric.text}: what is computed from predictions is no time that a trial took"
            hint = "leave `kind` out: a time is a metric that the program writes itself"
            yield Finding((*pointer, "kind"), message, hint)


def _bad_selection(stage: StageScope, metric: Reference, split: str, name: str) -> tuple[str, str]:
    if stage.template and stage.template.evaluate and split == "test":
        hint = f"select on validation: `{metric.text.partition('@')[0]}@best(validation.{name})`"
        return "test data are read once the model is chosen, not at every step", hint
    if name not in stage.goals:
        return (
            f"nothing says whether a high or a low {name!r} is best",
            f"add to metrics `{split}.{name}: {{goal: minimize}}`",
        )
    return "", ""


@check("E320", after=NO_TEMPLATE)
def program_without_metrics(context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        if stage.program is not None and not stage.metrics:
            message = f"stage {stage.name!r} runs an own program, and nothing says which metrics it writes"
            hint = "add `metrics: {accuracy: {goal: maximize}}`, with the names that the program writes"
            yield Finding(context.task_at(stage.stage), message, hint, key=True)
