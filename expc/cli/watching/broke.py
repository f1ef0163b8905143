"""Snakemake's log in, what the rules that failed said of it out: seldom does anybody need the rest."""

from __future__ import annotations

import re
from pathlib import Path

from expc.cli.words import count

LINES = 12
"""The last lines of a rule's log that are shown."""
TAIL = 25
"""The same of Snakemake's own, where no rule has failed."""
FAILED = re.compile(r">(\S+\.log) 2>&1' returned non-zero")
"""Each of our rules' commands ends so; Snakemake names it when it failed, quiet or not."""
UNKNOWN = re.compile(r"^\S+: error: unrecognized arguments: (.+)$", re.MULTILINE)
"""What Snakemake says of options, before anything has run; what follows on how it is used has pages."""
REFUSED = re.compile(r"SLURM sbatch failed\. The error message was '(.*?)'\.\n", re.DOTALL)
"""What Snakemake's executor says of a job that was never in the queue."""
JOB = re.compile(r"^ *log: (results/\S+/batches/\S+\.log)(?:, (.+\.log))? \(check", re.MULTILINE)
"""The logs of a batch that failed: the runner's, and SLURM's."""
BEGUN = re.compile(r"^job \d+ on .*\n?", re.MULTILINE)
"""What each job's log begins with."""
SOME = 3
"""Of many jobs that ended for different reasons, as many are shown."""


def broke(log: Path, project: Path) -> str:
    """Lines for people: why SLURM took no job, and the logs of rules and jobs that failed, by their paths in the
    project; without them, the end of Snakemake's."""
    text = text_of(log)
    if unknown := UNKNOWN.search(text):
        return f"{unknown[1]}: neither `expc run --help` nor `snakemake --help` has it; what varies stands in the spec"
    failed = [path for path in dict.fromkeys(FAILED.findall(text)) if (project / path).is_file()]
    found = [
        *refused(text),
        *(f"{path} says:\n{last_lines(project / path)}" for path in failed),
        *jobs(text, project),
    ]
    return "\n".join(found) or f"Snakemake ended with an error; {log} holds all it said:\n{_indented(text, TAIL)}"


def refused(text: str) -> list[str]:
    """Why SLURM took no job, each reason once."""
    return [
        f"SLURM refuses jobs:\n{_indented(words, LINES)}\n"
        "`expc doctor --site FILE` tries a job in each partition; what is asked of a partition stands in the site file."
        for words in dict.fromkeys(REFUSED.findall(text))
    ]


def jobs(text: str, project: Path) -> list[str]:
    """What jobs said before they failed, each thing once: mostly, all ended for the same reason."""
    said: dict[str, list[str]] = {}
    for paths in dict.fromkeys(JOB.findall(text)):
        if (project / paths[0]).with_suffix(".done").exists():
            continue  # the next job did what this one left
        words, path = next(((words, path) for path in paths if path and (words := _said(project / path))), ("", ""))
        if words:
            said.setdefault(words, []).append(path)
    return [f"{paths[0]}{_others(paths)} says:\n{_indented(words, LINES)}" for words, paths in [*said.items()][:SOME]]


def _said(log: Path) -> str:
    return BEGUN.sub("", text_of(log)).strip()


def _others(paths: list[str]) -> str:
    more = len(dict.fromkeys(paths)) - 1
    return f", as {count(more, 'other')} did," if more else ""


def last_lines(log: Path) -> str:
    """The end of a rule's log, indented."""
    return _indented(text_of(log), LINES)


def text_of(log: Path) -> str:
    """Nothing if it isn't there; it may have been a moment ago, since Snakemake removes logs."""
    try:
        return log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _indented(text: str, lines: int) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip().splitlines()[-lines:])
