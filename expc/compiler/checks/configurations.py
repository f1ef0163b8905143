"""What own programs read and print: configuration files that expc writes for them, and patterns over the output."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from expc.compiler.checks.metrics import computed, named, references
from expc.compiler.checks.names import PLACEHOLDERS, parameter_places
from expc.compiler.checks.parameters import assignments
from expc.compiler.checks.programs import EVERYTHING, PLACEHOLDER, own_programs, parameters, says, taken
from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning.scope import StageScope
from expc.compiler.programs.configuration import dotted, format_of, keys, path_of
from expc.compiler.programs.program import ConfigurationError, OwnProgram
from expc.compiler.programs.revision import CURRENT
from expc.errors import nearest
from expc.spec import Configuration, Pointer, Reference, Value

ROWS = (b"metrics.jsonl", b"EXPC_TRIAL_DIR")
"""What stands in a program that writes rows of metrics itself, beside what it prints."""
GROUPS = "mark the value as its one group, as in 'acc=([0-9.]+)', or as (?P<value>…) beside (?P<step>…)"


class File(NamedTuple):
    """A configuration file of a stage's program."""

    stage: StageScope
    pointer: Pointer
    name: str
    asked: Configuration


def files(context: Context) -> Iterator[File]:
    for stage, program, pointer in own_programs(context):
        for name, asked in program.configurations.items():
            yield File(stage, (*pointer, "files", name), name, asked)


@check("E344")
def unusable_pattern(context: Context) -> Iterator[Finding]:
    for _, program, pointer in own_programs(context):
        for name, pattern in program.patterns.items():
            problem, hint = _pattern_problem(pattern)
            if problem:
                yield Finding((*pointer, "results", "pattern", name), f"the pattern of {name} {problem}", hint)


@check("E377", after=f"{NO_TEMPLATE} E319 E344 E405")
def metric_of_no_pattern(context: Context) -> Iterator[Finding]:
    @cache
    def only_prints(stage: str) -> bool:
        return _only_prints(context, context.scope.stages[stage])

    for pointer, key, stage, metric in references(context):
        sharing = [each for each in context.scope.stages.values() if each.stage.metrics_at == stage.stage.metrics_at]
        given = [text for each in sharing if each.program for text in each.program.patterns]
        if computed(metric) or (metric.split, metric.name) in map(named, given):
            continue
        if all(only_prints(each.name) for each in sharing):
            message = f"no pattern finds {_asked(metric)!r} in what the program prints, and nothing else gives it"
            hint = f"{nearest(_asked(metric), given)}; or add a pattern under `results`, or the `file` that has it"
            yield Finding(pointer, message, hint, key=key)


def _asked(metric: Reference) -> str:
    return metric.name if metric.split == "test" else f"{metric.split}.{metric.name}"


def _only_prints(context: Context, stage: StageScope) -> bool:
    """Whether patterns are all that gives metrics of a stage, as far as its code tells."""
    if stage.program is None or not stage.program.patterns or stage.program.results:
        return False
    code = context.programs.get((stage.name, CURRENT))
    if not isinstance(code, OwnProgram):
        return False
    return not (any(word in stage.program.command.encode() for word in ROWS) or says(code, ROWS))


def _pattern_problem(pattern: str) -> tuple[str, str]:
    try:
        found = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        at = f", at its character {error.pos + 1}" if isinstance(error, re.error) and error.pos is not None else ""
        what = error.msg if isinstance(error, re.error) else str(error)
        return f"is no regular expression: {what}{at}", "write \\ before ( [ * and the like that are meant as such"
    strange = set(found.groupindex) - {"value", "step"}
    if strange:
        return f"has a group named {min(strange)!r}", nearest(min(strange), ["value", "step"])
    unnamed = found.groups - len(found.groupindex)
    if ("value" in found.groupindex) != (unnamed == 0) or unnamed > 1:
        return f"has {found.groups} groups, and nobody can tell which is the value" if found.groups else (
            "has no group, so that it finds no value"
        ), f"{GROUPS}; (?:…) groups without being one"
    return "", ""


@check("E345", after=f"{NO_TEMPLATE} E319")
def key_that_the_base_does_not_have(context: Context) -> Iterator[Finding]:
    for file in files(context):
        form = format_of(file.name)
        for tree in _bases(context, file):
            known = dict(keys(tree, form))
            allowed = [dotted(path, form) for path, table in known.items() if not table]
            for key, pointer, at_key in _set_keys(context, file):
                path = path_of(key, form)
                if known.get(path) is not False:
                    what = "is a table in" if known.get(path) else "is no key of"
                    hint = nearest(key, allowed) + _otherwise(file, key, pointer, allowed)
                    yield Finding(
                        pointer, f"{key!r} {what} {file.asked.base}, from which {file.name} starts", hint, at_key
                    )


def _otherwise(file: File, key: str, pointer: Pointer, allowed: list[str]) -> str:
    """How the spec says that the key has another name, if it goes by the parameter's."""
    if file.asked.sets is not None:
        return ""
    if pointer in (file.pointer, (*file.pointer, "seed")):
        named = next((each for each in allowed if "seed" in each.lower()), "run.seed")
        return f"; say which key the seed has, as in `seed: {named}`, or `seed: null` if it has none"
    return f"; or say which keys are set: `set: {{some.key: {key}}}`"


def _bases(context: Context, file: File) -> list[Mapping[str, Any]]:
    """The trees that a file starts from, one for each code of its stage; those that are alike once."""
    found = [program.extras["configurations"][file.name]["base"] for program in _programs(context, file)]
    return [json.loads(base) for base in dict.fromkeys(found) if base is not None]


