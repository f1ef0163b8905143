"""A program's log and patterns in, the numbers that the patterns find in its lines, as rows of metrics, out.

Started by the runner as a process of its own, so that a pattern that takes for ever stops nothing else:
`python printed.py LOG BEGIN PATTERNS OUT`, where BEGIN is the byte from which the log counts, PATTERNS
`{"validation.loss": "loss=([0-9.]+)"}` and OUT the file that gets `{"rows": […]}` or `{"problem": "…"}`.
It is standard library only, and imports nothing of ours."""

import json
import os
import re
import signal
import sys
from typing import Any, Dict

LONGEST = 10000
"""Characters of a line that are looked at."""

MOST = 100000
"""Rows of one metric."""

SECONDS = 20
"""Of CPU, for one pattern, over the whole log."""

SPLITS = ("train", "validation", "test")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ENDS = re.compile("[\r\n]")


class Unusable(Exception):  # noqa: N818 - a pattern is unusable, not in error
    """Why a pattern can't be used on this log."""


def main():
    log, begin, patterns, out = sys.argv[1:]
    try:
        wanted = json.loads(patterns).items()
        found: Dict[str, Any] = {
            "rows": [row for name, pattern in wanted for row in scan(name, pattern, log, int(begin))]
        }
    except Unusable as problem:
        found = {"problem": str(problem)}
    with open(out + ".tmp", "w", encoding="utf-8") as file:
        json.dump(found, file)
    os.replace(out + ".tmp", out)


def scan(name, pattern, log, begin):
    """The rows of one metric. The expression engine looks for signals now and then, so that an alarm ends it."""

    def stop(*_):
        raise Unusable(f"the pattern of {name}, {pattern!r}, took more than {SECONDS} s; make it stricter")

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        return rows(name, list(values(name, re.compile(pattern), log, begin)))
    except re.error as error:
        raise Unusable(f"the pattern of {name}, {pattern!r}, is none for this Python: {error}") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def values(name, pattern, log, begin):
    """(step or None, value) of each place that the pattern fits."""
    count = 0
    for line in lines(log, begin):
        for match in pattern.finditer(line):
            count += 1
            if count > MOST:
                raise Unusable(f"the pattern of {name} fits more than {MOST} times; let it fit an epoch's end, say")
            step = number(name, match, "step") if "step" in pattern.groupindex else None
            yield step, number(name, match, value_group(pattern))


def value_group(pattern):
    """The group that holds the value: the one of that name, or the first that has no name."""
    if "value" in pattern.groupindex:
        return "value"
    named = set(pattern.groupindex.values())
    return next((group for group in range(1, pattern.groups + 1) if group not in named), 0)


def number(name, match, group):
    text = match.group(group)
    try:
        return int(text) if re.fullmatch(r"[-+]?[0-9]{1,15}", text or "") else float(text)
    except (TypeError, ValueError):
        what = "its step" if group == "step" else "its value"
        fitted = f"{shown(match.group())}, in which {what}, {shown(text)}, is no number"
        raise Unusable(f"the pattern of {name} fits {fitted}") from None


def shown(text):
    return "nothing" if text is None else repr(text if len(text) <= 60 else text[:57] + "...")


def lines(log, begin):
    """The lines printed since `begin`, without colours; a progress bar's are apart by carriage returns."""
    with open(log, "rb") as file:
        file.seek(begin)
        for rest in iter(lambda: file.readline(1 << 20), b""):
            text = rest.decode(errors="replace")
            for line in ENDS.split(text) if "\r" in text else [text.rstrip("\n")]:
                if line:
                    yield ESCAPES.sub("", line[:LONGEST]) if "\x1b" in line else line[:LONGEST]


def rows(name, found):
    """One match is a final value. Several are steps: as their group `step` says, or counted from 1."""
    split, _, rest = name.partition(".")
    told = {"name": rest, "split": split} if split in SPLITS and rest else {"name": name, "split": "test"}
    if len(found) == 1 and found[0][0] is None:
        return [dict(told, value=found[0][1])]
    return [
        dict(told, value=value, step=count if step is None else step) for count, (step, value) in enumerate(found, 1)
    ]


if __name__ == "__main__":
    main()
