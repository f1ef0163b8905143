"""The parameters of a condition in, the inputs that its trials are given out: `from.<name>` is a parameter, too.

So a level can choose an input, `params` can hold one constant, and `overrides` can give some conditions another. No
program is handed these parameters; it finds the input in the place where one that the stage takes by `from` lies."""

from __future__ import annotations

from collections.abc import Mapping

from expc.spec import Spec, Stage, Value

FROM = "from."


def role_of(parameter: str) -> str | None:
    """What a stage calls the input that a parameter chooses; None if it is another parameter."""
    return parameter.removeprefix(FROM) if parameter.startswith(FROM) else None


def given(stage: Stage, params: Mapping[str, Value]) -> dict[str, str]:
    """The stage's name for each input -> its name in the spec. null takes one away that `from` names."""
    chosen = {name.removeprefix(FROM): value for name, value in params.items() if name.startswith(FROM)}
    return {role: str(name) for role, name in sorted({**stage.inputs, **chosen}.items()) if name is not None}


def are_chosen(spec: Spec) -> bool:
    """Whether any parameter of a spec chooses an input."""
    levels = (level.sets for factor in spec.factors.values() for level in factor.levels)
    stated = (spec.params, *(stage.params for stage in spec.stages.values()), *(one.params for one in spec.overrides))
    return any(name.startswith(FROM) for values in (*stated, *levels) for name in values)
