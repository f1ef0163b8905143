"""Seeds in, those that repeat nothing, or far too much, out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from expc.compiler.checks.rigour import hears_of_its_seed
from expc.compiler.checks.rule import Context, Finding, check
from expc.compiler.meaning.scope import StageScope
from expc.compiler.meaning.splits import folds
from expc.plan import Cell
from expc.spec import Pointer

MOST = 30
"""Repetitions that a single number asks for without a question; more are often a seed that was meant."""


@check("R021")
def seeds_that_change_nothing(context: Context) -> Iterator[Finding]:
    """Whether a stage's trials hang on their seed at all is the template's to say."""
    for stage in context.scope.stages.values():
        if stage.template is None or stage.stage.takes or stage.timing:
            continue
        cells = [cell for cell in context.plan.cells if cell.stage == stage.name and len(_own(cell)) > 1]
        still = [(words, cell) for cell in cells if (words := _unseeded(context, stage, cell))]
        if still:
            yield Finding(_seeds(stage), *_in_vain(context, still), key=True)


@check("R025")
def seeds_that_nothing_hears_of(context: Context) -> Iterator[Finding]:
    """A program that is timed repeats by itself; what takes from others and has no seeds of its own, with them."""
    for stage in context.scope.stages.values():
        if stage.program is None or stage.timing or (stage.stage.takes and stage.stage.seeds is None):
            continue
        seeds = {seed for cell in context.plan.cells if cell.stage == stage.name for seed in _own(cell)}
        if len(seeds) > 1 and not hears_of_its_seed(context, stage):
            message = f"no program hears of the {len(seeds)} seeds: the command of {stage.name} doesn't name {{seed}}"
            hint = f"hand it over, as in `command: {stage.program.command} --seed={{seed}}`; or write `seeds: 1`"
            yield Finding(_seeds(stage), message, hint, key=True)


def _own(cell: Cell) -> set[int]:
    return {trial.seed for trial in cell.trials}


def _seeds(stage: StageScope) -> Pointer:
    return (*stage.stage.pointer, "seeds") if stage.stage.seeds is not None else ("seeds",)


def _unseeded(context: Context, stage: StageScope, cell: Cell) -> str:
    """`model=linear`, with the case in which that hangs on no seed; empty if it does. A template that names such
    choices says that nothing else of it is random, so that all slots which have any must be filled by one."""
    assert stage.template is not None
    chosen = context.plan.variants[cell.variant].choices
    slots = [slot for slot in stage.template.slots.values() if slot.unseeded]
    values = _seedless(stage, cell)
    if not (slots or values) or any(chosen[slot.name] not in slot.unseeded for slot in slots) or None in values:
        return ""
    cases = [slot.unseeded[chosen[slot.name]] for slot in slots]
    said = "".join(f" ({case})" for case in dict.fromkeys(cases) if case != "always")
    return " ".join([*(f"{slot.name}={chosen[slot.name]}" for slot in slots), *map(str, values)]) + said


def _seedless(stage: StageScope, cell: Cell) -> list[str | None]:
    """`temperature=0.0`, for each parameter with values that draw nothing at random; None where it has another one."""
    assert stage.template is not None
    named = [one for one in stage.template.parameters.values() if one.unseeded]
    held = json.loads(cell.params) if named else {}
    found = [(one.name, held[one.name]) for one in named if one.name in held]
    return [f"{name}={value}" if value in stage.template.parameters[name].unseeded else None for name, value in found]


def _in_vain(context: Context, still: Sequence[tuple[str, Cell]]) -> tuple[str, str]:
    which = " and ".join(dict.fromkeys(words for words, _ in still))
    cell = next((cell for _, cell in still if cell.trials[0].fold is None), still[0][1])
    message = f"the {len(_own(cell))} seeds of {which} come to one and the same number: nothing in it is random"
    return message, _at_random(context, cell) or _vary(context, cell)


def _at_random(context: Context, cell: Cell) -> str:
    """What to set otherwise, where that decides whether anything is random."""
    template = context.scope.stages[cell.stage].template
    named = [one.name for one in template.parameters.values() if one.unseeded] if template else []
    return f"`seeds: 1` says as much; for runs that differ, set another {' or '.join(named)}" if named else ""


def _vary(context: Context, cell: Cell) -> str:
    """What to repeat by, where the data can be split anew."""
    name = context.plan.data[cell.data].name if cell.data else ""
    source = context.scope.spec.data.get(name)
    if source is not None and folds(source):
        return "the folds vary what is learned from: `seeds: 1` is enough, or `split: {repeat: 3}` beside the folds"
    if source is not None and "test" not in source.entry:
        _, line, _ = context.document.located(("data", name), key=True)
        folded = f"vary the data: `split: {{folds: 5}}` in data.{name}, in line {line}, in place of `seeds`"
        keep = """; to keep the parts that `split` states there, `ignore: {R021: "why"}`"""
        return folded + (keep if "split" in source.entry else "")
    return "`seeds: 1` says as much; a spread over seeds would be 0"


@check("R022")
def seed_that_became_a_number_of_seeds(context: Context) -> Iterator[Finding]:
    places: list[Pointer] = [(*stage.pointer, "seeds") for stage in context.scope.spec.stages.values() if stage.pointer]
    for pointer in [("seeds",), *places]:
        number = context.written(pointer)
        if isinstance(number, int) and number > MOST:
            trials = sum(len(cell.trials) for cell in context.plan.cells)
            message = f"{number} repetitions, with the seeds 0 to {number - 1}: {trials:,} trials in all"
            hint = f"write `seeds: [{number}]` for one trial with the seed {number}; if so many are meant, "
            yield Finding(pointer, message, f'{hint}`ignore: {{R022: "why"}}`')
