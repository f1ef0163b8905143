"""Trials that wait in, the code, data and inputs that they wait for out, by what making these said."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from expc.cli.tally import Line
from expc.cli.watching.broke import last_lines
from expc.cli.words import count

Need = tuple[str, str, str]
"""The folder in results/, the id, and the file that is written last."""


class Unmade(NamedTuple):
    """Something that isn't there yet although its rule has said something: mostly, why it failed."""

    what: str
    log: Path
    trials: int

    @property
    def heading(self) -> str:
        return f"{self.what} {_are(self.what)} not there, and {count(self.trials, 'trial')} wait; {self.log} says:"

    @property
    def said(self) -> str:
        return last_lines(self.log)

    def as_json(self) -> dict[str, Any]:
        return {"what": self.what, "log": str(self.log), "said": self.said, "trials": self.trials}


def unmade(workflow: Mapping[str, Any], waiting: Iterable[Line]) -> list[Unmade]:
    """`workflow` is experiments.json. A program's build has a log of its own, which ends what the rule says."""
    wanted: dict[Need, int] = {}
    for trial in waiting:
        for need in dict.fromkeys(_needs(trial)):
            wanted[need] = wanted.get(need, 0) + 1
    return [
        Unmade(_named(workflow, need), log, number)
        for need, number in wanted.items()
        if (log := _log(need)) and not Path("results", *need).exists()
    ]


def _are(what: str) -> str:
    return "are" if what.startswith("the data") else "is"


def _needs(trial: Line) -> Iterator[Need]:
    yield "code", trial["variant"], "variant.json"
    for identity in (trial["data"], *(data for _, _, data, _ in trial["evaluate"])):
        if identity:
            yield "data", identity, "data.json"
    for identity, _ in trial.get("inputs", {}).values():
        yield "inputs", identity, "input.json"


def _log(need: Need) -> Path | None:
    """What the rule has said; None if that is nothing, or it was never started."""
    kind, identity, _ = need
    log = Path("results", kind, f"{identity}.log")
    with contextlib.suppress(FileNotFoundError):  # Snakemake removes it when the rule starts again
        return log if log.is_file() and log.stat().st_size else None
    return None


def _named(workflow: Mapping[str, Any], need: Need) -> str:
    kind, identity, _ = need
    if kind == "code":
        choices = workflow["variants"].get(identity, {}).get("choices") or {}
        words = ", ".join(f"{slot} {choice}" for slot, choice in choices.items())
        return f"the code ({words})" if words else "the code"
    if kind == "inputs":
        return f"the input {workflow['inputs'][identity]['name']}"
    return f"the data {_names(workflow).get(identity, identity)}"


def _names(workflow: Mapping[str, Any]) -> dict[str, str]:
    """Of data sets, by their ids: recipes have none, since two names may mean the same data."""
    from expc.runner.outcome import header, plan_file

    plans = (plan_file(name, stated["plan"]) for name, stated in workflow["experiments"].items())
    return {identity: data["name"] for plan in plans for identity, data in header(plan)["data"].items()}
