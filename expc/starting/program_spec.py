"""A Python program in, a first spec that runs it as a program of one's own out."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from expc.compiler.reference import flow
from expc.errors import ExpcError, nearest
from expc.spec import CHANGE_ME, level_name
from expc.starting.command import command
from expc.starting.from_absl import from_absl
from expc.starting.from_argparse import from_argparse
from expc.starting.from_click import from_click
from expc.starting.from_dataclass import from_dataclass
from expc.starting.from_fire import from_fire
from expc.starting.from_hydra import from_hydra
from expc.starting.measures import Measures, measures
from expc.starting.numbers import metrics_lines, results_lines
from expc.starting.option import CommandLine, Option
from expc.starting.reads import Given, given_files, program_files
from expc.starting.source import Source, read_source

READERS = (from_hydra, from_click, from_absl, from_fire, from_dataclass, from_argparse)
WIDEST = 120
"""Of a command with words on it behind; if both are longer, the words stand above."""
TAKEN = ("seed", "args", "checkpoint", "checkpoint_dir", "trial_dir", "from")


@dataclass(frozen=True)
class FirstSpec:
    """`todo` is what a person must do before it can run."""

    text: str
    todo: tuple[str, ...]


def program_spec(script: Path, name: str, base: Path, vary: Mapping[str, Sequence[Any]], header: str = "") -> FirstSpec:
    """The spec lies in the folder `base`. `vary` gives the levels of those parameters that are factors.

    Raises ExpcError where the program can't be read, or has no parameter of a name in `vary`."""
    source = read_source(script)
    taken = _kept(_once(next((found for reader in READERS if (found := reader(source))), CommandLine("nothing", ()))))
    given = given_files(source, taken, base)
    named = [one.option for one in given]
    params = [option for option in taken.options if _is_parameter(option) and option not in named]
    vary = _varied(vary, params, script)
    measured = measures(source, taken.defaults)
    lines = [
        *([header] if header else []),
        f"# Read off {script.name} by `expc init --from`, which ran nothing of it. What is behind a # is yours.",
        "expc: 1",
        f"name: {flow(name)}",
        f"question: What changes what {script.name} finds?    # say what you want to know",
        *_task(source, taken, params, given, base),
        *results_lines(measured),
        *_inputs(given),
        "",
        *_factors(params, vary),
        "",
        *_params(taken, params, named, vary),
        _seeds(source.script, taken, params, given),
        "",
        *metrics_lines(measured, script),
    ]
    return FirstSpec("\n".join(lines) + "\n", tuple(_todo(taken, params, given, measured, script)))


def _once(taken: CommandLine) -> CommandLine:
    """Of the options that several subcommands have, the first of each name."""
    first = {option.name: option for option in reversed(taken.options)}
    return replace(taken, options=tuple(option for option in taken.options if first[option.name] is option))


def _kept(taken: CommandLine) -> CommandLine:
    """What would be written to one place by all trials is written into the folder of each."""
    return replace(taken, options=tuple(_inside(option) if option.strays else option for option in taken.options))


def _inside(option: Option) -> Option:
    name = re.sub(r"[^\w.-]+", "-", Path(option.default).name).strip(".-") or "out"
    return replace(option, default=name, kept=name)


def _is_parameter(option: Option) -> bool:
    """Whether an experiment may set it: not what it writes, nor what is given otherwise."""
    if option.is_seed or option.is_checkpoint or option.is_output:
        return False
    if option.is_speech or (option.takes != "a value" and not option.is_switch and not option.is_list):
        return False
    return option.is_nameable and option.name not in TAKEN and (option.default is not None or option.required)


def _varied(vary: Mapping[str, Sequence[Any]], params: Sequence[Option], script: Path) -> dict[str, Sequence[Any]]:
    """By the options' own names: `step_size` is `--step-size`, too."""
    names = {option.name.replace("-", "_"): option.name for option in params}
    for wanted in vary:
        if wanted.replace("-", "_") not in names:
            raise ExpcError(
                f"{script} has no parameter {wanted!r} that could vary; {nearest(wanted, list(names.values()))}"
            )
    found = {names[wanted.replace("-", "_")]: levels for wanted, levels in vary.items()}
    for name in (option.name for option in params if option.is_list and option.name in found):
        if not all(isinstance(level, list) for level in found[name]):
            raise ExpcError(f"{script}: {name} takes several values: its levels are lists, {name}=[1,2],[3]")
    return found


