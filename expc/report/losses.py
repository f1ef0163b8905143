"""What was planned and has no value in, the sentences that say why out."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from expc.report.experiment import ON, Experiment, Metric, Stage, Trial
from expc.report.left import (
    computed_by,
    computed_of,
    read_curves_of,
    read_evaluations,
    read_log,
    stated_outcome,
    tested,
)
from expc.report.longform import AGAIN, Measurement
from expc.report.measured import Value, has_row, value
from expc.report.ranges import meant

CAUSES = 8  # that are named one by one
LENGTH = 160  # of a cause, in characters
NAME = 12  # of a trial, in characters
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?", re.IGNORECASE)


def losses(shown: Sequence[Measurement], experiment: Experiment) -> Iterator[str]:
    """How many of the trials that a table shows have no value, and why."""
    statuses = {measurement.trial: measurement.status for measurement in shown}
    empty = [measurement for measurement in shown if measurement.value is None]
    by_status = _by_status(statuses, dict.fromkeys(measurement.trial for measurement in empty))
    total = len(statuses)
    causes = _together(_cause(stated_outcome(trial)) for trial in by_status.get("failed", ()))
    yield from _counted(causes, total, "failed")
    if "cancelled" in by_status:
        yield f"{_of(by_status['cancelled'], total)} cancelled: what it takes from failed."
    if "missing" in by_status:
        yield f"{_of(by_status['missing'], total)} not finished."
    yield from _unmeasured([measurement for measurement in empty if measurement.status == "done"], total, experiment)


def counts(statuses: Mapping[str, str], lost: Iterable[str]) -> Iterator[str]:
    """How many of the trials (status by id) were `lost`, in one sentence."""
    words = {"failed": "failed", "cancelled": "cancelled", "missing": "not finished", "done": "done without a value"}
    by_status = _by_status(statuses, lost)
    said = [f"{len(by_status[status])} {word}" for status, word in words.items() if status in by_status]
    if said:
        yield f"Of {len(statuses)} trials: {', '.join(said)}."


class Gap(NamedTuple):
    """Why a trial that is done has no value. `why` is what it wrote instead, the value, or the cause."""

    kind: Literal["absent", "outside", "empty"]
    metric: str
    why: str


def gaps(empty: Iterable[Measurement], experiment: Experiment) -> Iterator[tuple[str, Gap]]:
    """Each with its trial, in the plan's order. All are of trials that are done, and have no value."""
    wanted: dict[str, list[Measurement]] = {}
    for measurement in empty:
        wanted.setdefault(measurement.trial, []).append(measurement)
    for trial in experiment.planned() if wanted else ():
        stage = experiment.stages[trial["stage"]]
        for measurement in wanted.pop(trial["id"], ()):
            metric = stage.metric(measurement.metric)
            yield (
                trial["id"],
                _untested(measurement, metric, stage, trial)
                if stage.tests(metric)
                else _unwritten(trial, metric, stage, _named_on(measurement, trial, experiment)),
            )


def _untested(measurement: Measurement, metric: Metric, stage: Stage, trial: Trial) -> Gap:
    on = measurement.levels[ON]
    mine = (name for name, data, _, rule in trial["evaluate"] if rule == metric.tested_at and data == on)
    evaluation = read_evaluations(trial).get(next(mine, ""))
    if evaluation is None:  # the trial ran again for another spec
        return Gap("empty", metric.ref, "not evaluated yet; run `snakemake`")
    if evaluation["status"] == "failed":
        return Gap("empty", metric.ref, f"the evaluation failed: {_cause(evaluation)}")
    if metric.computed:
        return _uncomputed(metric, stage, *computed_by(evaluation, trial["id"], metric))
    found = tested(evaluation)
    there = {metric.name: found[metric.name]} if metric.name in found else {}
    return _gap(metric, stage, there, (f"test.{name}" for name in found))


def _named_on(measurement: Measurement, trial: Trial, experiment: Experiment) -> str:
    """What the trial's rows call the data set that it was measured on; its own is empty."""
    on = measurement.levels[ON]
    return "" if on == experiment.own_data(trial) else on


def _unwritten(trial: Trial, metric: Metric, stage: Stage, on: str) -> Gap:
    if metric.computed:
        return _uncomputed(metric, stage, *computed_of(trial["id"], metric, on))
    curves = read_curves_of(trial)
    there = {metric.name: value(curves, metric, stage, on)} if has_row(curves, metric, stage, on) else {}
    read = read_log(trial)
    if not there and read and read["status"] == "failed":
        return Gap("empty", metric.ref, _cause(read))
    wrote = (f"{curve.split}.{curve.name}" + (f" on {curve.on}" if curve.on else "") for curve in curves)
    return _gap(metric, stage, there, wrote)


