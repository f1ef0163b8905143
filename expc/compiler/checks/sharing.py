"""Stages of own programs without `reads` in, those that run again for what only another stage reads out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from expc.compiler.checks.programs import LARGEST
from expc.compiler.checks.rigour import handed_over, unread
from expc.compiler.checks.rule import Context, Finding, check
from expc.compiler.meaning.derive import derived, feeding
from expc.compiler.meaning.given import role_of
from expc.compiler.meaning.scope import StageScope, sources
from expc.compiler.programs.program import OwnProgram
from expc.compiler.programs.revision import PATCH, REF

WORD = re.compile(rb"[A-Za-z_][\w-]*")


@check("R026")
def stage_that_runs_again_for_others(context: Context) -> Iterator[Finding]:
    factors, stages = context.scope.spec.factors, list(context.scope.stages.values())
    asked = [stage for stage in stages if stage.program and stage.stage.reads is None and len(stages) > 1]
    silent = unread(context) if asked else []  # R010 speaks of those
    for stage in asked:
        taken = {name for above in stage.above for name in context.scope.stages[above].factors}  # varies it anyway
        varied = [name for name in stage.reads if len(factors[name].levels) > 1 and name not in {*silent, *taken}]
        told = handed_over(context, stage) is not None
        others = [name for name in varied if not _varies(context, stage, name)]
        others = [name for name in others if told or _is_of_another(context, stage, name)]
        if others:
            where = "command doesn't name" if told else "files don't mention"
            left = ", ".join(name for name in stage.reads if name not in others)
            hint = f"write `reads: [{left}]` in stage {stage.name!r}, and it runs once for all of their levels"
            yield _finding(context, stage, others, f"which its {where}", hint)
        elif varied and (same := _shares_its_code(context, stage)):
            why = f"and so does {same!r}, which takes from it and runs the same program"
            only = f"`reads: [{varied[0]}]`"
            hint = f"say which of them it reads, as in {only}: it runs once for all levels of the others"
            yield _finding(context, stage, varied, why, hint)


def _finding(context: Context, stage: StageScope, factors: list[str], why: str, hint: str) -> Finding:
    trials = sum(len(cell.trials) for cell in context.plan.cells if cell.stage == stage.name)
    message = f"stage {stage.name!r} varies with {' and '.join(factors)}, {why}: {trials} trials in all"
    return Finding(stage.stage.pointer, message, hint, key=True)


def _is_of_another(context: Context, stage: StageScope, factor: str) -> bool:
    others = (other for other in context.scope.stages.values() if other is not stage and factor in other.reads)
    return any(_varies(context, other, factor) for other in others)


def _varies(context: Context, stage: StageScope, factor: str) -> bool:
    """Whether a stage's program reads anything that the levels of a factor set, as far as can be told."""
    sets = {name for level in context.scope.spec.factors[factor].levels for name in level.sets}
    if stage.template:
        return any(stage.knows(name) for name in sets)
    if any(role_of(name) for name in sets) or not sets.isdisjoint((REF, PATCH)):
        return True
    named = handed_over(context, stage)
    if named is None:
        words = _words(context, stage)
        formulas = derived(context.scope.spec, stage)
        named = {name for name in (*sets, *formulas) if words is None or _spelled(name) & words}
    return not sets.isdisjoint(feeding(derived(context.scope.spec, stage).values(), named))


def _spelled(name: str) -> set[bytes]:
    """How a program may call a parameter: `model.hidden-size` is `hidden_size` in it."""
    last = name.rpartition(".")[2]
    return {last.encode(), last.replace("-", "_").encode(), last.replace("_", "-").encode()}


def _words(context: Context, stage: StageScope) -> set[bytes] | None:
    """Those of a program's own files, and of its command; None if they can't be looked at."""
    found: set[bytes] = set()
    for code in _codes(context, stage):
        paths = [code.folder / file for file in code.files]
        if not paths or any(path.stat().st_size > LARGEST for path in paths if path.is_file()):
            return None
        for path in filter(lambda one: one.is_file(), paths):
            found.update(WORD.findall(path.read_bytes()))
    return found or None


def _codes(context: Context, stage: StageScope) -> list[OwnProgram]:
    found = [code for (name, _), code in context.programs.items() if name == stage.name]
    return [code for code in found if isinstance(code, OwnProgram)]


def _shares_its_code(context: Context, stage: StageScope) -> str:
    """A stage that takes from this one and is the same program, which hands all parameters to both; or nothing."""
    files = [code.files for code in _codes(context, stage)]
    for other in context.scope.stages.values():
        if other.program and stage.name in sources(other.stage) and handed_over(context, stage) is None:
            theirs = [code.files for code in _codes(context, other)]
            if files and any(files) and files == theirs and handed_over(context, other) is None:
                return other.name
    return ""