def _task(
    source: Source, taken: CommandLine, params: Sequence[Option], given: Sequence[Given], base: Path
) -> Iterator[str]:
    line, why = command(source.script, taken, params, given)
    files = program_files(source, taken)
    yield "task:"
    if len(line) + len(why) > WIDEST:
        yield f"  {why.strip()}"
        why = ""
    yield f"  command: {_quoted(line)}{why}"
    folder = os.path.relpath(source.folder, base)
    if folder != "." or len(files) > 1:
        place = f"path: {flow(folder)}, " if folder != "." else ""
        yield f"  code: {{{place}include: {flow(list(files))}}}    # what each trial gets a copy of, and starts in"


def _inputs(given: Sequence[Given]) -> Iterator[str]:
    if given:
        yield "# Files that it reads. Trials don't start where the spec lies: {input.NAME} is the path of such a file."
        yield "inputs:"
        yield from (f"  {one.name}: {{file: {flow(one.file)}}}{_comment(one.words)}" for one in given)


def _seeds(script: Path, taken: CommandLine, params: Sequence[Option], given: Sequence[Given]) -> str:
    line, _ = command(script, taken, params, given)
    if "{seed}" in line or "{args" in line:
        return "seeds: 3    # every condition with the seeds 0, 1 and 2"
    return "seeds: 1    # more say nothing while the program hears of none: {seed} in the command, or params.json"


