"""A stage that runs an own program in, every code that its conditions ask for, and what each comes to, out."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path

from expc.compiler.design import matcher
from expc.compiler.program import OwnProgram, ProgramError, own_program
from expc.compiler.revision import PATCH, REF, Code, RevisionError, code_of
from expc.compiler.scope import Scope, StageScope
from expc.compiler.settings import known
from expc.spec import Spec, Value

Found = Mapping[tuple[str, Code], OwnProgram | ProgramError | RevisionError | OSError]
"""By stage and code; or why there is none."""


def programs(scope: Scope, spec_file: Path, project: Path) -> Found:
    """Every own program of a spec, each read once."""
    return {
        (stage.name, code): _read(stage, code, spec_file, project)
        for stage in scope.stages.values()
        if stage.program is not None
        for code in codes(scope.spec, stage)
    }


def _read(
    stage: StageScope, code: Code, spec_file: Path, project: Path
) -> OwnProgram | ProgramError | RevisionError | OSError:
    assert stage.program is not None
    try:
        return own_program(stage.program, spec_file, project, code)
    except (ProgramError, RevisionError, OSError) as error:
        return error


def codes(spec: Spec, stage: StageScope) -> list[Code]:
    """The codes of a stage, each once, in the order of its conditions. Only factors that choose code are crossed."""
    params = {**known(stage, spec.params), **known(stage, stage.stage.params)}
    overrides = [override for override in spec.overrides if _chooses(override.params)]
    choosing = [name for name in stage.reads if any(_chooses(level.sets) for level in spec.factors[name].levels)]
    order = tuple(dict.fromkeys([*choosing, *(name for override in overrides for name in override.when)]))
    order = tuple(name for name in order if name in stage.factors)
    left_out = [matcher(spec.factors, order, partial) for partial in spec.exclude]
    named = [{name: levels for name, levels in entry.items() if name in order} for entry in spec.include]
    brought_back = [matcher(spec.factors, order, partial) for partial in named]
    changes = [(matcher(spec.factors, order, override.when), override.params) for override in overrides]
    found: dict[Code, None] = {}
    for condition in product(*(range(len(spec.factors[name].levels)) for name in order)):
        if any(fits(condition) for fits in left_out) and not any(fits(condition) for fits in brought_back):
            continue
        values: dict[str, Value] = dict(params)
        for name, index in zip(order, condition, strict=True):
            values.update(spec.factors[name].levels[index].sets if name in stage.reads else {})
        for fits, more in changes:
            values.update(more if fits(condition) else {})
        found[code_of(values)] = None
    return list(found)


def _chooses(params: Mapping[str, Value]) -> bool:
    return REF in params or PATCH in params
