"""Own programs: their command line and its placeholders, their files, and where they leave results."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from expc.compiler.checks.files import is_file, is_folder
from expc.compiler.checks.names import PLACEHOLDERS
from expc.compiler.checks.parameters import NUL, given_to
from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning.derive import derived
from expc.compiler.meaning.given import role_of
from expc.compiler.meaning.scope import StageScope
from expc.compiler.programs.program import ConfigurationError, IncludeError, OwnProgram, is_executable, matches
from expc.compiler.programs.revision import CURRENT, PATCH, REF, Code, RevisionError
from expc.errors import nearest
from expc.spec import Pointer, Program

PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
SWITCH = re.compile(r"\{(?!args:)([^{}:]+):([^{}]*)\}")
"""What stands for a parameter being true, or false: `{amp:--amp|--no-amp}`."""
ELEMENTS = re.compile(r"\{([^{}:]+)\.\.\.\}")
"""What stands for each element of a list: `{layers...}`."""
WORD = re.compile(r"""(?:[^\s'"\\]|\\.|'[^']*'|"(?:\\.|[^"\\])*")+""", re.DOTALL)
"""A word as it is written, with its quotes."""
PART = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*"|[^\\'"]+""", re.DOTALL)
"""Of a word: what stands in one sort of quotes, or in none."""
VARIABLE = re.compile(r"\\.|(\$[A-Za-z_][A-Za-z0-9_]*|\$\(|`[^`]*`?)", re.DOTALL)
OPERATOR = re.compile(r"\|\|?|&&?|;|<|[0-9&]?>>?|[0-9]?>&[0-9]")
GLUED = re.compile(r"(?:[0-9&]?>>?|<)[^<>=\s&]+")
"""What sends output to a file, or takes input from one; `<unk>` and `>=3` don't."""
_SHELL = (
    """start one: bash -c 'python train.py "$@" | tee all.txt' train {args}, or a script that holds the line; """
    "in single quotes it is meant as such"
)
_SCRIPT = "start one, as in bash -c '…', or a script that holds the line; in single quotes it is meant as such"
INTERPRETER = re.compile(r"(python|pypy)[0-9.]*|bash|sh|zsh|Rscript|perl|ruby|julia|node|php|lua")
_PATTERNS = "as in src/**/*.py, relative to code.path; specs, hidden files, workflow/ and results/ are no code"
EVERYTHING = ("args", "args:hydra")
"""Placeholders that stand for all parameters."""

LARGEST = 2**20
"""Bytes of a file that somebody wrote; weights and data may lie beside it."""

BRACES = "write {{ and }} for braces that are meant as such"
BLANKS = "in a placeholder there are no blanks"


def own_programs(context: Context) -> Iterator[tuple[StageScope, Program, Pointer]]:
    """The stages that run one, each program once, and where it is written."""
    met: set[Pointer] = set()
    for stage in context.scope.stages.values():
        pointer = context.task_at(stage.stage)
        if stage.program is not None and (pointer not in met or stage.stage.takes):
            met.add(pointer)
            yield stage, stage.program, pointer


@check("E319")
def broken_command(context: Context) -> Iterator[Finding]:
    for stage, program, pointer in own_programs(context):
        yield from _line_problems(context, stage, (*pointer, "command"), program.command, ())
        if program.resume is not None:
            yield from _line_problems(context, stage, (*pointer, "resume"), program.resume, ("checkpoint",))
        if program.build is not None and not _words(program.build):
            yield Finding((*pointer, "build"), *_no_words(program.build))


def _line_problems(
    context: Context, stage: StageScope, pointer: Pointer, line: str, more: tuple[str, ...]
) -> Iterator[Finding]:
    if "\0" in line:
        yield Finding(pointer, NUL, "leave it out")
    words = _words(line)
    if not words:
        yield Finding(pointer, *_no_words(line))
    for word in words or ():
        yield from _placeholders(context, stage, pointer, word, more)


def _no_words(line: str) -> tuple[str, str]:
    """What is wrong with a line that can't be split, or has nothing in it; and the hint."""
    if _words(line) is None:
        hint = "close it, or write \\ before a quote that is meant as such"
        return "the command can't be split into words: a quotation is not closed", hint
    return "the command is empty", 'as in a shell: "python train.py {args}"'


def _words(line: str) -> list[str] | None:
    """As a shell would split it; None if it can't be."""
    try:
        return shlex.split(line)
    except ValueError:
        return None


