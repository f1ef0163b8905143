"""The cells of a table in, the sentences that say how many test examples of a data set stand in the training data of
another one, from which a trial learned, out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from expc.report.cells import Cell
from expc.report.experiment import RESULTS, Experiment, Table, Trial
from expc.report.familiar import PER_CENT

SIZE = 8
"""Bytes of a digest, one for each example."""


def overlapping(table: Table, cells: Sequence[Cell], experiment: Experiment) -> Iterator[str]:
    """A sentence for each pair; nothing where the prepared data are gone, or were made before this."""
    counts: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for learned, tested in _pairs(table, cells, experiment):
        names = experiment.data_names[learned], experiment.data_names[tested]
        counts.setdefault(names, []).append(_met(learned, tested))
    for (learned, tested), found in counts.items():
        met, total = (sum(numbers) for numbers in zip(*found, strict=True))
        if met and met * PER_CENT >= total:
            yield (
                f"{met} of the {total} test examples of {tested} are among the training data of {learned}, the same in"
                " all: whoever learned them there by heart has them right."
            )


def _pairs(table: Table, cells: Sequence[Cell], experiment: Experiment) -> dict[tuple[str, str], None]:
    """What trials learned from and what they were tested on, where that isn't one data set, by ids."""
    stage = experiment.stages[table.stage]
    if not any(stage.tests(stage.metric(ref)) for ref in table.metrics):
        return {}
    planned = {trial["id"]: trial for trial in experiment.planned()}
    pairs: dict[tuple[str, str], None] = {}
    for cell in cells:
        for trial in map(planned.__getitem__, cell.trials):
            tested = [data for _, on, data, _ in trial["evaluate"] if on in cell.measured_on]
            pairs |= {(one, other): None for one in _learned(trial, planned) for other in tested if one != other}
    return pairs


def _learned(trial: Trial, planned: Mapping[str, Trial]) -> dict[str, None]:
    """The data of a trial, and of what it takes from."""
    found = {} if trial["data"] is None else {trial["data"]: None}
    for source, _ in trial["from"].values():
        found |= _learned(planned[source], planned) if source in planned else {}
    return found


def _met(learned: str, tested: str) -> tuple[int, int]:
    met, examples = frozenset(_digests(learned, "train")), _digests(tested, "test")
    return sum(one in met for one in examples), len(examples)


def _digests(identity: str, part: str) -> tuple[bytes, ...]:
    try:
        found = (RESULTS / "data" / identity / f"{part}.digests").read_bytes()
    except OSError:
        return ()
    return tuple(found[place : place + SIZE] for place in range(0, len(found), SIZE))
