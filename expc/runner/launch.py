"""A script to be started in; the same, or a process of its own, out: warm where that is possible."""

import contextlib
import os
import sys
import time
from dataclasses import replace

from . import pages, warm


class Launch:
    """Imports what scripts need once, when the first of them comes; `forks` says about how many will come;
    `within` is what each is to find read-only but for its own folder, or empty."""

    def __init__(self, say, *, cold, forks=1, within=""):
        self.say, self.cold, self.forks, self.within = say, cold, forks, within
        self.preloaded = {}

    def __call__(self, start):
        start = replace(start, within=self.within)
        if not start.script:
            return start
        if not self.cold and self.ready(start.preload, os.path.dirname(start.script)):
            with contextlib.suppress(OSError, SyntaxError, ValueError):  # the trial meets it, too, and says so
                warm.look_beside(start.script)
            return start
        return replace(start, script="", command=(sys.executable, start.script))

    def ready(self, modules, code):
        if modules not in self.preloaded:
            began = time.monotonic()
            problem = warm.preload(modules, code)
            self.preloaded[modules] = problem is None
            if problem:
                self.say(
                    f"can't import {', '.join(modules)} once for all ({problem}): each trial starts as its own process"
                )
            elif modules:
                if self.forks >= pages.WORTH:
                    pages.collapse()
                self.say(f"imported once for all: {', '.join(modules)} in {time.monotonic() - began:.1f} s")
        return self.preloaded[modules]
