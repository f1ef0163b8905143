"""Code as a factor: refs that can't be had, patches that don't apply, protected files that differ."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from expc.compiler.checks.parameters import assignments
from expc.compiler.checks.programs import own_programs
from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning.scope import StageScope
from expc.compiler.programs.program import OwnProgram
from expc.compiler.programs.revision import PATCH, REF, Code, PatchError, RevisionError, code_of
from expc.errors import nearest
from expc.spec import Pointer, Value


@check("E347")
def choice_of_code_that_is_none(context: Context) -> Iterator[Finding]:
    for pointer, name, value, stages in assignments(context):
        if name not in (REF, PATCH) or not any(stage.program for stage in stages):
            continue
        fits = value is None or isinstance(value, str) or (name == PATCH and _texts(value))
        if not fits:
            what = "a branch, a tag or a commit" if name == REF else "the file of a patch, or a list of files"
            yield Finding(pointer, f"{name} is {what}, as text", 'write it in quotes: "…"')


def _texts(value: Value) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, str) for item in value)


def _without(context: Context) -> Iterator[tuple[StageScope, Code, RevisionError]]:
    """The codes that stages ask for and can't be had."""
    for (stage, code), found in context.programs.items():
        if isinstance(found, RevisionError):
            yield context.scope.stages[stage], code, found


def _place(context: Context, stage: StageScope, code: Code, names: tuple[str, ...] = (PATCH, REF)) -> Pointer:
    """Where the patches of a code are named, or else its ref, or else the task."""
    for wanted in names:
        for pointer, name, value, stages in assignments(context):
            asked = code_of({name: value})
            same = asked.patches == code.patches if wanted == PATCH else asked.ref == code.ref
            if name == wanted and stage in stages and value is not None and same:
                return pointer
    return context.task_at(stage.stage)


@check("E411", after=f"{NO_TEMPLATE} E319 E347 E405")
def ref_that_can_not_be_had(context: Context) -> Iterator[Finding]:
    for stage, code, error in _without(context):
        if not isinstance(error, PatchError):
            yield Finding(_place(context, stage, code, (REF,) if code.ref else (PATCH,)), str(error), error.hint)


@check("E412", after=f"{NO_TEMPLATE} E319 E347 E405")
def patch_that_does_not_apply(context: Context) -> Iterator[Finding]:
    for stage, code, error in _without(context):
        if isinstance(error, PatchError):
            on = f" (on {code.ref})" if code.ref else ""
            yield Finding(_place(context, stage, code), f"{error}{on}", error.hint)


@check("E349", after=f"{NO_TEMPLATE} E319 E405")
def protected_file_that_is_not_there(context: Context) -> Iterator[Finding]:
    for stage, program, pointer in own_programs(context):
        codes = _read(context, stage)
        protected = {name for code in codes for name in code.extras.get("protect", {})}
        for index, pattern in enumerate(program.protect if codes else ()):
            shapes = (pattern, pattern.removeprefix("**/"))  # here, a star also stands for folders
            if not any(fnmatchcase(name, shape) for name in protected for shape in shapes):
                message = f"no file of the program fits the pattern {pattern!r}, so that nothing would be protected"
                hint = nearest(pattern, sorted({name for code in codes for name in code.files}))
                yield Finding((*pointer, "code", "protect", index), message, hint)


def _read(context: Context, stage: StageScope) -> list[OwnProgram]:
    return [
        found for (name, _), found in context.programs.items() if name == stage.name and isinstance(found, OwnProgram)
    ]


@check("E348", after=f"{NO_TEMPLATE} E319 E347 E405 E411 E412")
def protected_file_that_differs(context: Context) -> Iterator[Finding]:
    for stage, _, _ in own_programs(context):
        codes = {code: found for (name, code), found in context.programs.items() if name == stage.name}
        reference = _reference(context, stage)
        base = codes.get(reference)
        for code, found in codes.items():
            if isinstance(base, OwnProgram) and isinstance(found, OwnProgram):
                yield from _differences(context, stage, (reference, base), (code, found))


def _reference(context: Context, stage: StageScope) -> Code:
    """The code of the baseline, or else the first."""
    wanted = [code for name, code in context.programs if name == stage.name]
    spec = context.scope.spec
    for name, levels in (spec.baseline or {}).items():
        factor = spec.factors.get(name)
        index = factor.index(levels[0]) if factor else None
        if factor and index is not None and factor.levels[index].sets.keys() & {REF, PATCH}:
            asked = code_of({**dict(spec.params), **stage.stage.params, **factor.levels[index].sets})
            return asked if asked in wanted else wanted[0]
    return wanted[0]


def _differences(
    context: Context, stage: StageScope, base: tuple[Code, OwnProgram], other: tuple[Code, OwnProgram]
) -> Iterator[Finding]:
    before, after = (found.extras.get("protect", {}) for _, found in (base, other))
    changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    if changed:
        how = "missing" if changed[0] not in after else "new" if changed[0] not in before else "changed"
        message = f"{changed[0]} is protected, and {how} in {_named(other[0])} (compared with {_named(base[0])})"
        hint = f"leave {changed[0]} as it is there, or take it out of `code.protect`"
        yield Finding(_place(context, stage, other[0]), message, hint)


def _named(code: Code) -> str:
    patches = " and ".join(code.patches)
    if code.ref is None:
        return patches or "the code as it lies in its folder"
    return f"{code.ref} with {patches}" if patches else code.ref
