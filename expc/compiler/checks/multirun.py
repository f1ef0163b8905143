"""Own programs that sweep by themselves within each trial, where Hydra is told to: out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from expc.compiler.checks.programs import WORD, own_programs, says
from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning.scope import StageScope
from expc.compiler.programs.program import OwnProgram

LONG = re.compile(r"--m(u(l(t(i(r(un?)?)?)?)?)?)?")
"""Hydra's parser takes any beginning of --multirun."""
MODE = re.compile(r"[+]{0,2}hydra[.]mode=['\"]?multirun['\"]?", re.IGNORECASE)
HYDRA = (b"import hydra", b"from hydra")


@check("E380", after=f"{NO_TEMPLATE} E319 E405")
def program_that_sweeps_by_itself(context: Context) -> Iterator[Finding]:
    for stage, program, pointer in own_programs(context):
        for key, line in (("command", program.command), ("resume", program.resume)):
            for at, word in _multirun(line or ""):
                if word == "--multirun" or MODE.fullmatch(word) or _of_hydra(context, stage):
                    place = context.document.located_in((*pointer, key), at)
                    message = f"{word} lets Hydra run a sweep of its own within each trial"
                    hint = f"leave {word} out: each trial is one run, and what is varied stands under `factors`"
                    yield Finding((*pointer, key), message, hint, place=place)


def _multirun(line: str) -> Iterator[tuple[int, str]]:
    """Where a word stands that Hydra, if it is Hydra, takes for multirun. The -m of Python, and of what has a model by
    it, is followed by a name; Hydra's by an override or nothing."""
    words = [*WORD.finditer(line)]
    for index, word in enumerate(words):
        following = words[index + 1][0] if words[index + 1 :] else ""
        flag = word[0] == "-m" and (not following or following[0] in "-{+~" or "=" in following)
        if flag or LONG.fullmatch(word[0]) or MODE.fullmatch(word[0].strip("'\"")):
            yield word.start(), word[0].strip("'\"")


def _of_hydra(context: Context, stage: StageScope) -> bool:
    """Whether the program is made with Hydra, as far as its command and its code tell."""
    if stage.program and "{args:hydra}" in stage.program.command:
        return True
    codes = (found for (name, _), found in context.programs.items() if name == stage.name)
    return any(isinstance(code, OwnProgram) and says(code, HYDRA) for code in codes)
