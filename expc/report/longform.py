"""An experiment in, the columns of its results.csv and curves.csv out; and their rows, read back."""

import csv
from collections.abc import Iterator, Mapping
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


def results_columns(experiment: Experiment) -> tuple[str, ...]:
    measured = ("status", "marked", "metric", "split", "on", "value")
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
    planned = {
        (trial["id"], *(trial["condition"].get(factor, "") for factor in experiment.factors))
        for trial in experiment.planned()
        if experiment.stages[trial["stage"]].metrics
    }
    if there != planned:
        raise ExpcError(f"{experiment.folder / 'results.csv'} is not of the current plan: {AGAIN}")
    return found


def read_points(experiment: Experiment, stage: str, metric: str) -> Iterator[Point]:
    """The rows of curves.csv that are of this stage and of the metric `split.name`."""
    columns = curves_columns(experiment)
    at = {column: place for place, column in enumerate(columns)}
    trial, status, on, step, value = (at[column] for column in ("trial", "status", "on", "step", "value"))
    for row in _rows(experiment.folder / "curves.csv", columns):
        if row[at["stage"]] == stage and row[at["metric"]] == metric:
            yield Point(row[trial], row[status], row[on], float(row[step]), float(row[value]) if row[value] else None)


def _measurements(experiment: Experiment) -> Iterator[Measurement]:
    columns = results_columns(experiment)
    at = {column: place for place, column in enumerate(columns)}
    seeds = [at["seed"], *(at[f"seed.{stage}"] for stage in experiment.seed_stages), at["fold"]]
    levels = {ON: at["on"], **{factor: at[column(factor)] for factor in experiment.factors}}
    trial, stage, status, marked = (at[column] for column in ("trial", "stage", "status", "marked"))
    metric, value = at["metric"], at["value"]
    for row in _rows(experiment.folder / "results.csv", columns):
        yield Measurement(
            row[trial],
            row[stage],
            row[status],
            row[marked],
            tuple(row[place] for place in seeds),
            {factor: row[place] for factor, place in levels.items()},
            row[metric],
            float(row[value]) if row[value] else None,
        )


def _leading(experiment: Experiment) -> tuple[str, ...]:
    taken = (f"seed.{stage}" for stage in experiment.seed_stages)
    return ("experiment", "stage", "trial", "condition", "seed", *taken, "fold")


def _factors(experiment: Experiment) -> tuple[str, ...]:
    return tuple(column(factor) for factor in experiment.factors)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[list[str]]:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            lines = csv.reader(file)
            if tuple(next(lines, ())) != columns:
                raise ExpcError(f"{path} is of another plan, or of another version of expc: {AGAIN}")
            yield from lines
    except FileNotFoundError as error:
        raise ExpcError(f"nothing has been collected yet ({path} is missing): {AGAIN}") from error
