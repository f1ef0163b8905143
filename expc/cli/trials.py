"""Words that a person calls a trial by in, the one trial of the workflow that is meant out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from expc.cli.project import chosen
from expc.cli.select import select
from expc.cli.tally import Line
from expc.errors import ExpcError
from expc.runner.outcome import header, planned


def planned_trials() -> dict[str, Line]:
    """Every trial of the workflow's plans, by its id."""
    return {trial["id"]: trial for plan in chosen(()).values() for trial in planned(plan)}


def words_of(trial: Line) -> Iterator[str]:
    """`stage=train`, `encoder=cnn`, `seed=0`."""
    yield f"stage={trial['stage']}"
    yield from (f"{factor}={level}" for factor, level in trial["condition"].items())
    yield f"seed={trial['seed']}"


def one_trial(words: Sequence[str]) -> tuple[Line, Line]:
    """The header of a plan, and its one trial that the words mean; `select` says how. Raises ExpcError.

    Of several it is the first, if they differ in their seeds alone."""
    found = select(words, planned_trials())
    if len({(one["stage"], *one["condition"].items()) for one in found}) > 1:
        raise ExpcError(_several(found))
    plans = chosen(()).values()
    return next(header(plan) for plan in plans if any(one["id"] == found[0]["id"] for one in planned(plan))), found[0]


def _several(fitting: Sequence[Line]) -> str:
    shown = [f"    {one['id']}  {' '.join(words_of(one))}" for one in fitting[:8]]
    more = [f"    and {len(fitting) - 8} more"] if len(fitting) > 8 else []
    return "\n".join([f"{len(fitting)} trials fit; say more, or name one by its id:", *shown, *more])