@check("E378", after=f"{NO_TEMPLATE} E319")
def for_a_shell(context: Context) -> Iterator[Finding]:
    for _stage, program, pointer in own_programs(context):
        for key, line in (("command", program.command), ("resume", program.resume), ("build", program.build)):
            for at, mark in _of_a_shell(line or ""):
                place = context.document.located_in((*pointer, key), at)
                message = f"no shell runs, so that {mark} would reach the program as an argument"
                yield Finding((*pointer, key), message, _SHELL if key == "command" else _SCRIPT, place=place)


def _of_a_shell(line: str) -> Iterator[tuple[int, str]]:
    """Where an operator stands, or a variable outside of single quotes: what only a shell reads."""
    for word in WORD.finditer(line):
        if OPERATOR.fullmatch(word[0]) or GLUED.fullmatch(word[0]):
            yield word.start(), word[0]
        elif word[0].endswith(";") and not word[0].endswith("\\;"):
            yield word.end() - 1, ";"
        for part in PART.finditer(word[0]):
            for found in VARIABLE.finditer(part[0]) if part[0][0] not in "'\\" else ():
                if found[1]:
                    yield word.start() + part.start() + found.start(), found[1]


def _placeholders(
    context: Context, stage: StageScope, pointer: Pointer, word: str, more: tuple[str, ...]
) -> Iterator[Finding]:
    allowed = [*PLACEHOLDERS, *more, *taken(context, stage), *sorted(parameters(context, stage))]
    for match in PLACEHOLDER.finditer(word):
        if match[0] in ("{{", "}}"):
            continue
        name = match[1]
        if name is None:
            yield Finding(pointer, f"a lone {match[0]} in {word!r}", f"{BRACES}; {BLANKS}")
        elif SWITCH.fullmatch(match[0]) or ELEMENTS.fullmatch(match[0]):  # checks.switches and .elements speak of those
            continue
        elif name not in allowed:
            hint = nearest(name, allowed) + f"; {BRACES}"
            if name.endswith("…"):  # as word processors write three dots
                hint = f"{{{name[:-1]}...}}, with three dots, stands for the elements of a list"
            yield Finding(pointer, f"{{{name}}} is no placeholder of this command", hint)
        elif name in EVERYTHING and word != match[0]:
            yield Finding(pointer, f"{match[0]} must stand alone, not inside {word!r}", "put spaces around it")


def taken(context: Context, stage: StageScope) -> list[str]:
    """The placeholders of what a stage takes from others, and of what it is given."""
    inputs = dict.fromkeys([*stage.stage.inputs, *roles(context, stage)])
    return [*(f"from.{name}" for name in (*stage.stage.takes, *inputs)), *(f"input.{name}" for name in inputs)]


def parameters(context: Context, stage: StageScope) -> set[str]:
    """The parameters that the spec gives to a stage's program; those that choose its code aren't given to it."""
    names = {*given_to(context, stage), *derived(context.scope.spec, stage)} - {REF, PATCH}
    return {name for name in names if not role_of(name)}


def roles(context: Context, stage: StageScope) -> list[str]:
    """What the stage calls the inputs that parameters choose."""
    return [role for name in sorted(given_to(context, stage)) if (role := role_of(name))]


def mentioned(stage: StageScope) -> set[str] | None:
    """The parameters that the command names; None if it takes all of them, or none (it reads params.json)."""
    if stage.program is None:
        return None
    files = stage.program.configurations.values()
    if any(file.sets is None for file in files):
        return None
    set_by_files = [source for file in files for source in (file.sets or {}).values()]
    found = {match[1] for line in (stage.program.command, *set_by_files) for match in PLACEHOLDER.finditer(line)}
    named = {name for name in {*found, *set_by_files} if name and name not in PLACEHOLDERS and "{" not in name}
    named = {asked_for(name) for name in named}
    named = {name for name in named if not name.startswith(("from.", "input."))}
    return None if not found.isdisjoint(EVERYTHING) or not named else {*named, REF, PATCH}


def asked_for(placeholder: str) -> str:
    """The parameter in what stands between two braces: `amp` of `amp:--amp`, `layers` of `layers...`."""
    return placeholder.partition(":")[0].removesuffix("...")


def says(code: OwnProgram, words: Iterable[bytes]) -> bool:
    """Whether one of these stands in a program's files, as far as they are small enough to be its source."""
    paths = (code.folder / file for file in code.files)
    texts = (path.read_bytes() for path in paths if path.stat().st_size <= LARGEST)
    return any(word in text for text in texts for word in words)


