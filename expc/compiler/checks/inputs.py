"""What stages are given from outside: whether every name leads to an input, and every input somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from expc.compiler.checks.files import is_folder, is_whole, missing_at
from expc.compiler.checks.parameters import assignments, given_to
from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning.design import Condition
from expc.compiler.meaning.given import FROM, given, role_of
from expc.compiler.meaning.scope import StageScope
from expc.compiler.meaning.settings import resolved
from expc.data.sources import holds_files
from expc.errors import nearest
from expc.spec import CHANGE_ME, Input, Pointer, Program, level_name


@check("E355")
def unknown_input(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    for stage in spec.stages.values():
        for role, name in stage.inputs.items():
            turned = role in spec.stages and isinstance(stage.task, str)  # E315 speaks of it
            if name not in spec.inputs and not turned:
                others = [other for other in spec.stages if stage.pointer and other != stage.name]
                hint = nearest(name, [*spec.inputs, *(f"{other}.checkpoint" for other in others)])
                yield Finding((*stage.pointer, "from", role), f"there is no input {name!r}", hint)


@check("E355", after=NO_TEMPLATE)
def unknown_input_that_a_parameter_chooses(context: Context) -> Iterator[Finding]:
    known = context.scope.spec.inputs
    for pointer, parameter, value, _ in assignments(context):
        role = role_of(parameter)
        if role is None or value is None:
            continue
        if not isinstance(value, str) or value not in known:
            message = f"{parameter} chooses an input, and there is none named {level_name(value)!r}"
            yield Finding(pointer, message, nearest(level_name(value), known))


INSTEAD = (
    "leave one of the two out; to compare with a start without it, train the stage before in a spec of its own, and "
    "name the checkpoint that it leaves under `inputs`: levels choose that, or none (`from.{role}: null`)"
)


@check("E375", after=f"{NO_TEMPLATE} E302 E303 E304 E307 E310 E311 E315 E322 E355")
def input_that_some_condition_lacks(context: Context) -> Iterator[Finding]:
    """A command's placeholder must be filled in each of them; a template does without."""
    for stage in context.scope.stages.values():
        roles = {role for name in given_to(context, stage) if (role := role_of(name))}
        for role in sorted(roles & stage.stage.takes.keys()):
            taken = f"stage {stage.name!r} takes {role!r} from {stage.stage.takes[role]}"
            message = f"{taken}, and {FROM}{role} chooses an input for it"
            yield Finding((*stage.stage.pointer, "from", role), message, INSTEAD.format(role=role), key=True)
        named = _named(stage.program, roles)
        for condition, params, _ in resolved(context.scope, stage, context.conditions) if named else ():
            lacks = sorted(named - given(stage.stage, params).keys())
            if lacks:
                where = _words(context, stage, condition)
                message = f"stage {stage.name!r} has no input {lacks[0]!r} in the condition {where}"
                hint = f"say which is the usual one: `params: {{{FROM}{lacks[0]}: …}}`"
                yield Finding(context.task_at(stage.stage), message, hint, key=True)
                break


@check("E374", after=f"{NO_TEMPLATE} E307 E315 E355")
def folder_or_file_of_the_wrong_kind(context: Context) -> Iterator[Finding]:
    """Templates say which they can read; the trial would find out in its own way."""
    spec = context.scope.spec
    given = [
        (stage, role, _is_folder(spec.inputs[name]), f"input {name!r}", pointer)
        for stage, role, name, pointer in _given(context)
    ]
    for stage in context.scope.stages.values():
        for role, source in stage.stage.takes.items():
            above = context.scope.stages[source.rpartition(".")[0]]
            pointer: Pointer = (*stage.stage.pointer, "from", role)
            given.append((stage, role, above.template is None, f"checkpoint of stage {above.name!r}", pointer))
    for stage, role, is_folder_, what, pointer in given:
        kind = stage.template.input_kinds.get(role) if stage.template else None
        if stage.template and kind and kind != ("folder" if is_folder_ else "file"):
            other = "file" if is_folder_ else "folder"
            wants = f"template {stage.template.name!r} takes a {other} as {role!r}"
            message = f"{wants}, and the {what} is a {KINDS[other]}"
            yield Finding(pointer, message, HINTS[other])


KINDS = {"file": "folder", "folder": "file"}
"""What is taken -> what was given instead."""
HINTS = {
    "file": "name a checkpoint that this template has written: `{file: …}`, `{url: …}`, or a stage of it",
    "folder": "name a folder: `{path: …}`, or a model of the hub by `{hf: …}`",
}


def _is_folder(one: Input) -> bool:
    return "hf" in one.entry or "path" in one.entry


def _named(program: Program | None, roles: set[str]) -> set[str]:
    """Those that a program's commands and configuration files name."""
    if program is None:
        return set()
    sets = (text for file in program.configurations.values() for text in (file.sets or {}).values())
    texts = [program.command, program.resume or "", program.build or "", *sets]
    return {role for role in roles if any(f"{{{kind}.{role}}}" in text for kind in ("from", "input") for text in texts)}


def _words(context: Context, stage: StageScope, condition: Condition) -> str:
    factors = context.scope.spec.factors
    levels = (factors[name].levels[index].name for name, index in zip(stage.factors, condition, strict=True))
    return " ".join(levels) or "that is the only one"


def _given(context: Context) -> Iterator[tuple[StageScope, str, str, Pointer]]:
    """Each input that a stage is given, by its names there and in the spec, and where that is said."""
    for stage in context.scope.stages.values():
        for role, name in stage.stage.inputs.items():
            yield stage, role, name, (*stage.stage.pointer, "from", role)
    for pointer, parameter, value, stages in assignments(context):
        chosen = role_of(parameter)
        for stage in stages if chosen and isinstance(value, str) else ():
            if stage.knows(parameter):
                yield stage, str(chosen), str(value), pointer


@check("E356", after=f"{NO_TEMPLATE} E302 E319 E355")
def input_that_nobody_takes(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    taken = {name for _, _, name, _ in _given(context)}
    for name in spec.inputs:
        if name not in taken:
            templates = [stage.template for stage in context.scope.stages.values() if stage.template]
            role = next((role for template in templates for role in template.inputs), "init")
            where = "in the stage that takes it" if context.written(("stages",)) is not None else "beside `task`"
            hint = f"write `from: {{{role}: {name}}}` {where}, or remove the input"
            if any(stage.program for stage in context.scope.stages.values()):
                hint += f"; a command names it by {{input.{name}}}"
            yield Finding(("inputs", name), f"no stage takes the input {name!r}", hint, key=True)


@check("E357")
def address_without_a_file(context: Context) -> Iterator[Finding]:
    for name, one in context.scope.spec.inputs.items():
        url = one.entry.get("url")
        if url is not None and not urlsplit(str(url)).path.strip("/"):
            yield Finding(("inputs", name, "url"), "the address names no file", "as in https://example.org/base.pt")


@check("E401")
def missing_input(context: Context) -> Iterator[Finding]:
    for name, one in context.scope.spec.inputs.items():
        file = one.entry.get("file")
        folder = one.entry.get("path")
        if file is not None and CHANGE_ME not in str(file) and not is_whole(context.base / str(file)):
            yield missing_at(context, ("inputs", name, "file"), str(file))
        elif folder is not None and not is_folder(context.base / str(folder)):
            yield missing_at(context, ("inputs", name, "path"), str(folder), folder=True)
        elif folder is not None and not holds_files(context.base / str(folder)):
            message = f"{folder!r} holds no file, or hidden ones only"
            yield Finding(("inputs", name, "path"), message, "name the folder that has the files in it")