def _programs(context: Context, file: File) -> list[OwnProgram]:
    found = [program for (stage, _), program in context.programs.items() if stage == file.stage.name]
    return [program for program in found if isinstance(program, OwnProgram)]


def _set_keys(context: Context, file: File) -> list[tuple[str, Pointer, bool]]:
    """The keys that are set in a file, where that is said, and whether as a key."""
    if file.asked.sets is not None:
        return [(key, (*file.pointer, "set", key), True) for key in file.asked.sets]
    places: dict[str, Pointer] = {}
    for pointer, name in parameter_places(context):
        places.setdefault(name, pointer)
    wanted = parameters(context, file.stage)
    found = [(name, place, True) for name, place in places.items() if name in wanted]
    if file.asked.seed is None:
        return found
    told = context.written((*file.pointer, "seed")) is not None
    return [*found, (file.asked.seed, (*file.pointer, "seed") if told else file.pointer, not told)]


@check("E346", after=f"{NO_TEMPLATE} E319")
def configuration_file_that_can_not_be_written(context: Context) -> Iterator[Finding]:
    for file in files(context):
        yield from _path_problems(context, file)
        yield from _source_problems(context, file)
        if file.asked.base is None:  # it has all keys that there are
            yield from _nested_keys(context, file)
        yield from _lost_values(context, file)


def _path_problems(context: Context, file: File) -> Iterator[Finding]:
    path = Path(os.path.normpath(file.name))
    if path.is_absolute() or path.parts[:1] == ("..",):
        message = f"{file.name!r} is no file inside the folder in which the program starts"
        yield Finding(file.pointer, message, "trials run side by side: each has its own folder", key=True)
    if file.asked.base is not None and (Path(file.asked.base).is_absolute() or ".." in Path(file.asked.base).parts):
        message = f"{file.asked.base!r} leads out of the code's folder"
        yield Finding((*file.pointer, "from"), message, "let code.path be a folder that holds it")
    if any(str(path) in program.extras.get("protect", {}) for program in _programs(context, file)):
        message = f"{file.name} is protected, and expc would write it"
        yield Finding(file.pointer, message, "give it another name, and start from this one: `from: …`", key=True)


def _source_problems(context: Context, file: File) -> Iterator[Finding]:
    """What a key is set to: a parameter, the seed, or a text with placeholders."""
    known = sorted(parameters(context, file.stage))
    if file.asked.sets is None and file.asked.seed in known:
        message = f"both the seed and the parameter {file.asked.seed!r} would set {file.asked.seed!r}"
        yield Finding((*file.pointer, "seed"), message, "take the parameter out: the seed comes from `seeds`")
    for key, source in (file.asked.sets or {}).items():
        pointer = (*file.pointer, "set", key)
        if "{" not in source and source not in (*known, "seed"):
            hint = f"{nearest(source, [*known, 'seed'])}; what is the same in all trials can stand under `params`"
            yield Finding(pointer, f"there is no parameter {source!r}", hint)
        allowed = [*known, *(name for name in PLACEHOLDERS if name not in EVERYTHING), *taken(context, file.stage)]
        for match in PLACEHOLDER.finditer(source):
            if match[0] not in ("{{", "}}") and match[1] not in allowed:
                yield Finding(pointer, f"{match[0]} is no placeholder here", nearest(match[1] or "", allowed))


def _nested_keys(context: Context, file: File) -> Iterator[Finding]:
    """A key can't be a value and a table of others at once."""
    form = format_of(file.name)
    paths = {path_of(key, form): (key, pointer, at_key) for key, pointer, at_key in _set_keys(context, file)}
    for path, (key, pointer, at_key) in paths.items():
        if not all(path):
            yield Finding(pointer, f"{key!r} has an empty part between dots", "leave that dot out", at_key)
        inner = next((other for other in paths if other[: len(path)] == path and other != path), None)
        if inner is not None:
            message = f"in {file.name}, {key!r} would be a value and, for {paths[inner][0]!r}, a table"
            yield Finding(pointer, message, "give one of them another name, or use `set`", at_key)


def _lost_values(context: Context, file: File) -> Iterator[Finding]:
    """Values that a format has no words for."""
    wanted = set(parameters(context, file.stage))
    if file.asked.sets is not None:
        wanted &= set(file.asked.sets.values())
    for pointer, name, value, stages in assignments(context):
        if name in wanted and file.stage in stages:
            problem = _lost(format_of(file.name), value)
            if problem:
                hint = "leave null out" if isinstance(value, tuple) else "TOML, YAML and JSON can hold any text"
                yield Finding(pointer, f"{name}: {file.name} can't hold it: {problem}", hint)


def _lost(form: str, value: Value) -> str:
    if form == "ini" and isinstance(value, str) and (value != value.strip() or len(value.splitlines()) > 1):
        return "in INI, a text is one line, and neither begins nor ends with a space"
    if form == "toml" and isinstance(value, tuple) and None in value:
        return "TOML has no null that could stand in a list"
    return ""


@check("E410", after=f"{NO_TEMPLATE} E319 E405")
def base_that_can_not_be_read(context: Context) -> Iterator[Finding]:
    for file in files(context):
        found = [error for (stage, _), error in context.programs.items() if stage == file.stage.name]
        for problem in {error.problems.get(file.name) for error in found if isinstance(error, ConfigurationError)}:
            if problem:
                hint = f"`from` is relative to code.path, and must hold what {Path(file.name).suffix} files hold"
                yield Finding((*file.pointer, "from"), problem, hint)
