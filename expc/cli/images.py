"""An image of the workflow in, made; or, where it can't be, the line of the spec that names it out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from expc.compiler.load import read
from expc.errors import ExpcError, SpecError

KEYS = ("container", "requirements")


def make_image(identity: str, recipe: Mapping[str, Any], experiments: Mapping[str, Any]) -> None:
    from expc.compiler.bake import BakeError, bake

    try:
        bake(recipe, Path(recipe["image"]), Path())
    except BakeError as error:
        places = [place for experiment in experiments.values() for place in named(experiment["spec"], recipe)]
        at = f"{places[0]}: " if places else ""
        raise ExpcError(
            f"{at}the image {recipe['reference']} can't be made\n    {error}\n"
            f"    results/images/{identity}.log holds all that it said; `--no-container` lets the trials run without"
        ) from error


def named(spec: str, recipe: Mapping[str, Any]) -> list[str]:
    """Where a spec names what an image is made from, as `file:line:column`; nowhere, if it has changed since."""
    try:
        document = read(spec)
    except SpecError:
        return []
    stages = document.value.get("stages")
    names = list(stages) if isinstance(stages, dict) else []
    places = [("environment", key) for key in KEYS] + [
        ("stages", name, "environment", key) for name in names for key in KEYS
    ]
    return [
        ":".join(map(str, document.located(place)))
        for place in places
        if value_at(document.value, place) == recipe["reference"]
    ]


def value_at(value: Any, place: tuple[str, ...]) -> Any:
    for name in place:
        value = value.get(name) if isinstance(value, dict) else None
    return value
