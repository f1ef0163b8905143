"""The programs that commands name, and those that this machine has, in; the names that none has out."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from expc.compiler.checks.programs import own_programs
from expc.compiler.checks.rule import Context, Finding, check
from expc.compiler.meaning.scope import StageScope
from expc.runner.unstarted import absent

HINT = 'mend the name, or install it; if it is only where the trials run, `ignore: {R020: "…"}` says so'


@check("R020")
def program_that_is_not_here(context: Context) -> Iterator[Finding]:
    """Trials run elsewhere at a cluster, and see other programs in a container, or once modules are loaded."""
    for stage, program, pointer in own_programs(context):
        path = None if context.site else _path(context, stage)
        for key, line in (("command", program.command), ("build", program.build)) if path else ():
            words = shlex.split(line or "")
            if words and not {"/", "{"} & set(words[0]) and shutil.which(words[0], path=path) is None:
                message = absent(words[0], path, str(context.base / program.path))
                yield Finding((*pointer, key), f"on this machine {message}", HINT)


def _path(context: Context, stage: StageScope) -> str | None:
    """Where a trial's programs are looked for; None if that can't be known here."""
    stated = stage.stage.environment
    if stated.container or stated.modules or "PATH" in stated.variables or (stated.requirements and not stated.venv):
        return None
    folders = [context.base / stated.venv / "bin"] if stated.venv else []
    return os.pathsep.join([*map(str, folders), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