@check("E405", after=f"{NO_TEMPLATE} E319")
def program_files(context: Context) -> Iterator[Finding]:
    for stage, program, pointer in own_programs(context):
        yield from _code_problems(context, stage, program, pointer)
        if program.results is not None and (_leads_out(program.results) or Path(program.results) == Path()):
            message = f"{program.results!r} is no file inside the folder in which the program starts"
            yield Finding(
                (*pointer, "results", "file"), message, "trials run side by side: each writes in its own folder"
            )


def _code_problems(context: Context, stage: StageScope, program: Program, pointer: Pointer) -> Iterator[Finding]:
    folder = context.base / program.path
    if not is_folder(folder):
        message = f"the code's folder {program.path!r} does not exist"
        if is_file(folder):
            message = f"{program.path!r} is a file, and the code must be a folder"
        yield Finding((*pointer, "code", "path"), message, "it is relative to the spec's folder")
        return
    wanted = [code for name, code in context.programs if name == stage.name]
    current = any(code.ref is None for code in wanted)  # a commit has files of its own
    found = list(_pattern_problems(context, program, folder, pointer, current=current))
    yield from found
    for code in wanted if not found else ():
        yield from _program_problems(context, (stage, code), program, pointer)


def _pattern_problems(
    context: Context, program: Program, folder: Path, pointer: Pointer, *, current: bool
) -> Iterator[Finding]:
    for index, pattern in enumerate(program.include or ()):
        where = (*pointer, "code", "include", index)
        if _leads_out(pattern):
            message = f"the pattern {pattern!r} leads out of the code's folder, {program.path!r}"
            yield Finding(where, message, "let code.path be a folder that holds all of the code")
            continue
        if not current:
            continue
        if is_folder(folder / pattern):
            message = f"{pattern!r} is a folder, and patterns are of files"
            whole = "**" if Path(pattern) == Path() else f"{pattern.rstrip('/')}/**"
            yield Finding(where, message, f"for all files in it write {whole}")
            continue
        try:
            if not any(matches(folder, pattern, context.path, context.project)):
                message = f"no file in {program.path!r} fits the pattern {pattern!r}"
                yield Finding(where, message, _PATTERNS)
        except IncludeError as error:
            yield Finding(where, str(error), "as in src/**/*.py")


def _program_problems(
    context: Context, wanted: tuple[StageScope, Code], program: Program, pointer: Pointer
) -> Iterator[Finding]:
    """Whether the code can be read, and holds the file that the command starts; checks.code speaks of refs, patches."""
    stage, chosen = wanted
    code = context.programs[stage.name, chosen]
    if isinstance(code, RevisionError | ConfigurationError):
        return
    if not isinstance(code, OwnProgram):
        where = (*pointer, "code") if context.written((*pointer, "code")) else (*pointer, "command")
        hint = "paths are relative to the spec's folder"
        yield Finding(where, f"the code can't be read{_in(chosen)}: {code}", hint)
        return
    words = _words(program.command) or []
    script = _script(words)
    if script and os.path.normpath(script) not in code.files:
        if program.build is not None:  # it makes it
            return
        message = f"the command starts {script!r}, and the program has no such file{_in(chosen)}"
        yield Finding((*pointer, "command"), message, _hint(program, script, list(code.files)))
    elif script and words[0] == script and chosen == CURRENT and not is_executable(code.folder / script):
        message = f"the command starts {script!r}, which is not executable"
        yield Finding(
            (*pointer, "command"), message, f"`chmod +x {script}`, or name its interpreter, as in `python {script}`"
        )


def _in(code: Code) -> str:
    """Of which code a message speaks, if there are several."""
    return f" in {code.ref}" if code.ref else ""


def _hint(program: Program, script: str, files: list[str]) -> str:
    if program.include is None:
        return "paths are relative to the spec's folder; code that lies elsewhere is named by `code: {path: …}`"
    return f"{nearest(script, files)}; `code.include` says which files belong to the program"


def _script(words: list[str]) -> str | None:
    """The file that the command starts, if it can be told, and is meant to be one of the program's."""
    rest = words[1:] if INTERPRETER.fullmatch(Path(words[0]).name) else words[:1]
    script = rest[0] if rest else ""
    is_path = "/" in script if rest == words[:1] else not script.startswith("-")
    return script if script and is_path and "{" not in script and not Path(script).is_absolute() else None


def _leads_out(path: str) -> bool:
    return Path(path).is_absolute() or Path(os.path.normpath(path)).parts[:1] == ("..",)
