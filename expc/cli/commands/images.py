"""`expc image`, and what the rule `image` calls: an image is made or, where it can't be, the spec's line is named."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import rich_click as click

from expc.assets import asset
from expc.errors import ExpcError, SpecError, nearest

KEYS = ("container", "requirements")
LOCKS = Path("results/.cache")


def make_image(identity: str, recipe: Mapping[str, Any], experiments: Mapping[str, Any]) -> None:
    """Write results/images/IDENTITY.sif. Of two who would, the later waits, and then has nothing left to do."""
    from expc.compiler.writing.bake import BakeError, bake

    target = Path(recipe["image"])
    try:
        with only_one(LOCKS / f"image-{identity}.lock"):
            if not target.exists():  # Snakemake has removed what was there before it called us
                bake(recipe, target, Path())
    except BakeError as error:
        places = [place for experiment in experiments.values() for place in named(experiment["spec"], recipe)]
        at = f"{places[0]}: " if places else ""
        raise ExpcError(
            f"{at}the image {recipe['reference']} can't be made\n    {error}\n"
            f"    results/images/{identity}.log holds all that it said; `--no-container` lets the trials run without"
        ) from error


@contextlib.contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Of all who ask for this lock, where the file system has locks."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as held:
        with contextlib.suppress(OSError):
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def named(spec: str, recipe: Mapping[str, Any]) -> list[str]:
    """Where a spec names what an image is made from, as `file:line:column`; nowhere, if it has changed since."""
    from expc.compiler.reading.load import read

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


@click.command()
@click.argument("name", required=False)
def image(name: str | None) -> None:
    """Print a definition that comes with expc, to begin your own from; without NAME, say which there are."""
    known = {path.stem: path for path in sorted(asset("images").glob("*.def"))}
    if name is None:
        click.echo("\n".join(known))
    elif name in known:
        click.echo(known[name].read_text(encoding="utf-8"), nl=False)
    else:
        raise ExpcError(f"there is no definition {name!r}; {nearest(name, known)}")
