"""The project's record of what was accepted in, its rows out; and rows added to it or taken from it.

It lies beside the specs and belongs into version control, which results/ mostly doesn't: whoever has the old results
can have them accepted by it again."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from expc.errors import ExpcError
from expc.runner.forms import TEXT, TEXTS, WHOLE_NUMBER, misfit
from expc.runner.outcome import outcome_file, stated
from expc.runner.written import Damaged, content, damaged, decoded
from expc.whole import write_whole

FILE = Path("accepted.jsonl")
BACK = "take it from version control"
MERGED = "Delete the lines that git put in (<<<<<<<, =======, >>>>>>>): the rows between them count, of both sides"
FORM = {
    "trial": TEXT,
    "from": TEXT,
    "evaluations": {...: TEXT},
    "because": TEXT,
    "change": TEXT,
    "stage": TEXT,
    "condition": {...: TEXT},
    "seed": WHOLE_NUMBER,
    "seeds": {...: WHOLE_NUMBER},
    "follows?": TEXTS,
}
"""Of a row."""


class Accepted(NamedTuple):
    """`trial` has the results of `source`; `evaluations` are its, with those of `source`. `follows` are the trials that
    it takes from, if it was accepted because they were."""

    trial: str
    source: str
    evaluations: Mapping[str, str]
    because: str
    change: str
    stage: str
    condition: Mapping[str, str]
    seed: int
    seeds: Mapping[str, int]
    follows: tuple[str, ...] = ()


def records() -> list[Accepted]:
    """In the order in which they were accepted. ExpcError if the file was damaged, with the line; Damaged if it can't
    be read."""
    if not os.path.lexists(FILE):
        return []
    lines = content(str(FILE), BACK).split(b"\n")
    return [_record(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def accepted(trials: Iterable[str]) -> dict[str, int]:
    """How many of some trials have accepted results, by the reason that was given. Their outcomes must agree: a
    trial that ran again since has its own."""
    rows, mine = records(), set(trials)
    found: dict[str, int] = {}
    for one in rows:
        outcome = stated(outcome_file(one.trial), one.trial) if one.trial in mine else None
        if outcome and outcome.get("accepted"):
            because = str(outcome["accepted"][-1]["because"])
            found[because] = found.get(because, 0) + 1
    return found


def record(new: Sequence[Accepted]) -> None:
    """Add rows; one replaces an earlier one of the same trial."""
    fresh = {one.trial for one in new}
    _write([*(one for one in records() if one.trial not in fresh), *new])


def forget(trials: Collection[str]) -> None:
    _write([one for one in records() if one.trial not in trials])


def _write(rows: Sequence[Accepted]) -> None:
    text = "".join(json.dumps(_said(one), ensure_ascii=False) + "\n" for one in rows)
    if rows:
        write_whole(FILE, text.encode())
    else:
        FILE.unlink(missing_ok=True)


def _said(one: Accepted) -> dict[str, Any]:
    said = one._asdict()
    return {"trial": said.pop("trial"), "from": said.pop("source"), **said}


def _record(number: int, line: bytes) -> Accepted:
    try:
        said = decoded(line, str(FILE), BACK, number)
        if wrong := misfit(said, FORM) or _unknown(said):
            raise damaged(f"{FILE}:{number}", wrong, BACK)
    except Damaged as error:
        advice = MERGED if line.startswith((b"<<<<<<<", b"=======", b">>>>>>>")) else f"Delete the line, or {BACK}"
        raise ExpcError(f"{str(error).partition(chr(10))[0]}\n    {advice}.") from None
    return Accepted(source=said.pop("from"), follows=tuple(said.pop("follows", ())), **said)


def _unknown(said: Mapping[str, Any]) -> str:
    more = sorted(set(said) - {key.rstrip("?") for key in FORM})
    return f"{more[0]!r} is nothing that expc writes" if more else ""
