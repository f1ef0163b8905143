"""A compiled experiment in, its rehearsal out: one trial for each condition, of which each takes a step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from expc.compiler.writing.write import Compiled
from expc.plan import encode

Line = Mapping[str, Any]


def rehearse(one: Compiled, limit: int) -> Compiled:
    """The first trial of each condition of each stage, with those that it takes from; `limit` is in seconds.

    The plan says that it is a rehearsal: an environment variable could get into a real run."""
    header, *trials = map(json.loads, one.text.splitlines())
    wanted = _chosen(trials)
    lines = [
        {**header, "on_failure": "report", "try": True},
        *({**trial, "time": min(limit, trial["time"] or limit)} for trial in trials if trial["id"] in wanted),
    ]
    text = "".join(f"{encode(line)}\n" for line in lines).encode()
    return replace(one, text=text, digest=hashlib.sha256(text).hexdigest()[:12])


def _chosen(trials: Iterable[Line]) -> set[str]:
    by_id = {trial["id"]: trial for trial in trials}
    first: dict[tuple[str, str], str] = {}
    for identity, trial in by_id.items():
        first.setdefault((trial["stage"], encode(trial["condition"])), identity)
    wanted: set[str] = set()
    left = list(first.values())
    while left:
        identity = left.pop()
        if identity not in wanted:
            wanted.add(identity)
            left += [source for source, _ in by_id[identity]["from"].values()]
    return wanted
