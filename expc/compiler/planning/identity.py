"""What decides a result in, the ids of trials and evaluations out (DESIGN.md, section 4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from expc.compiler.programs.image import deciding
from expc.plan import canonical
from expc.runner.outcome import LOG
from expc.spec import Resources

ID = 16
"""Hexadecimal digits of an id: 64 bits."""

NO_ACCELERATOR = "none"
ANY_ACCELERATOR = "gpu"
"""What timed trials go by where `resources` ask for GPUs of no type."""


class Deciding(NamedTuple):
    """What the trials of a cell have in common; mappings are canonical JSON, as they are hashed."""

    accelerator: str | None
    """Of timed trials alone."""
    data: str | None
    environment: str | None
    """None if it is the usual one."""
    inputs: str | None
    """None if there are none."""
    params: str
    processes: int
    program: str

    def ids(self, takes: Sequence[tuple[str, str, str]], seeds: Sequence[int]) -> Iterator[str]:
        """An id for each seed. It hashes the canonical JSON of accelerator, data, environment, from, inputs, params,
        processes (if there are several), program and seed, in this order; what is None is left out, save data."""
        prefix = hashlib.sha256(self._before_the_seed(takes).encode())
        for seed in seeds:
            hashed = prefix.copy()
            hashed.update(b"%d}" % seed)
            yield hashed.hexdigest()[:ID]

    def _before_the_seed(self, takes: Sequence[tuple[str, str, str]]) -> str:
        stated = [
            f'"accelerator":{canonical(self.accelerator)},' if self.accelerator else "",
            f'"data":"{self.data}",' if self.data else '"data":null,',
            f'"environment":{self.environment},' if self.environment else "",
            f'"from":{canonical({name: where for name, *where in takes}) if takes else "{}"},',
            f'"inputs":{self.inputs},' if self.inputs else "",
            f'"params":{self.params},',
            f'"processes":{self.processes},' if self.processes > 1 else "",
            f'"program":"{self.program}","seed":',
        ]
        return "{" + "".join(stated)


def accelerator(limits: Resources) -> str:
    """The hardware that a timed trial's identity has: the type of its GPUs, or that there are some, or none."""
    return (limits.gpu or ANY_ACCELERATOR) if limits.gpus else NO_ACCELERATOR


def surroundings(environment: Mapping[str, object]) -> str | None:
    """What of an environment decides a result. A secret does not: who asks is not what is answered."""
    found = {name: value for name, value in environment.items() if name in ("network", "variables")}
    found |= deciding(environment)
    return canonical(found) if found else None


def reading_id(patterns: Mapping[str, str]) -> str:
    """Of what patterns find in a trial's log: the same for all trials, in whose folders it lies."""
    return hashlib.sha256(f"{LOG} {canonical(patterns)}".encode()).hexdigest()[:ID]


def evaluation_id(trial: str, evaluator: str | None, data: str, rule: str) -> str:
    return hashlib.sha256(f"{trial} {evaluator} {data} {rule}".encode()).hexdigest()[:ID]
