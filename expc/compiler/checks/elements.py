"""Lists in a command, such as `{layers...}`: of parameters that there are, and that are lists; one in an argument."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from expc.compiler.checks.parameters import NUL, assignments
from expc.compiler.checks.programs import ELEMENTS, PLACEHOLDER, WORD, asked_for, own_programs, parameters
from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning.scope import StageScope
from expc.errors import nearest
from expc.spec import CHANGE_ME, level_name


@check("E319", after=NO_TEMPLATE)
def elements_of_nothing(context: Context) -> Iterator[Finding]:
    for stage, program, pointer in own_programs(context):
        known = sorted(parameters(context, stage))
        for key, line in (("command", program.command), ("resume", program.resume or "")):
            for at, problem, hint in _problems(line, known):
                place = context.document.located_in((*pointer, key), at)
                yield Finding((*pointer, key), problem, hint, place=place)


def _problems(line: str, known: list[str]) -> Iterator[tuple[int, str, str]]:
    """Where, what, and what to do."""
    for at, name in _lists(line):
        if name not in known:
            message = f"{{{name}...}} stands for the elements of {name}, and there is no such parameter"
            yield at, message, nearest(name, known)
    for word in WORD.finditer(line):
        others = dict.fromkeys(name for _, name in _lists(word[0]))
        if len(others) > 1:
            named = " and ".join(f"{{{name}...}}" for name in others)
            message = f"{named} stand in one argument, which is written once for each element of one list"
            yield word.start(), message, "put spaces between them, or join the values in the spec"


OPTION = re.compile(r"--?[A-Za-z][\w.-]*")


@check("E319", after=NO_TEMPLATE)
def option_that_null_leaves_alone(context: Context) -> Iterator[Finding]:
    """Elsewhere null says nothing; an option alone says that the list is empty, or is an error."""
    for pointer, name, value, stages in assignments(context):
        option = next(filter(None, (_option_before(stage, name) for stage in stages)), None) if value is None else None
        if option is not None:
            message = f"{name} is null, and {option} in the command would stand alone"
            hint = f"write {{{name}:{option}}} {{{name}...}}, which says nothing for null; an empty list is []"
            yield Finding(pointer, message, hint)


def _option_before(stage: StageScope, name: str) -> str | None:
    """The option behind which the elements of a list stand, if they do."""
    for line in (stage.program.command, stage.program.resume or "") if stage.program else ():
        words = [word[0] for word in WORD.finditer(line)]
        for before, word in itertools.pairwise(words):
            if word == f"{{{name}...}}" and OPTION.fullmatch(before):
                return before
    return None


@check("E319", after=NO_TEMPLATE)
def elements_of_what_is_no_list(context: Context) -> Iterator[Finding]:
    for pointer, name, value, stages in assignments(context):
        if (
            isinstance(value, tuple)
            or value in (None, CHANGE_ME)
            or not any(elements_of(stage, name) for stage in stages)
        ):
            continue
        message = f"{name} is {level_name(value)}, and {{{name}...}} in the command is for a list"
        listed = pointer[0] == "factors" and isinstance(pointer[-1], int)
        written = f"as a level of several, [[{level_name(value)}], …]" if listed else f"[{level_name(value)}]"
        yield Finding(pointer, message, f"let it be one: {written}")


@check("E310", after=NO_TEMPLATE)
def element_that_no_program_can_be_given(context: Context) -> Iterator[Finding]:
    for pointer, name, value, stages in assignments(context):
        texts = [one for one in value if isinstance(one, str)] if isinstance(value, tuple) else []
        if any("\0" in text for text in texts) and any(elements_of(stage, name) for stage in stages):
            yield Finding(pointer, f"{name}: {NUL}", f"write another separator; {{{name}}} passes it on as \\u0000")


def elements_of(stage: StageScope, name: str) -> bool:
    """Whether a stage's program gets the elements of a parameter one by one."""
    lines = f"{stage.program.command} {stage.program.resume or ''}" if stage.program else ""
    return any(found == name for _, found in _lists(lines))


def _lists(line: str) -> Iterator[tuple[int, str]]:
    """Where the elements of a list stand, and of which; what stands in two braces is none."""
    matches = (match for match in PLACEHOLDER.finditer(line) if ELEMENTS.fullmatch(match[0]))
    return ((match.start(), asked_for(match[1])) for match in matches)
