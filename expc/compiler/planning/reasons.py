"""The trials that a plan asks for, and earlier plans, in; why each would run again out."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from expc.runner.outcome import LOG, TRIALS, broken, header, intact, kept, opened, outcome_file, stated, status
from expc.working import elsewhere, last_row, unended

PLANS = Path("workflow/plans")
Line = Mapping[str, Any]

BEGINNING = re.compile(rb'\{"id":"([^"]+)","seed":(-?\d+),')
"""How expc writes a trial's line: its id, its seed."""

NAMED = 3
"""Changed files before the rest is only counted."""

LONG = 60
"""Characters of a value; a prompt has more."""


class Before(NamedTuple):
    """The trial of an earlier plan in whose place another one is asked for: `change` is what differs, `alike` whether
    that is nothing but what they take from."""

    trial: Line
    change: str
    alike: bool


def reasons(
    name: str, digest: str, top: Line, unfinished: Sequence[Line]
) -> dict[str, tuple[str | None, Before | None]]:
    """Why each trial runs again, None for one that is new; and its form of an earlier plan, if that has a result."""
    found: dict[str, tuple[str | None, Before | None]] = {line["id"]: (_left_behind(line), None) for line in unfinished}
    sought = {key(line): line for line in unfinished}
    there = _folders() if sought else frozenset()
    met: set[bytes] = set()
    for plan in _earlier_plans(name, digest) if there else ():
        seeds = {line["seed"] for line in sought.values()}
        texts = dict.fromkeys(text for text in _with_folders(plan, seeds, there) if text not in met)
        met.update(texts)
        before = header(plan) if texts else {}
        lines = [json.loads(text) for text in texts]
        for old, line in _pairs(before, lines, top, sought):
            if old["id"] != line["id"] and (state := status(old["id"])):
                change = difference(before, old, top, line)
                form = Before(old, change, _alike(before, old, top, line)) if state == "done" else None
                found[line["id"]] = found[line["id"]][0] or change, form
                del sought[key(line)]
    return found


def _pairs(
    before: Line, lines: Sequence[Line], top: Line, sought: Mapping[tuple[Any, ...], Line]
) -> Iterator[tuple[Line, Line]]:
    """An earlier trial, and that which is sought in its place: of the same condition, or else the same in all but its
    levels' names and its program's text. What is found is sought no more."""
    for old in lines:
        if key(old) in sought:
            yield old, sought[key(old)]
    renamed = {content(top, line): key(line) for line in sought.values()} if lines else {}
    for old in lines:
        place = renamed.get(content(before, old))
        if place is not None and place in sought:
            yield old, sought[place]


def _with_folders(plan: str, seeds: Collection[int], there: Collection[str]) -> Iterator[bytes]:
    """The trials of a plan that have a folder and one of the seeds. The others are not even parsed, nor is what a later
    plan has in the same words: nothing is to be learnt of them."""
    with opened(intact(plan)) as lines:
        for text in islice(lines, 1, None) if seeds else ():
            found = BEGINNING.match(text)
            if found is None or (int(found[2]) in seeds and found[1].decode() in there):
                yield text


def _folders() -> frozenset[str]:
    try:
        return frozenset(os.listdir(TRIALS))  # noqa: PTH208  (thousands)
    except OSError:
        return frozenset()


def _alike(top_before: Line, before: Line, top: Line, now: Line) -> bool:
    """Whether nothing differs but which trials they take from: not what they take of them, nor the hardware by which
    a timed trial is named."""
    old, new = ({name: path for name, (_, path) in line["from"].items()} for line in (before, now))
    timed, timing = (header["stages"][now["stage"]].get("timing") for header in (top_before, top))
    taken = [name for name, (trial, _) in now["from"].items() if before["from"].get(name, [None])[0] != trial]
    said = list(_differences(top_before, before, top, now))
    return old == new and timed == timing and bool(taken) and len(said) == len(taken)


def _left_behind(line: Line) -> str | None:
    """What the trial's own folder says."""
    if Path(outcome_file(line["id"])).exists():
        return _unmeasurable(line)
    last = last_row(line["id"])
    if last is None:
        return None
    if unended(last) and (host := elsewhere(last)):
        return f"it was begun on {host}, and may still run there"
    ended = {"done": "its outcome is gone", "failed": "it failed, and is tried again"}
    return ended.get(str(last.get("status")), "it was interrupted, and goes on")


def _unmeasurable(line: Line) -> str:
    """Why an outcome that is there isn't enough."""
    found = stated(outcome_file(line["id"]), line["id"])
    if found is None:
        return f"its outcome is {broken(outcome_file(line['id']), line['id'])}"
    if found["status"] == "cancelled":
        return "what it takes from is run again"
    if any(rule == LOG and not kept(line, rule) for *_, rule in line["evaluate"]):
        return "its log is gone, in which patterns are to be looked for"
    return "a checkpoint that is needed was not kept"


