"""A stage that runs an own program in, every code that its conditions ask for, and what each comes to, out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from expc.compiler.meaning.design import design, matcher
from expc.compiler.meaning.scope import Scope, StageScope
from expc.compiler.meaning.settings import known
from expc.compiler.programs.program import OwnProgram, ProgramError, own_program
from expc.compiler.programs.revision import PATCH, REF, Code, RevisionError, code_of
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
    """The codes of a stage, each once, in the order of its conditions. Only factors that choose code are looked at."""
    params = {**known(stage, spec.params), **known(stage, stage.stage.params)}
    overrides = [override for override in spec.overrides if _chooses(override.params)]
    choosing = {name for name in stage.reads if any(_chooses(level.sets) for level in spec.factors[name].levels)}
    choosing |= {name for override in overrides for name in override.when}
    order = tuple(name for name in stage.factors if name in choosing)
    changes = [(matcher(spec.factors, order, override.when), override.params) for override in overrides]
    found: dict[Code, None] = {}
    for condition in design(_of_some(spec, order)):
        values: dict[str, Value] = dict(params)
        for name, index in zip(order, condition, strict=True):
            values.update(spec.factors[name].levels[index].sets if name in stage.reads else {})
        for fits, more in changes:
            values.update(more if fits(condition) else {})
        found[code_of(values)] = None
    return list(found)


def _of_some(spec: Spec, names: Sequence[str]) -> Spec:
    """The experiment with some of its factors alone. What `exclude` says of others as well leaves nothing out."""
    factors = {name: spec.factors[name] for name in names}
    include = tuple({name: levels for name, levels in entry.items() if name in factors} for entry in spec.include)
    return replace(spec, factors=factors, include=include)


def _chooses(params: Mapping[str, Value]) -> bool:
    return REF in params or PATCH in params
