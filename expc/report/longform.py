"""An experiment in, the columns of its results.csv and curves.csv out; and their rows, read back."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import zip_longest
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from expc.errors import ExpcError
from expc.report.experiment import ON, Experiment

AGAIN = "run `snakemake`, or `expc tables` to build from what is there"


class Measurement(NamedTuple):
    """One value of one trial. `seeds` are its own, those of what it took from, and last its fold, empty if it has
    none; `levels` has `on` and the factors."""

    trial: str
    stage: str
    status: str
    marked: str
    seeds: tuple[str, ...]
    levels: Mapping[str, str]
    metric: str
    value: float | None


class Point(NamedTuple):
    """One step of one curve of one trial."""

    trial: str
    status: str
    on: str
    step: float
    value: float | None


ACCEPTED = "accepted"
"""The column that stands behind `marked` where a trial keeps results across an accepted change: why."""


def results_columns(experiment: Experiment, *, accepted: bool = False) -> tuple[str, ...]:
    measured = ("status", "marked", *([ACCEPTED] if accepted else []), "metric", "split", "on", "value")
    return (*_leading(experiment), *measured, *_factors(experiment))


def curves_columns(experiment: Experiment) -> tuple[str, ...]:
    measured = ("status", "metric", "split", "on", "step", "value")
    return (*_leading(experiment), *measured, *_factors(experiment))


def column(factor: str) -> str:
    """The column of a factor, or of `on`: a factor may have the name of any other column."""
    return factor if factor == ON else f"factor.{factor}"


def read_results(experiment: Experiment) -> list[Measurement]:
    """The rows of results.csv, which must be of the very trials, under the very names, that are planned now."""
    found = list(_measurements(experiment))
    there = {(one.trial, *(one.levels[factor] for factor in experiment.factors)) for one in found}
    planned, own = set(), set()
    for trial in experiment.planned():
        if experiment.stages[trial["stage"]].metrics:
            planned.add((trial["id"], *(trial["condition"].get(factor, "") for factor in experiment.factors)))
            if trial["data"] is None:
                own.add(trial["id"])
    if there != planned:
        raise ExpcError(f"{experiment.folder / 'results.csv'} is not of the current plan: {AGAIN}")
    return _on_all(found, own)


def _on_all(found: list[Measurement], own: Collection[str]) -> list[Measurement]:
    """With a measurement without a value where a trial lacks a data set on which others of its stage were measured.

    That is so of `own` programs: nobody but themselves knows on what they measure."""
    met: dict[tuple[str, str], dict[str, None]] = {}
    there: dict[tuple[str, str], set[str]] = {}
    for one in found:
        if one.trial in own:
            met.setdefault((one.stage, one.metric), {}).setdefault(one.levels[ON])
            there.setdefault((one.trial, one.metric), set()).add(one.levels[ON])
    whole = []
    for one, following in zip_longest(found, found[1:]):
        whole.append(one)
        last = following is None or (following.trial, following.metric) != (one.trial, one.metric)
        if last and one.trial in own:
            lacks = [on for on in met[one.stage, one.metric] if on and on not in there[one.trial, one.metric]]
            whole += [one._replace(levels={**one.levels, ON: on}, value=None) for on in lacks]
    return whole


def measured_somewhere(found: list[Measurement]) -> list[Measurement]:
    """Without a stage's own data where no trial has measured a metric on them, but some have on others."""
    on: dict[tuple[str, str], set[str]] = {}
    for one in found:
        if one.value is not None:
            on.setdefault((one.stage, one.metric), set()).add(one.levels[ON])
    return [one for one in found if one.levels[ON] or "" in on.get((one.stage, one.metric), {""})]


def read_points(experiment: Experiment, stage: str, metric: str) -> Iterator[Point]:
    """The rows of curves.csv that are of this stage and of the metric `split.name`."""
    columns = curves_columns(experiment)
    at = {column: place for place, column in enumerate(columns)}
    trial, status, on, step, value = (at[column] for column in ("trial", "status", "on", "step", "value"))
    path = experiment.folder / "curves.csv"
    for row in _rows(path, columns):
        if row[at["stage"]] == stage and row[at["metric"]] == metric:
            found = _number(path, row, value, trial) if row[value] else None
            yield Point(row[trial], row[status], row[on], _number(path, row, step, trial), found)


def _measurements(experiment: Experiment) -> Iterator[Measurement]:
    columns = results_columns(experiment)
    at = {column: place for place, column in enumerate(columns)}
    seeds = [at["seed"], *(at[f"seed.{stage}"] for stage in experiment.seed_stages), at["fold"]]
    levels = {ON: at["on"], **{factor: at[column(factor)] for factor in experiment.factors}}
    trial, stage, status, marked = (at[column] for column in ("trial", "stage", "status", "marked"))
    metric, value = at["metric"], at["value"]
    path = experiment.folder / "results.csv"
    for row in _rows(path, columns):
        yield Measurement(
            row[trial],
            row[stage],
            row[status],
            row[marked],
            tuple(row[place] for place in seeds),
            {factor: row[place] for factor, place in levels.items()},
            row[metric],
            _number(path, row, value, trial) if row[value] else None,
        )


def _leading(experiment: Experiment) -> tuple[str, ...]:
    taken = (f"seed.{stage}" for stage in experiment.seed_stages)
    return ("experiment", "stage", "trial", "condition", "seed", *taken, "fold")


def _factors(experiment: Experiment) -> tuple[str, ...]:
    return tuple(column(factor) for factor in experiment.factors)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[list[str]]:
    """Without what is said of accepted results, which tables and figures look up themselves."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            lines = csv.reader(file)
            head = next(lines, [])
            left_out = slice(head.index(ACCEPTED), head.index(ACCEPTED) + 1) if ACCEPTED in head else slice(0, 0)
            del head[left_out]
            if tuple(head) != columns:
                raise ExpcError(f"{path} is of another plan, or of another version of expc: {AGAIN}")
            for row in lines:
                del row[left_out]
                if len(row) != len(columns):
                    raise _damaged(path, f"line {lines.line_num} has {len(row)} cells of {len(columns)}")
                yield row
    except FileNotFoundError as error:
        raise ExpcError(f"nothing has been collected yet ({path} is missing): {AGAIN}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _damaged(path, str(error)) from error


def _number(path: Path, row: Sequence[str], column: int, trial: int) -> float:
    with suppress(ValueError):
        found = float(row[column])
        if isfinite(found):
            return found
    raise _damaged(path, f"{row[column]!r} of trial {row[trial]} is no number")


def _damaged(path: Path, what: str) -> ExpcError:
    return ExpcError(f"{path} is damaged ({what}): delete it, and {AGAIN}")
