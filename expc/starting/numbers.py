"""What a program measures in, the lines of a spec that say where its numbers are and what they are called out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from expc.compiler.reference import flow
from expc.spec import CHANGE_ME
from expc.starting.measures import Measures, goal


def results_lines(measured: Measures) -> Iterator[str]:
    """Below `task`."""
    if measured.printed:
        yield "  results:"
        yield "    pattern:    # where its numbers are in what it prints: the group in parentheses is the value"
        yield from (f"      {one.metric}: {_quoted(one.pattern)}" for one in measured.printed)
    elif measured.file:
        yield f"  results: {{file: {flow(measured.file)}}}    # where it leaves its numbers"
    else:
        yield f"  results: {{file: {CHANGE_ME}}}    # it writes no file of numbers yet: see `metrics`"


def metrics_lines(measured: Measures, script: Path) -> Iterator[str]:
    if measured.metrics:
        found = "prints" if measured.printed else "writes"
        yield f"# What it measures, found in what it {found}. Is each `goal` right? `range: [0, 1]` may be added."
        yield "metrics:"
        yield from (f"  {metric}: {{goal: {goal(metric)}}}" for metric in measured.metrics)
    else:
        yield f"# Nothing was found that {script.name} prints or writes and that looks like a number it measured. Add"
        yield "# this at its end, with your numbers, and say `results: {file: metrics.json}` above:"
        yield "#     import json"
        yield '#     with open("metrics.json", "w") as file:'
        yield '#         json.dump({"score": score}, file)'
        yield "# Or let it print them, and write `results: {pattern: {score: 'score: ([-+0-9.e]+)'}}`."
        yield "metrics:"
        yield "  score: {goal: maximize}"
    for note in measured.notes:
        yield from (f"# {line}" for line in f"Note: {note}.".splitlines())


def _quoted(pattern: str) -> str:
    """In single quotes, where YAML takes a backslash for what it is."""
    return "'" + pattern.replace("'", "''") + "'"
