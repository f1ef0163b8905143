"""Own programs: their command line and its placeholders."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from expc.compiler.checks import Context, Finding, check
from expc.compiler.checks.parameters import assignments
from expc.compiler.scope import StageScope
from expc.errors import nearest
from expc.spec import Pointer

PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
ALWAYS = ("args", "seed", "checkpoint_dir", "trial_dir")


@check("E319", after="E302 E306")
def broken_command(context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        if stage.program is None:
            continue
        pointer = _command(context, stage)
        try:
            words = shlex.split(stage.program.command)
        except ValueError as error:
            yield Finding(pointer, f"the command can't be split into words: {str(error).lower()}", "close the quotation")
            continue
        if not words:
            yield Finding(pointer, "the command is empty", 'write it as in a shell: "python train.py {args}"')
        for word in words:
            yield from _placeholders(context, stage, pointer, word)


def _command(context: Context, stage: StageScope) -> Pointer:
    entry = context.document.value.get("stages", {}).get(stage.name, {})
    return (*stage.stage.pointer, "task", "command") if "task" in entry else ("task", "command")


def _placeholders(context: Context, stage: StageScope, pointer: Pointer, word: str) -> Iterator[Finding]:
    names = parameters_of(context, stage)
    allowed = [*ALWAYS, *(f"from.{name}" for name in stage.stage.takes), *sorted(names)]
    for match in PLACEHOLDER.finditer(word):
        if match[0] in ("{{", "}}"):
            continue
        name = match[1]
        if name is None:
            yield Finding(pointer, f"a lone {match[0]!r} in {word!r}", "write {{ and }} for braces that are meant as such")
        elif name not in allowed:
            hint = nearest(name, allowed) + "; write {{ and }} for braces that are meant as such"
            yield Finding(pointer, f"{{{name}}} is no placeholder of this command", hint)
        elif name == "args" and word != "{args}":
            yield Finding(pointer, f"{{args}} must stand alone, not inside {word!r}", "put spaces around it")


def parameters_of(context: Context, stage: StageScope) -> set[str]:
    """The parameters that the spec gives to a stage."""
    return {name for _, _, name, _, stages in assignments(context) if stage in stages}


def mentioned(stage: StageScope) -> set[str] | None:
    """The parameters that the command names; None if it takes all of them, or none (it reads params.json)."""
    if stage.program is None:
        return None
    found = {match[1] for match in PLACEHOLDER.finditer(stage.program.command) if match[1]}
    named = {name for name in found if name not in ALWAYS and not name.startswith("from.")}
    return None if "args" in found or not named else named
