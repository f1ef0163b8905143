"""Switches of a command, such as `{amp:--amp|--no-amp}`: of parameters that there are, and that are true or false."""

from __future__ import annotations

import re
from collections.abc import Iterator

from expc.compiler.checks.elements import elements_of
from expc.compiler.checks.parameters import assignments
from expc.compiler.checks.programs import PLACEHOLDER, SWITCH, own_programs, parameters
from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning.scope import StageScope
from expc.errors import nearest
from expc.spec import CHANGE_ME, level_name


@check("E319", after=NO_TEMPLATE)
def switch_that_says_nothing(context: Context) -> Iterator[Finding]:
    for stage, program, pointer in own_programs(context):
        known = sorted(parameters(context, stage))
        for key, line in (("command", program.command), ("resume", program.resume or "")):
            for match in _switches(line):
                name, _, words = match[1].partition(":")
                problem, hint = _problem(name, words, known)
                if problem:
                    place = context.document.located_in((*pointer, key), match.start())
                    yield Finding((*pointer, key), f"{match[0]} {problem}", hint, place=place)


def _problem(name: str, words: str, known: list[str]) -> tuple[str, str]:
    if name not in known:
        return f"asks whether {name} is true, and there is no such parameter", nearest(name, known)
    if words.count("|") > 1 or not words.strip("|"):
        hint = f"as in {{{name}:--{name}}}, or {{{name}:--{name}|--no-{name}}}"
        return "must say what stands in the command for true, and behind a | what for false", hint
    return "", ""


@check("E319", after=NO_TEMPLATE)
def switch_that_is_neither_on_nor_off(context: Context) -> Iterator[Finding]:
    for pointer, name, value, stages in assignments(context):
        said, stage = next(((said, one) for one in stages if (said := switch_of(one, name))), (None, None))
        if said is None or stage is None or value in (None, CHANGE_ME) or isinstance(value, bool):  # E361 speaks of it
            continue
        if isinstance(value, tuple) and elements_of(stage, name):  # it is on where there are elements
            continue
        message = f"{name} is {level_name(value)}, and {said} in the command is for true and false"
        hint = f"let it be true or false; {{{name}}} hands on any value"
        if isinstance(value, tuple):
            hint = f"{{{name}...}} stands for its elements: {said} {{{name}...}}, or {{{name}...}} alone"
        yield Finding(pointer, message, hint)


def switch_of(stage: StageScope, name: str) -> str | None:
    """The first that asks for a parameter."""
    lines = f"{stage.program.command} {stage.program.resume or ''}" if stage.program else ""
    return next((match[0] for match in _switches(lines) if match[1].partition(":")[0] == name), None)


def _switches(line: str) -> Iterator[re.Match[str]]:
    """What stands in two braces is none."""
    return (match for match in PLACEHOLDER.finditer(line) if SWITCH.fullmatch(match[0]))
