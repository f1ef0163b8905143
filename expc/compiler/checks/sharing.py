"""Stages of own programs without `reads` in, those that run again for what only another stage reads out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from expc.compiler.checks.programs import LARGEST, PLACEHOLDER, asked_for, parameters
from expc.compiler.checks.rigour import READERS, handed_over, unread
from expc.compiler.checks.rule import Context, Finding, check
from expc.compiler.meaning.derive import derived, feeding
from expc.compiler.meaning.given import role_of
from expc.compiler.meaning.scope import StageScope
from expc.compiler.programs.program import OwnProgram
from expc.compiler.programs.revision import CURRENT, PATCH, REF

WORD = re.compile(rb"[A-Za-z_][\w-]*")
OPTION = re.compile(rb"""\b(?:add_argument|option)\(\s*(?:["']-\w["']\s*,\s*)?["']--(?:[\w-]+\.)*([\w-]+)["']""")
"""One that argparse or click is told of; what neither is told of, a program doesn't take, mostly."""
DROPPED = re.compile(rb",\s*_\w*\s*=\s*\w+\.parse_known_args\(|parse_known_args\([^()]*\)\s*\[0\]")
"""Options that nobody declared, not looked at again."""
PASSED_ON = re.compile(
    rb"\$[@*]|\*\*|argv|parse_known|ignore_unknown_options|vars\(|__dict__|getattr\(|parents\s*=|\(\s*(?:arg_?)?parser\b"
    rb"|from_cli|HfArgumentParser|Fire\(|hydra|LightningCLI|jsonargparse|tyro"
)
"""What stands in a program that takes options which it doesn't name, or lets another declare some."""


class _Program(NamedTuple):
    """What can be told of what a stage's program reads."""

    named: set[str] | None
    """The parameters that its command hands over; None if all of them."""
    words: set[bytes]
    """Those of its files and of its command; none, if its files can't be looked at."""
    options: set[bytes]
    """Those that it declares; none, if it may take others."""
    opens: bool
    """Whether it reads params.json."""


@check("R026")
def stage_that_runs_again_for_others(context: Context) -> Iterator[Finding]:
    factors, stages = context.scope.spec.factors, list(context.scope.stages.values())
    asked = [stage for stage in stages if stage.program and stage.stage.reads is None and len(stages) > 1]
    silent = unread(context) if asked else []  # R010 speaks of those
    programs = {stage.name: _program(context, stage) for stage in stages if asked and stage.program}
    for stage in asked:
        taken = {name for above in stage.above for name in context.scope.stages[above].factors}  # varies it anyway
        varied = [name for name in stage.reads if len(factors[name].levels) > 1 and name not in {*silent, *taken}]
        others = _others(context, stage, varied, programs)
        if others:
            yield _finding(context, stage, others, told=programs[stage.name].named is not None)


def _finding(context: Context, stage: StageScope, factors: list[str], *, told: bool) -> Finding:
    trials = sum(len(cell.trials) for cell in context.plan.cells if cell.stage == stage.name)
    where = "command doesn't name" if told else "files don't mention"
    message = f"stage {stage.name!r} varies with {' and '.join(factors)}, which its {where}: {trials} trials in all"
    left = ", ".join(name for name in stage.reads if name not in factors)
    hint = f"write `reads: [{left}]` in stage {stage.name!r}, and it runs once for all of their levels"
    return Finding(stage.stage.pointer, message, hint, key=True)


def _others(context: Context, stage: StageScope, varied: list[str], programs: Mapping[str, _Program]) -> list[str]:
    """The factors that only other stages read; none, where it isn't certain."""
    program = programs[stage.name]
    if program.opens or not program.words:
        return []
    others = [name for name in varied if not _varies(context, stage, name, program)]
    if program.named is not None:
        return others
    if not any(_spelled(name) & program.options for name in parameters(context, stage)):
        return []
    others = [name for name in others if not _abbreviates(context, name, program)]
    beside = [other for other in context.scope.stages.values() if other is not stage]
    return [
        name
        for name in others
        if any(name in other.reads and _varies(context, other, name, programs.get(other.name)) for other in beside)
    ]


def _varies(context: Context, stage: StageScope, factor: str, program: _Program | None) -> bool:
    """Whether a stage's program reads anything that the levels of a factor set, as far as can be told."""
    sets = _sets(context, factor)
    if program is None:
        return any(stage.knows(name) for name in sets)
    if any(role_of(name) for name in sets) or not sets.isdisjoint((REF, PATCH)):
        return True
    formulas = derived(context.scope.spec, stage)
    named = program.named
    if named is None:
        named = {name for name in (*sets, *formulas) if _spelled(name) & program.words}
    return not sets.isdisjoint(feeding(formulas.values(), named))


def _sets(context: Context, factor: str) -> set[str]:
    return {name for level in context.scope.spec.factors[factor].levels for name in level.sets}


def _abbreviates(context: Context, factor: str, program: _Program) -> bool:
    """Whether an option begins with what the factor sets: argparse takes `--freeze` for `--freeze-layers`."""
    short = tuple(spelled for name in _sets(context, factor) for spelled in _spelled(name))
    return any(option.startswith(short) for option in program.options)


def _spelled(name: str) -> set[bytes]:
    """How a program may call a parameter: `model.hidden-size` is `hidden_size` in it."""
    last = name.rpartition(".")[2]
    return {last.encode(), last.replace("-", "_").encode(), last.replace("_", "-").encode()}


def _program(context: Context, stage: StageScope) -> _Program:
    """Its files are read once, one after another; those of a commit or a patch lie elsewhere."""
    assert stage.program is not None
    named = handed_over(context, stage)
    lines = stage.program.command, stage.program.resume or ""
    if named is not None:
        named = named | {asked_for(match[1]) for match in PLACEHOLDER.finditer(lines[1]) if match[1]}
    words, options, opens, passes = set[bytes](), set[bytes](), False, False
    for text in _texts(context, stage):
        words.update(WORD.findall(text))
        options.update(OPTION.findall(text))
        opens = opens or any(reader in text for reader in READERS)
        passes = passes or bool(PASSED_ON.search(DROPPED.sub(b"", text)))
    if words:
        words.update(WORD.findall(" ".join(lines).encode()))
    return _Program(named, words, set() if passes else options, opens)


def _texts(context: Context, stage: StageScope) -> Iterator[bytes]:
    codes = {code: found for (name, code), found in context.programs.items() if name == stage.name}
    found = codes.get(CURRENT)
    if len(codes) == 1 and isinstance(found, OwnProgram):
        for path in (found.folder / file for file in found.files):
            if path.is_file() and path.stat().st_size <= LARGEST:
                yield path.read_bytes()
