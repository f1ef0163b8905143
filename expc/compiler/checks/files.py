"""Files that the spec names: whether they are there, and hold what it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from expc.compiler.checks.parameters import assignments, undeclared
from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning import texts
from expc.compiler.meaning.scope import StageScope
from expc.compiler.planning.gather import read_method
from expc.compiler.templates.fitting import check_method
from expc.compiler.templates.template import Parameter, Template
from expc.data.sources import check_source, kinds_given, names_folder, stated_paths
from expc.spec import MethodFile, Pointer, Source, level_name

POINTER = b"version https://git-lfs.github.com/spec/"
"""What such a file begins with."""


@check("E401")
def missing_file(context: Context) -> Iterator[Finding]:
    for source in context.scope.spec.data.values():
        for pointer, name in _missing(context, source).items():
            yield missing_at(context, ("data", source.name, *pointer), name, folder=names_folder(source.entry))
    for method in context.scope.spec.methods.values():
        if not is_file(context.base / method.file):
            yield missing_at(context, ("methods", method.name, "file"), method.file)
    for place, _, name in _texts(context):
        if not is_file(context.base / name):
            yield missing_at(context, place, name)


@check("E353", after=f"{NO_TEMPLATE} E310")
def text_that_can_not_be_used(context: Context) -> Iterator[Finding]:
    templates = [stage.template for stage in context.scope.stages.values() if stage.template]
    declared = [parameter for template in templates for parameter in template.parameters.values()]
    filled = {text: one.name for one in declared for text in (*one.holds, *one.fills)}
    for pointer, parameter, name in _texts(context):
        path = context.base / name
        message, hint = texts.problem(parameter, path, filled) if is_file(path) else ("", "")
        if message:
            yield Finding(pointer, f"{name!r} {message}", hint)


def _texts(context: Context) -> Iterator[tuple[Pointer, Parameter, str]]:
    """The files that parameters name, and where."""
    for pointer, name, value, stages in assignments(context):
        declared = (stage.template.parameters.get(name) for stage in stages if stage.template)
        parameter = next((one for one in declared if one and one.is_file), None)
        if parameter and isinstance(value, str):
            yield pointer, parameter, value


def is_file(path: Path) -> bool:
    """False where Path.is_file raises: if a name is too long."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_whole(path: Path) -> bool:
    """A file, and no pointer: of what git-lfs keeps, a clone without git-lfs has the name and the size."""
    if not is_file(path):
        return False
    try:
        with path.open("rb") as file:
            return file.read(len(POINTER)) != POINTER
    except OSError:  # other checks say that it can't be read
        return True


def is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _missing(context: Context, source: Source) -> dict[tuple[str, ...], str]:
    there = is_folder if names_folder(source.entry) else is_whole
    return {pointer: name for pointer, name in stated_paths(source.entry).items() if not there(context.base / name)}


def missing_at(context: Context, pointer: Pointer, name: str, *, folder: bool = False) -> Finding:
    shown = name if len(name) <= 200 else f"{name[:200]}…"
    if not folder and is_folder(context.base / name):
        return Finding(pointer, f"{shown!r} is a folder, and a file is meant", "name the file in it")
    if folder and is_file(context.base / name):
        return Finding(pointer, f"{shown!r} is a file, and a folder is meant", "name the folder that holds the data")
    if not folder and is_file(context.base / name):
        return Finding(pointer, f"{shown!r} is a pointer of git-lfs, and not the file", "`git lfs pull` fetches it")
    around = f"{context.base}/" if str(context.base) != "." else "the current one"
    wanted = "folder" if folder else "file"
    return Finding(pointer, f"there is no {wanted} {shown!r}", f"paths are relative to the spec's folder, {around}")


@check("E402", after=NO_TEMPLATE)
def data_that_do_not_fit(context: Context) -> Iterator[Finding]:
    templates = {stage.template.name: stage.template for stage in context.scope.stages.values() if stage.template}
    needs = {template.data.kind: template.data.sources for template in templates.values() if template.data}
    for source in context.scope.spec.data.values():
        kinds = [kind for kind, sources in needs.items() if source.source in sources]
        if needs and not kinds:
            names = " and ".join(sorted(name for name, template in templates.items() if template.data))
            allowed = sorted({name for sources in needs.values() for name in sources})
            message = f"{names} can't read data of `source: {source.source}`"
            yield Finding(("data", source.name, "source"), message, f"allowed: {', '.join(allowed)}")
        missing = _missing(context, source)
        if any(is_file(context.base / name) for name in missing.values()):
            continue  # a pointer of git-lfs says nothing of columns
        for kind in [kind for kind in kinds if kind in kinds_given(source.entry, source.name)] or kinds:
            for pointer, message, hint in check_source(source.entry, kind, context.base, name=source.name):
                if pointer not in missing:
                    yield Finding(("data", source.name, *pointer), message, hint)