def key(line: Line) -> tuple[Any, ...]:
    seeds = tuple(sorted(line["seeds"].items()))
    return line["stage"], tuple(sorted(line["condition"].items())), line["seed"], seeds, line.get("fold")


def content(top: Line, line: Line) -> str:
    """All that a trial is but the text of its program: what stays when levels get other names. Another method or
    revision is another program."""
    chosen = top["variants"][line["variant"]].get("choices", {})
    told = [line["stage"], chosen, line["params"], line["seed"], line["seeds"], line.get("fold"), line["data"]]
    return json.dumps([*told, line["from"], line.get("inputs", {})], sort_keys=True)


def _earlier_plans(name: str, digest: str) -> list[str]:
    """The plan files of the experiment, other than the plan of this digest, the latest first."""
    found = [path for path in PLANS.glob(f"{name}.*.jsonl") if path.name != f"{name}.{digest}.jsonl"]
    return [str(path) for path in sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)]


def difference(top_before: Line, before: Line, top: Line, now: Line) -> str:
    """What differs between two trials of one condition and seed, in words."""
    return "; ".join(_differences(top_before, before, top, now)) or "expc counts something else in its identity"


def _differences(top_before: Line, before: Line, top: Line, now: Line) -> Iterator[str]:
    old, new = before["params"], now["params"]
    for name in sorted({*old, *new}):
        if name not in old:
            yield f"{name} = {_value(new[name])} is read now"
        elif name not in new:
            yield f"{name} is no longer read"
        elif old[name] != new[name]:
            yield f"{name} {_value(old[name])} → {_value(new[name])}"
    one, other = top_before["variants"][before["variant"]], top["variants"][now["variant"]]
    if one["program"] != other["program"]:
        names = sorted({*one["files"], *other["files"]})
        changed = [name for name in names if one["files"].get(name) != other["files"].get(name)]
        yield f"{_listed(changed) or 'the command, build, files or results of its task'} changed"
    if before["data"] != now["data"]:
        yield f"data {top['data'][now['data']]['name'] if now['data'] else 'none'} changed"
    yield from _circumstances(top_before, before, top, now)
    for name, (trial, _) in now["from"].items():
        if before["from"].get(name, [None])[0] != trial:
            yield f"{name} comes from another trial"


def _circumstances(top_before: Line, before: Line, top: Line, now: Line) -> Iterator[str]:
    """What differs in how and where they run, as far as it decides a result."""
    was_timed, timed = ("timing" in header["stages"][now["stage"]] for header in (top_before, top))
    if was_timed != timed:
        yield "it is timed now, and runs alone" if timed else "it is no longer timed"
    elif timed and _accelerator(before) != _accelerator(now):
        yield f"it is timed on {_accelerator(now)} now, not on {_accelerator(before)}"
    one_by, other_by = _processes(before), _processes(now)
    if one_by != other_by:
        yield f"{one_by} → {other_by} processes"
    yield from (f"input {name} changed" for name in _other_inputs(before, now))
    yield from _surroundings(_environment(top_before, before), _environment(top, now))


def _accelerator(line: Line) -> str:
    return str(line.get("gpu", "some GPU")) if line.get("gpus") else "no GPU"


def _processes(line: Line) -> int:
    found: int = line.get("nodes", 1) * max(line.get("gpus", 0), 1)
    return found


def _environment(top: Line, line: Line) -> Line:
    found: Line = top.get("stages", {}).get(line.get("stage"), {}).get("environment", {})
    return found


def _surroundings(before: Line, now: Line) -> Iterator[str]:
    """What differs in two stages' environments, but for secrets, which decide nothing."""
    one, other = before.get("network", "none"), now.get("network", "none")
    if one != other:
        yield f"network {one} → {other}"
    old, new = before.get("variables", {}), now.get("variables", {})
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield f"variable {name} {_value(old.get(name))} → {_value(new.get(name))}"
    yield from _other_software(before, now)


def _other_software(before: Line, now: Line) -> Iterator[str]:
    for name, what in (("container", "the container"), ("requirements", "what is required")):
        one, other = (stated.get(name, {}).get("identity") for stated in (before, now))
        if one != other:
            yield f"{what} changed" if one and other else f"{what} is {'new' if other else 'gone'}"
    old, new = (" ".join(stated.get("modules", ())) or "none" for stated in (before, now))
    if old != new:
        yield f"modules {old} → {new}"


def _other_inputs(before: Line, now: Line) -> list[str]:
    earlier, given = before.get("inputs", {}), now.get("inputs", {})
    return [name for name in dict.fromkeys((*given, *earlier)) if earlier.get(name) != given.get(name)]


def _listed(names: Sequence[str]) -> str:
    more = [f"and {len(names) - NAMED} more"] if len(names) > NAMED else []
    return " ".join([", ".join(names[:NAMED]), *more])


def _value(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONG else text[: LONG - 1] + "…"
