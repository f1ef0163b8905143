"""Files that the spec names: whether they are there, and hold what it says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from expc.compiler.checks import Context, Finding, check
from expc.compiler.gather import read_method
from expc.compiler.program import IncludeError, ProgramError, own_program
from expc.compiler.render import check_method
from expc.compiler.scope import StageScope
from expc.compiler.template import Template
from expc.data.sources import check_source
from expc.spec import MethodFile, Source

ROLES = ("file", "train", "validation", "test")


def _kind_problems(context: Context) -> Iterator[tuple[Source, str, tuple[str | int, ...], str, str]]:
    templates = {stage.template.name: stage.template for stage in context.scope.stages.values() if stage.template}
    kinds = {template.data.kind: template.data for template in templates.values() if template.data}
    for source in context.scope.spec.data.values():
        fitting = [kind for kind, data in kinds.items() if source.source in data.sources]
        if not fitting and kinds:
            allowed = sorted({name for data in kinds.values() for name in data.sources})
            names = " and ".join(sorted(template.name for template in templates.values() if template.data))
            yield source, "E402", ("source",), f"{names} can't read {source.source!r}", f"allowed: {', '.join(allowed)}"
        for kind in fitting:
            for pointer, message, hint in check_source(source.entry, kind, context.base, name=source.name):
                missing = pointer and pointer[0] in ROLES and not is_file(context.base / str(source.entry[pointer[0]]))
                yield source, "E401" if missing else "E402", pointer, message, hint


@check("E401", after="E306")
def missing_file(context: Context) -> Iterator[Finding]:
    for source, code, pointer, message, hint in _kind_problems(context):
        if code == "E401":
            yield Finding(("data", source.name, *pointer), message, hint)
    for method in context.scope.spec.methods.values():
        if not is_file(context.base / method.file):
            message = f"there is no file {method.file!r}"
            hint = f"paths are relative to the spec's folder, {_shown(context.base)}"
            yield Finding(("methods", method.name, "file"), message, hint)


def is_file(path: Path) -> bool:
    """As Path.is_file, which raises if a name is too long (Python 3.11)."""
    return os.path.isfile(path)


def _shown(folder: Path) -> str:
    return f"{folder}/" if str(folder) != "." else "the current one"


@check("E402", after="E306")
def data_that_do_not_fit(context: Context) -> Iterator[Finding]:
    for source, code, pointer, message, hint in _kind_problems(context):
        if code == "E402":
            yield Finding(("data", source.name, *pointer), message, hint)


@check("E403", after="E306 E316 E318 E401")
def method_that_can_not_be_used(context: Context) -> Iterator[Finding]:
    """The finding stands in the method's own file."""
    for method in context.scope.spec.methods.values():
        for template in {stage.template.name: stage.template for stage in _with_slot(context, method.slot)}.values():
            yield from _method_findings(context, template, method)


def _with_slot(context: Context, slot: str) -> list[StageScope]:
    return [stage for stage in context.scope.stages.values() if stage.template and slot in stage.template.slots]


def _method_findings(context: Context, template: Template | None, method: MethodFile) -> Iterator[Finding]:
    if template is None:
        return
    path = context.base / method.file
    try:
        method_read = read_method(method, context.base, Path())
    except UnicodeDecodeError as error:
        pointer = ("methods", method.name, "file")
        yield Finding(pointer, f"{method.file!r} is not UTF-8 text: {error.reason} at byte {error.start}", "save it as UTF-8")
        return
    for line, column, message in check_method(template, method_read):
        yield Finding(("methods", method.name, "file"), message, place=(str(path), line, column))


@check("E405", after="E306 E319")
def code_that_is_not_there(context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        if stage.program is None:
            continue
        entry = context.document.value.get("stages", {}).get(stage.name, {})
        pointer = (*stage.stage.pointer, "task") if "task" in entry else ("task",)
        try:
            own_program(stage.program, context.base, context.path)
        except IncludeError as error:
            yield Finding((*pointer, "code", "include"), str(error), "patterns are relative to code.path, as in src/**/*.py")
        except ProgramError as error:
            yield Finding((*pointer, "code", "path"), str(error), "it is relative to the spec's folder")