@check("E402", after=f"{NO_TEMPLATE} E305")
def data_that_a_stage_can_not_read(context: Context) -> Iterator[Finding]:
    """Where templates that read different kinds of data stand in one spec."""
    stages = context.scope.stages.values()
    readable = {
        source for stage in stages if stage.template and stage.template.data for source in stage.template.data.sources
    }
    kinds = {stage.template.data.kind for stage in stages if stage.template and stage.template.data}
    for stage, name, pointer in _uses(context):
        template, source = stage.template, context.scope.spec.data.get(name)
        if not (source and template and template.data) or source.source not in readable:
            continue  # data_that_do_not_fit speaks of those that no stage can read
        if source.source not in template.data.sources:
            message = f"stage {stage.name!r} can't read data set {name!r}, of `source: {source.source}`"
            yield Finding(pointer, message, f"template {template.name!r} reads: {', '.join(template.data.sources)}")
        elif template.data.kind not in (given := kinds_given(source.entry, name)) and len(kinds) > 1 and given:
            message = f"stage {stage.name!r} can't read data set {name!r}: that holds {given[0]}"
            yield Finding(pointer, message, f"template {template.name!r} reads {template.data.kind}")


def _uses(context: Context) -> Iterator[tuple[StageScope, str, Pointer]]:
    """Which data sets which stage learns from or is measured on, and where that is said."""
    for pointer, parameter, value, stages in assignments(context):
        if parameter == "dataset":
            said_otherwise = pointer[0] == "params"
            for stage in stages:
                if not (said_otherwise and "dataset" in stage.stage.params):
                    yield stage, str(value), pointer
    for stage in context.scope.stages.values():
        for index, name in enumerate(stage.stage.evaluate):
            yield stage, name, (*stage.stage.evaluate_at, index)
        if len(context.scope.spec.data) == 1:  # it needs no mention
            yield stage, next(iter(context.scope.spec.data)), context.task_at(stage.stage)


@check("E403", after=f"{NO_TEMPLATE} E318")
def method_that_can_not_be_used(context: Context) -> Iterator[Finding]:
    """The finding stands in the method's own file."""
    templates = {stage.template.name: stage.template for stage in context.scope.stages.values() if stage.template}
    for method in context.scope.spec.methods.values():
        if is_file(context.base / method.file):
            for template in templates.values():
                if method.slot in template.slots:
                    yield from _method_findings(context, template, method)


def _method_findings(context: Context, template: Template, method: MethodFile) -> Iterator[Finding]:
    pointer = ("methods", method.name, "file")
    try:
        read = read_method(method, context.base, Path())
        problems = check_method(template, read)
    except UnicodeDecodeError as error:
        message = f"{method.file!r} is not UTF-8 text: {error.reason} at byte {error.start}"
        yield Finding(pointer, message, "save it as UTF-8")
    except OSError as error:
        yield Finding(pointer, f"{method.file!r} can't be read: {error.strerror}", "check who may read it")
    except (RecursionError, MemoryError):
        yield Finding(pointer, f"{method.file!r} is nested too deeply for Python to read", "is it the right file?")
    else:
        for line, column, message in problems:
            hint = f"method {method.name!r} fills the slot {method.slot!r} of {template.name}"
            given = undeclared(context, method)
            named = next((name for name in given if f"no parameter {name!r}" in message), None)
            if named:
                declared = f"`params: {{{named}: {level_name(given[named])}}}`"
                hint = f"declare it where the method stands, in line {_line(context, method)}: add {declared}"
            yield Finding(pointer, message, hint, place=(str(context.base / method.file), line, column))


def _line(context: Context, method: MethodFile) -> int:
    _, line, _ = context.document.located(("methods", method.name), key=True)
    return line
