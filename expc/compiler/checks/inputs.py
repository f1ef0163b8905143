"""What stages are given from outside: whether every name leads to an input, and every input somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from expc.compiler.checks import NO_TEMPLATE, Context, Finding, check
from expc.compiler.checks.files import is_file, missing_at
from expc.errors import nearest
from expc.spec import CHANGE_ME


@check("E355")
def unknown_input(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    for stage in spec.stages.values():
        for role, name in stage.inputs.items():
            if name not in spec.inputs:
                others = [other for other in spec.stages if stage.pointer and other != stage.name]
                hint = nearest(name, [*spec.inputs, *(f"{other}.checkpoint" for other in others)])
                yield Finding((*stage.pointer, "from", role), f"there is no input {name!r}", hint)


@check("E356", after=f"{NO_TEMPLATE} E319 E355")
def input_that_nobody_takes(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    taken = {name for stage in spec.stages.values() for name in stage.inputs.values()}
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
    for name, given in context.scope.spec.inputs.items():
        url = given.entry.get("url")
        if url is not None and not urlsplit(str(url)).path.strip("/"):
            yield Finding(("inputs", name, "url"), "the address names no file", "as in https://example.org/base.pt")


@check("E401")
def missing_input(context: Context) -> Iterator[Finding]:
    for name, given in context.scope.spec.inputs.items():
        file = given.entry.get("file")
        if file is not None and CHANGE_ME not in str(file) and not is_file(context.base / str(file)):
            yield missing_at(context, ("inputs", name, "file"), str(file))
