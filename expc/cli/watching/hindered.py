"""Snakemake's log while it grows in, what keeps all jobs from beginning out, as soon as it is known, each thing once.

Snakemake submits each job a few times more before it gives up, which may take ten minutes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from expc.cli.watching.broke import jobs, refused

KEPT = 1 << 16
"""Bytes that are read again: what is said of one job stands in several lines, and may be half written."""
AGAIN = "They are submitted again, as often as `retries` in the profile says; to mend it first, interrupt this."


class Hindered:
    """`begun` says whether any trial has: from then on, a job that fails is nothing unusual. What the log holds by now
    is of an earlier start."""

    def __init__(self, log: Path, begun: Callable[[], bool], project: Path = Path()) -> None:
        self.log, self.begun, self.project = log, begun, project
        self.read = self.first = self._size()
        self.told: set[str] = set()

    def news(self) -> str:
        """What has not been said yet; empty if nothing."""
        size = self._size()
        if size == self.read:
            return ""
        with self.log.open("rb") as file:
            file.seek(max(self.first, self.read - KEPT))
            text = file.read().decode(errors="replace")
        self.read = size
        of_jobs = self._new(jobs(text, self.project))
        new = self._new(refused(text)) + ([] if of_jobs and self.begun() else of_jobs)
        return "\n".join([*new, AGAIN]) if new else ""

    def _new(self, found: list[str]) -> list[str]:
        """Which job was the first to say it, and how many have, is nothing new."""
        what = {words.rpartition(" says:\n")[2]: words for words in found}
        new = [words for key, words in what.items() if key not in self.told]
        self.told.update(what)
        return new

    def _size(self) -> int:
        try:
            return self.log.stat().st_size
        except OSError:
            return 0