def _uncomputed(metric: Metric, stage: Stage, found: Value, why: str) -> Gap:
    return Gap("empty", metric.ref, f"{metric.ref}: {why}") if why else _uncounted(metric, stage, found)


def _uncounted(metric: Metric, stage: Stage, found: Value) -> Gap:
    """What has a value, and none in results.csv: outside of its range, or newer than that."""
    if stage.within_range(metric.name, found):
        return Gap("empty", metric.ref, f"{metric.ref} is not in results.csv: {AGAIN}")
    return Gap("outside", metric.ref, repr(found))


def _gap(metric: Metric, stage: Stage, there: Mapping[str, Value], wrote: Iterable[str]) -> Gap:
    """`there` has the metric's value, if it was written at all."""
    if metric.name not in there:
        return Gap("absent", metric.ref, _cut(", ".join(sorted(set(wrote))) or "nothing"))
    found = there[metric.name]
    if found is None:
        return Gap("empty", metric.ref, f"{metric.ref} was not finite")
    return _uncounted(metric, stage, found)


def _unmeasured(empty: Sequence[Measurement], total: int, experiment: Experiment) -> Iterator[str]:
    """Many trials in one sentence for each reason; but each value that can't be."""
    trials: dict[Gap, dict[str, None]] = {}
    for trial, gap in gaps(empty, experiment):
        trials.setdefault(gap, {})[trial] = None
    causes = Counter({gap.why: len(lost) for gap, lost in trials.items() if gap.kind == "empty"})
    yield from _counted(causes, total, "done, without a value")
    for gap, lost in trials.items():
        if gap.kind == "absent":
            has, wrote = ("has", "it wrote") if len(lost) == 1 else ("have", "they wrote")
            yield f"{_of(lost, total)} done and {has} no {gap.metric} ({wrote}: {gap.why})"
    odd = [
        f"{gap.metric} = {gap.why} in trial {_short(trial)}"
        for gap, lost in trials.items()
        if gap.kind == "outside"
        for trial in lost
    ]
    if odd:
        more = f", and {len(odd) - CAUSES} more" if len(odd) > CAUSES else ""
        lie = "1 value lies outside its range" if len(odd) == 1 else f"{len(odd)} values lie outside their ranges"
        yield f"{lie}: {', '.join(odd[:CAUSES])}{more}{_meant(trials, empty, experiment)}"


def _meant(found: Iterable[Gap], empty: Sequence[Measurement], experiment: Experiment) -> str:
    """What values outside of their range may be, if that is the same for all."""
    ranges = experiment.stages[empty[0].stage].ranges
    outside: dict[str, list[float]] = {}
    for gap in found:
        if gap.kind == "outside":
            outside.setdefault(gap.metric, []).append(float(gap.why))
    names = {ref: experiment.stages[empty[0].stage].metric(ref).name for ref in outside}
    hints = {meant(values, ranges[names[ref]]) for ref, values in outside.items()}
    return f" ({hints.pop()})" if len(hints) == 1 and "" not in hints else ""


def _by_status(statuses: Mapping[str, str], lost: Iterable[str]) -> dict[str, list[str]]:
    by_status: dict[str, list[str]] = {}
    for trial in lost:
        by_status.setdefault(statuses[trial], []).append(trial)
    return by_status


def _counted(causes: Counter[str], total: int, what: str) -> Iterator[str]:
    for cause, count in causes.most_common(CAUSES):
        yield f"{count} of {total} trials {what}: {cause}"
    rest = sum(count for _, count in causes.most_common()[CAUSES:])
    if rest:
        yield f"{rest} of {total} trials {what}, of {len(causes) - CAUSES} other causes."


def _together(causes: Iterable[str]) -> Counter[str]:
    """Those that differ in numbers alone are one, in the words of the first."""
    first: dict[str, str] = {}
    return Counter(first.setdefault(NUMBER.sub("#", cause), cause) for cause in causes)


def _of(trials: Collection[str], total: int) -> str:
    return f"{len(trials)} of {total} trials {'is' if len(trials) == 1 else 'are'}"


def _cause(found: Mapping[str, Any] | None) -> str:
    cause = (found or {}).get("cause") or {}
    said = ": ".join(str(cause[part]) for part in ("kind", "detail") if cause.get(part)) or "no cause is known"
    return _cut(" ".join(said.split()))


def _cut(line: str) -> str:
    return line if len(line) <= LENGTH else line[: LENGTH - 1] + "…"


def _short(trial: str) -> str:
    return trial if len(trial) <= NAME else trial[:NAME] + "…"
