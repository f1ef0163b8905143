"""Trials that are left in; data that they need, and that are not whole, no longer taken for prepared out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from expc.runner import forms
from expc.runner.written import Damaged, whole


def prepare_anew(trials: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each such data set, whose `data.json` is then gone, so that Snakemake makes it again: repositories
    keep what tables need of it, and not the examples."""
    for identity in dict.fromkeys(needed for trial in trials for needed in _needs(trial)):
        stated = Path("results", "data", identity, "data.json")
        if not stated.exists():
            continue
        try:
            whole(str(stated), "start again", forms.PREPARED)
        except Damaged as problem:
            stated.unlink(missing_ok=True)
            yield f"{str(problem).splitlines()[0]} The data are prepared anew."


def _needs(trial: Mapping[str, Any]) -> Iterator[str]:
    yield from (data for _, _, data, _ in trial["evaluate"] if data)
    yield from [trial["data"]] if trial["data"] else []
