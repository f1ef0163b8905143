"""A document in, the same with what it imports merged under it out."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from expc.compiler.reading.load import Document, Replaced, read
from expc.compiler.reading.nodes import Pointer
from expc.errors import Diagnostic, SpecError

MAX_FILES = 50
ENDINGS = (".yaml", ".yml")
KEY = "import"

Wrong = tuple[str, str, str]
"""Code, message and hint."""


def with_imports(document: Document, project: Path) -> Document:
    """Raises SpecError with everything that is wrong with what is imported.

    What a file says itself wins over what it imports, and a later import over an earlier one."""
    return _Importer(document.path, project).resolve(document, (_place(document.path),))


def imported_files(path: str, project: Path) -> list[str]:
    """What a file imports, however far, by absolute paths; what can't be read imports nothing."""
    importer = _Importer(path, project)
    with contextlib.suppress(SpecError):
        importer.resolve(read(path), (_place(path),))
    return list(map(str, importer.met))


class _Importer:
    """The files that were read so far, and those with mistakes: one that several others import is read once."""

    def __init__(self, spec: str, project: Path) -> None:
        here, top = _place(spec).parent, _place(project)
        self.top = top if here.is_relative_to(top) else here
        self.met: dict[Path, Document] = {}
        self.broken: set[Path] = set()

    def resolve(self, document: Document, above: tuple[Path, ...]) -> Document:
        """`above` are the files that are being read: this one last, and those that import it before."""
        problems: list[Diagnostic] = []
        under: Document | None = None
        for index, name in enumerate(_entries(document, spec=len(above) == 1)):
            try:
                found = self.imported(document, (KEY, index), name, above)
            except SpecError as error:
                problems += error.diagnostics
            else:
                under = merged(found, under) if under else found
        if problems:
            raise SpecError([*document.findings, *problems])
        return merged(document, under) if under else document

    def imported(self, document: Document, pointer: Pointer, name: str, above: tuple[Path, ...]) -> Document:
        path = os.path.normpath(Path(document.path).parent / name)
        place = _place(path)
        if wrong := self.leads_out(name, place) or _circle(name, place, above) or self.refused(name, place, above):
            raise SpecError([document.diagnostic(wrong[0], pointer, *wrong[1:])])
        if place in self.broken:  # what is wrong there is said already
            raise SpecError([])
        if place not in self.met:
            opened = _opened(document, pointer, name, path)
            self.broken.add(place)
            self.met[place] = self.resolve(opened, (*above, place))
            self.broken.remove(place)
        return self.met[place]

    def leads_out(self, name: str, place: Path) -> Wrong | None:
        if "://" in name or name.startswith("~") or Path(name).is_absolute():
            message = f"{name!r} is no path that holds on every machine"
            return "E110", message, "write a path relative to this file, such as common.yaml; nothing is fetched"
        if not place.is_relative_to(self.top):
            hint = "import what lies in the project, the folder in which expc is started: move or copy the file there"
            return "E110", f"{name!r} leads out of the project", hint
        return None

    def refused(self, name: str, place: Path, above: tuple[Path, ...]) -> Wrong | None:
        if not name.endswith(ENDINGS):
            hint = f"the name of such a file ends in {' or '.join(ENDINGS)}; data belong under `data`"
            return "E108", f"{name!r} can't be imported: only YAML is", hint
        if len(self.met) + len(above) > MAX_FILES and place not in self.met:
            return "E108", f"{name!r} can't be imported: it is one of more than {MAX_FILES} files", "import fewer files"
        return None


def _circle(name: str, place: Path, above: tuple[Path, ...]) -> Wrong | None:
    if place not in above:
        return None
    if place == above[-1]:
        return "E109", f"{name!r} imports itself", "remove it"
    circle = " → ".join(path.name for path in (*above[above.index(place) :], place))
    return "E109", f"files import each other in a circle: {circle}", "move what both need into a third file"


def merged(over: Document, under: Document) -> Document:
    """Two documents as one: mappings merge, and everything else that `over` says replaces what `under` says."""
    value, parts = _merged(over.value, under.value, (), under)
    findings = tuple(dict.fromkeys((*under.findings, *over.findings)))
    replaced = {**under.replaced, **dict(_replaced(over.value, under)), **over.replaced}
    return replace(over, value=value, findings=findings, parts={**parts, **over.parts}, replaced=replaced)


def _merged(
    over: Mapping[str, Any], under: Mapping[str, Any], pointer: Pointer, source: Document
) -> tuple[dict[str, Any], dict[Pointer, Document]]:
    """The value, and where that which only `under` has comes from."""
    value: dict[str, Any] = {}
    parts: dict[Pointer, Document] = {}
    for key in dict.fromkeys((*under, *over)):
        here = (*pointer, key)
        if here == (KEY,):
            value |= {key: over[key]} if key in over else {}
        elif key not in over:
            value[key], parts[here] = under[key], source
        elif isinstance(over[key], dict) and isinstance(under.get(key), dict):
            value[key], inner = _merged(over[key], under[key], here, source)
            parts |= inner
        else:
            value[key] = over[key]
    return value, parts


def _replaced(over: Mapping[str, Any], under: Document) -> Iterator[tuple[Pointer, Replaced]]:
    """The lists at the top that another takes the place of."""
    for key, value in under.value.items():
        if isinstance(value, list | dict) and isinstance(over.get(key), list) and key != KEY:
            path, *_ = under.located((key,), key=True)
            yield (key,), Replaced(path, value)


def _entries(document: Document, *, spec: bool) -> list[str]:
    found = document.value.get(KEY, [])
    if isinstance(found, list) and all(isinstance(name, str) and name for name in found):
        return found
    if spec:  # the schema says what is wrong with the spec's own
        return []
    message = "`import` must be a list of YAML files"
    raise SpecError([*document.findings, document.diagnostic("E108", (KEY,), message, "write `import: [common.yaml]`")])


def _opened(document: Document, pointer: Pointer, name: str, path: str) -> Document:
    """What is wrong with a whole file is said where it is imported, the rest where it stands."""
    try:
        return read(path)
    except SpecError as error:
        (found,) = error.diagnostics
        if found.code not in ("E101", "E102") or (found.line, found.column) != (1, 1):
            raise
        why = found.message.removeprefix("can't be read: ")
        hint = found.hint
        if not Path(path).exists():
            hint = f"paths under `import` are relative to the file that imports, in {Path(document.path).parent}/"
        raise SpecError([document.diagnostic("E108", pointer, f"{name!r} can't be imported: {why}", hint)]) from None


def _place(path: str | Path) -> Path:
    """Absolute, without `..`; where a link leads doesn't matter."""
    return Path(os.path.normpath(Path(path).absolute()))