def _factors(params: Sequence[Option], vary: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    if vary:
        by_name = {option.name: option for option in params}
        yield "# What varies; factors are crossed."
        yield "factors:"
        for name, levels in vary.items():
            yield f"  {name}: {flow(list(levels))}{_comment(_words(by_name[name]))}"
        yield f"baseline: {flow({name: _base(by_name[name], levels) for name, levels in vary.items()})}"
        return
    yield "# What varies. A list gives the values of the parameter that has the factor's name; factors are crossed. For"
    yield "# example, without the #, and with the parameter taken out of `params`:"
    yield "# factors:"
    suggested = list(_suggested(params))
    for option, levels in suggested[:3] or [(Option("lr", ""), [0.1, 0.01])]:
        yield f"#   {option.name}: {flow(levels)}"
    if suggested:
        option, levels = suggested[0]
        yield f"# baseline: {flow({option.name: _base(option, levels)})}    # what the others are compared with"


def _base(option: Option, levels: Sequence[Any]) -> Any:
    """A level, by its name where it is a list."""
    level = _value(option) if _value(option) in levels else levels[0]
    return level_name(level) if isinstance(level, list) else level


def _suggested(params: Sequence[Option]) -> Iterator[tuple[Option, list[Any]]]:
    """Parameters that are worth varying, with levels: choices first, then numbers as people vary them."""
    for option in params:
        if len(option.choices) > 1:
            yield option, [[choice] if option.is_list else choice for choice in option.choices]
    for option in params:
        value = option.default
        if not option.choices and isinstance(value, float) and value:
            yield option, [value, float(f"{value / 10:.6g}")]
    for option in params:
        value = option.default
        if not option.choices and isinstance(value, int) and not isinstance(value, bool) and value > 1:
            yield option, [value, value * 2]
    for option in params:
        if isinstance(option.default, bool):
            yield option, [option.default, not option.default]


def _params(
    taken: CommandLine, params: Sequence[Option], named: Sequence[Option], vary: Mapping[str, Sequence[Any]]
) -> Iterator[str]:
    chosen = {option.name: [one.name for one in params if _is_of(one, option)] for option in params if option.is_group}
    theirs = {name for names in chosen.values() for name in names}
    held = [option for option in params if option.name not in {*vary, *theirs}]
    if held:
        yield "# Held constant; these are the program's own defaults."
        yield "params:"
        rows = [(f"  {flow(option.name)}: {flow(_value(option))}", _words(option)) for option in held]
        yield from _aligned(rows)
    for group, names in chosen.items():
        if names := [name for name in names if name not in vary]:
            yield f"# {', '.join(names)}: what {group} chooses says them; here they would hide"
            yield f"#   what another {group} says. A level may set them: {{{group}: …, {names[0]}: …}}"
    left = [option for option in taken.options if option not in (*params, *named) and not option.is_seed]
    rows = [(f"# {option.name}", why) for option in left if (why := _why_not(option))]
    if rows:
        yield "# Not among the parameters:"
        yield from (f"{line}: {why}" for line, why in rows)
    if taken.options and taken.seed is None:
        yield "# It takes no seed: if it draws random numbers, let it take --seed, so that a trial can be repeated."
    for note in taken.notes:
        yield from (f"# {line}" for line in note.splitlines())
    if not taken.options:
        yield "# Nothing says which parameters it takes (argparse, click, absl, Fire, Hydra, a dataclass): write them"
        yield "# here, and {args} behind the command, which becomes --name=value for each of them and --seed."
        yield "params: {}"


def _is_of(option: Option, group: Option) -> bool:
    """Whether the file that a group chooses says the option: under params it would hide what another choice says."""
    return option is not group and option.name.startswith(f"{group.name}.")


def _value(option: Option) -> Any:
    if option.default is not None:
        return list(option.default) if isinstance(option.default, tuple) else option.default
    value = option.choices[0] if option.choices else CHANGE_ME
    return [value] if option.is_list else value


def _why_not(option: Option) -> str:  # noqa: PLR0911  (a table, one row a line)
    if option.takes == "no value" and option.default is True:
        how = f"to switch it off, write {option.off} into the command" if option.off else "nothing switches it off"
        return f"takes no value, and is on; {how}"
    given = option.form.replace("{}", "VALUE").replace("=VALUE", "") if option.takes == "no value" else option.form
    if option.takes == "no value":
        return f"takes no value; to switch it on, write {given} into the command"
    if option.is_checkpoint:
        return "is where it saves its state; the command gives it the trial's folder for that"
    if option.kept:
        return "is what it writes; the command keeps it in the trial's own folder, where no other trial writes"
    if option.is_output:
        return "is what it writes; each trial starts in a folder of its own, so that the default will do"
    if not option.is_nameable or option.name in TAKEN:
        return f"has a name that is taken; write it into the command ({option.form})"
    if option.takes == "groups of values":
        return "takes several values each time that it is given; to set them, write them into the command"
    if option.takes == "several values":
        why = f"adds what is given to {flow(list(option.default))}" if option.default else "has no default"
        how = f"to set it, put a list under params, and {option.filled(option.name)} into the command"
        return f"takes several values, and {why}; {how}"
    if option.default is None:
        return f"has no default ({option.help})" if option.help else "has no default; add it to params to set it"
    return ""


def _words(option: Option) -> str:
    words = " ".join(option.help.replace("%(default)s", "").split()).rstrip(" ()")
    if option.choices:
        choices = " | ".join(str(choice) for choice in option.choices)
        words = f"{words}: {choices}" if words else choices
    if option.default is None and option.required:
        words = f"required, and without a default: put yours here. {words}".rstrip()
    return words


def _aligned(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    width = min(36, max(len(line) for line, _ in rows))
    for line, words in rows:
        yield f"{line:<{width}}{_comment(words)}" if words else line


def _comment(words: str) -> str:
    return f"    # {textwrap.shorten(words, 90, placeholder=' …')}" if words else ""


def _todo(
    taken: CommandLine, params: Sequence[Option], given: Sequence[Given], measured: Measures, script: Path
) -> Iterator[str]:
    for one in given:
        if not one.is_known:
            yield f"inputs.{one.name} is a file that it reads: put its path there"
    for option in params:
        if _value(option) in (CHANGE_ME, [CHANGE_ME]):
            yield f"params.{option.name} is required, and the program has no default: put yours there"
    if not taken.options:
        yield f"no parameters were recognised in {script.name}: write them under params"
    if taken.reader == "params.json":
        yield f"{script.name} must read params.json: the comment under params shows how"
    if not measured.metrics:
        yield f"nothing says which numbers {script.name} measures: the comment above metrics shows what to add"


def _quoted(line: str) -> str:
    """As YAML reads it as one text: braces inside words need no quotes, a colon with a space would."""
    return line if re.fullmatch(r"[A-Za-z][^#\"'\n]*[^:#\"'\n]", line) and ": " not in line else flow(line)
