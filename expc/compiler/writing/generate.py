"""The recipe of a variant in, `results/code/<variant>/` out: exactly what was compiled, or words why not."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from expc.compiler.digest import file_hash
from expc.compiler.programs.program import content_hash
from expc.compiler.programs.revision import Revision, revised
from expc.compiler.templates.method import chosen_methods
from expc.compiler.templates.render import Method, Variant, render
from expc.compiler.templates.template import Template, find_template, load_template
from expc.compiler.writing.building import build, check_protected
from expc.errors import ExpcError
from expc.whole import replacing, write_whole

EXTRAS = ("build", "configurations", "resume", "protect", "revision")
"""What a program may say of itself besides."""


class ChangedError(ExpcError):
    """A source that is no longer what was compiled."""


def generate(variant: str, recipe: Mapping[str, Any], target: Path, project: Path) -> None:
    """Write the variant's files, `variant.json` last."""
    described = _own(recipe, target, project) if "command" in recipe else _rendered(variant, recipe, target, project)
    stated = {"id": variant, **described, "sizes": _sizes(target, described)}
    write_whole(target / "variant.json", (json.dumps(stated, indent=1) + "\n").encode())


def _sizes(target: Path, described: Mapping[str, Any]) -> dict[str, int]:
    """The bytes of each file, what a build has made included, so that one that is torn or left behind is known."""
    made = (path for path in target.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    names = {os.path.relpath(path, target) for path in made} if "build" in described else described["files"]
    return {name: (target / name).stat().st_size for name in sorted(names)}


def _own(recipe: Mapping[str, Any], target: Path, project: Path) -> dict[str, Any]:
    with _sources(recipe, project) as folder:
        _check_unchanged(recipe, folder, project)
        if "build" in recipe and target.is_dir():  # what a build that failed has left is no source
            (target / "variant.json").unlink(missing_ok=True)  # first: a trial may be taking a copy of it all
            shutil.rmtree(target)
        for name in recipe["files"]:
            with replacing(target / name) as staged:  # a trial of another start may be taking a copy of it
                shutil.copy2(folder / name, staged)
    if "build" in recipe:
        build(recipe["build"], target, target.with_name(f"{target.name}.build.log"))
    check_protected(target, recipe.get("protect", {}))
    return {key: recipe[key] for key in ("command", "results", "files", *EXTRAS) if key in recipe}


@contextmanager
def _sources(recipe: Mapping[str, Any], project: Path) -> Iterator[Path]:
    """The folder with the program's files: where they lie, or as a commit and patches have them."""
    folder = project / recipe["folder"]
    if "revision" not in recipe:
        yield folder
        return
    patches = tuple((project / path, expected) for path, expected in recipe["revision"]["patches"])
    for path, expected in patches:
        if not path.is_file() or file_hash(path) != expected:
            raise _changed(f"{path}")
    revision = Revision(recipe["revision"]["commit"], patches)
    with revised(folder, revision, recipe["files"]) as there:
        yield there


def _check_unchanged(recipe: Mapping[str, Any], folder: Path, project: Path) -> None:
    for name, expected in recipe["files"].items():
        if not (folder / name).is_file() or content_hash(folder / name) != expected:
            raise _changed(f"{project / recipe['folder'] / name}")


def _rendered(variant: str, recipe: Mapping[str, Any], target: Path, project: Path) -> dict[str, Any]:
    folder = find_template(recipe["task"], project)
    if folder is None:
        raise ExpcError(f"there is no template {recipe['task']!r} any more; compile again")
    template = load_template(folder)
    methods = {name: _method(name, entry, project) for name, entry in recipe["methods"].items()}
    rendered = render(template, recipe["choices"], methods)
    if rendered.variant != variant:
        hashes, expected = dict(rendered.file_hashes), recipe["files"]
        made = {name for name in {*hashes, *expected} if hashes.get(name) != expected.get(name)}
        # What the other files read decides what stands in config.py: it is named only if no other differs.
        sources = {_source(name, template, recipe["choices"], methods) for name in made - {"config.py"} or made}
        raise _changed(", ".join(sorted(sources)))
    for name, text in rendered.files:
        write_whole(target / name, text.encode())
    return _described(template, recipe["choices"], rendered)


def _source(made: str, template: Template, choices: Mapping[str, str], methods: Mapping[str, Method]) -> str:
    """The file in which one that is generated has its text, or its fields."""
    chosen = template.choices(choices)
    used = chosen_methods(chosen, methods)
    for name, slot in template.slots.items():
        if slot.file == made:
            return str(used[name].path if name in used else template.folder / name / f"{chosen[name]}.py")
    if made in template.shared:
        return str(template.folder.parent / "shared" / made)
    return str(template.folder / ("template.yaml" if made == "config.py" else made))


def _described(template: Template, choices: Mapping[str, str], rendered: Variant) -> dict[str, Any]:
    return {
        "template": template.name,
        "choices": dict(choices),
        "train": template.train,
        "evaluate": template.evaluate,
        "preload": list(template.preload),
        **({"cache": True} if template.cache else {}),
        "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in rendered.files},
    }


def _method(name: str, entry: Mapping[str, Any], project: Path) -> Method:
    path = project / entry["file"]
    if not path.is_file():
        raise _changed(entry["file"])
    params = {key: tuple(value) if isinstance(value, list) else value for key, value in entry["params"].items()}
    return Method(name, entry["slot"], path.read_text(encoding="utf-8"), params, Path(entry["file"]))


def _changed(what: str) -> ChangedError:
    return ChangedError(f"{what} has changed since `expc compile`; compile again")
