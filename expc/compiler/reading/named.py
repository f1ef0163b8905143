"""A spec, and what was compiled of it, in; the files that it is made of out: what is newer may say something else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from expc.accepted import FILE
from expc.compiler.reading.imports import with_imports
from expc.compiler.reading.load import read

GIT_LOG = ".git/logs/HEAD"
"""Written by commits, pulls and checkouts."""


def newer(spec: str, workflow: Mapping[str, Any], than: int) -> list[str]:
    """Those that were written, or put in their places, after a moment in nanoseconds; the spec first.

    `workflow` is experiments.json. Nothing but the spec and its imports is read. Raises SpecError if these can't be."""
    document = with_imports(read(spec), Path())
    files = [spec, *(part.path for part in document.parts.values())]
    files += [str(FILE)] if FILE.exists() else []  # what was accepted counts for the trials of a new compilation
    files += _named(document.value, Path(spec).parent)
    files += _compiled(workflow)
    return [path for path in dict.fromkeys(map(os.path.normpath, files)) if _is_newer(path, than)]


def _is_newer(path: str, than: int) -> bool:
    """Whether it was written, or moved to its place, or taken away since."""
    try:
        found = Path(path).stat()
    except OSError:
        return True
    return max(found.st_mtime_ns, found.st_ctime_ns) > than


def _named(value: Any, base: Path) -> Iterator[str]:
    """Each text of a spec that is the name of a file, in whatever place: prompts, methods, patches, definitions."""
    for text in dict.fromkeys(_texts(value)):
        if os.path.isfile(base / text):  # noqa: PTH113  (Path's fails at a text that is too long for a name)
            yield str(base / text)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _compiled(workflow: Mapping[str, Any]) -> Iterator[str]:
    for recipe in workflow.get("data", {}).values():
        for file in recipe["files"].values():
            yield from _tree(file["path"])
    for recipe in workflow.get("inputs", {}).values():
        yield from (found for key in ("file", "folder") if key in recipe for found in _tree(recipe[key]))
    for variant in workflow["variants"].values():
        yield from _code(variant)


def _code(variant: Mapping[str, Any]) -> Iterator[str]:
    """A template's code is in its folder, if it is the user's own; a program's in the commit, or as it lies there."""
    task, folder = variant.get("task", ""), variant.get("folder", "")
    if task.startswith("./"):
        yield from _tree(task)
    if "revision" in variant:
        places = (Path(folder), *Path(folder).absolute().parents)
        yield from (str(place / GIT_LOG) for place in places if (place / GIT_LOG).is_file())
    elif folder:
        yield from (os.path.join(folder, name) for name in variant["files"])  # noqa: PTH118  (a program's may be many)


def _tree(path: str) -> Iterator[str]:
    """A file; or a folder, and all that is in it: what is removed makes its folder newer."""
    yield path
    for folder, folders, names in os.walk(path):
        yield from (os.path.join(folder, name) for name in (*folders, *names))  # noqa: PTH118  (many)
