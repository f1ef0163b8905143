"""A spec's path in, plain data with positions out."""

from __future__ import annotations

import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from os import stat_result
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node

from expc.compiler.reading.compose import Flaw, FlawError, Place, compose, place_of
from expc.compiler.reading.nodes import Pointer, column_of, flaws, places, plain, torn_formula
from expc.compiler.reading.syntax import syntax_flaw
from expc.errors import Diagnostic, SpecError

MAX_BYTES = 1_000_000


class Replaced(NamedTuple):
    """A list (or the keys of a mapping) of an imported file that the file which imports it says anew."""

    path: str
    value: Collection[Any]


@dataclass(frozen=True)
class Document:
    """A spec as plain data: dicts, lists, texts, numbers, true, false and null.

    `findings` are the flaws that leave the rest to be checked; only `read` gives documents that have any."""

    path: str
    value: dict[str, Any]
    findings: tuple[Diagnostic, ...] = ()
    root: Node | None = field(default=None, repr=False, compare=False)
    parts: Mapping[Pointer, Document] = field(default_factory=dict, repr=False, compare=False)
    """What was imported, by where it stands now: the document that says it."""
    replaced: Mapping[Pointer, Replaced] = field(default_factory=dict, repr=False, compare=False)
    """What was imported and isn't merged, by where it would stand."""

    def located(self, pointer: Pointer, *, key: bool = False) -> tuple[str, int, int]:
        """File, and line and column, from 1, of a value or of its key; of the nearest value around it that has some."""
        for end in range(len(pointer), -1, -1):
            if part := self.parts.get(pointer[:end]):
                return part.located(pointer, key=key)
            if found := self._places.get(pointer[:end]):
                return self.path, *found[1 if key else 0]
        return self.path, *Place(1, 1)

    def located_in(self, pointer: Pointer, at: int) -> tuple[str, int, int]:
        """The place of a text's character, where the text is written as it is; else of the text."""
        for end in range(len(pointer), -1, -1):
            if part := self.parts.get(pointer[:end]):
                return part.located_in(pointer, at)
        path, line, column = self.located(pointer)
        return path, line, column + (column_of(self.root, pointer, at) if self.root else 0)

    def position(self, pointer: Pointer, *, key: bool = False) -> tuple[int, int]:
        return self.located(pointer, key=key)[1:]

    def diagnostic(self, code: str, pointer: Pointer, message: str, hint: str = "", *, key: bool = False) -> Diagnostic:
        return Diagnostic(*self.located(pointer, key=key), code, message, hint)

    @cached_property
    def _places(self) -> dict[Pointer, tuple[Place, Place]]:
        return {pointer: (value, key) for pointer, value, key in places(self.root)} if self.root else {}


def load(path: str) -> Document:
    """A document without findings. Raises SpecError with all of them otherwise."""
    document = read(path)
    if document.findings:
        raise SpecError(document.findings)
    return document


def read(path: str, kind: str = "spec") -> Document:
    """A document whose `findings` leave enough of it to check the rest. Raises SpecError where they don't."""
    try:
        root = _root(_text(Path(path)))
    except FlawError as error:
        raise SpecError([_diagnostic(path, _said_of(kind, path, error.flaw))]) from None
    return Document(path, plain(root), tuple(_diagnostic(path, flaw) for flaw in flaws(root)), root)


def _said_of(kind: str, path: str, flaw: Flaw) -> Flaw:
    """The flaw of a whole file, whose hint says what a spec is: where the file is of another kind, of that one."""
    if path.endswith(".py") and flaw.code != "E101":
        hint = f"`expc init --from {path}` writes a {kind} of it" if kind == "spec" else f"name a {kind}"
        return Flaw(Place(1, 1), "E107", f"the file is a program in Python, and no {kind}", hint)
    if kind == "spec":
        return flaw
    hint = f"name a {kind}, as docs/cluster.md shows it" if "spec" in flaw.hint else flaw.hint
    return flaw._replace(message=flaw.message.replace("a spec", f"a {kind}"), hint=hint)


def _root(text: str) -> MappingNode:
    try:
        root = compose(text)
    except YAMLError as error:
        raise FlawError(syntax_flaw(error, text)) from None
    if not isinstance(root, MappingNode):
        raise FlawError(_no_mapping(root))
    if torn := torn_formula(root):
        raise FlawError(torn)
    return root


def _text(path: Path) -> str:
    """The file's text, without a byte order mark. Only what `stat` finds small enough is opened."""
    try:
        _refuse(path.stat())
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise FlawError(_unreadable(error)) from None
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise FlawError(_not_utf8(raw, error.start)) from None


def _refuse(status: stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file"
        raise FlawError(
            Flaw(Place(1, 1), "E101", f"can't be read: it is {kind}", "name the YAML file that holds the spec")
        )
    if status.st_size > MAX_BYTES:
        message = f"the file has {status.st_size:,} bytes, and a spec has at most {MAX_BYTES:,}"
        raise FlawError(
            Flaw(Place(1, 1), "E102", message, "is it the right file? data belongs into files that the spec names")
        )


def _unreadable(error: Exception) -> Flaw:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            reason, hint = "there is no such file", "check the path, which counts from the current folder"
        case PermissionError():
            reason, hint = "permission denied", "ask its owner, or change its mode with chmod"
        case _:
            reason, hint = getattr(error, "strerror", None) or str(error), "check the path"
    return Flaw(Place(1, 1), "E101", f"can't be read: {reason}", hint)


def _not_utf8(raw: bytes, at: int) -> Flaw:
    start = raw.rfind(b"\n", 0, at) + 1
    place = Place(raw.count(b"\n", 0, at) + 1, len(raw[start:at].decode("utf-8").removeprefix("\ufeff")) + 1)
    return Flaw(place, "E101", f"can't be read: the byte {raw[at]:#04x} isn't UTF-8", "save the file as UTF-8")


def _no_mapping(root: Node | None) -> Flaw:
    hint = "a spec is a mapping that begins with `expc: 1`"
    if root is None:
        return Flaw(Place(1, 1), "E107", "the file is empty", hint)
    return Flaw(place_of(root.start_mark), "E107", "the file's top isn't a mapping", hint)


def _diagnostic(path: str, flaw: Flaw) -> Diagnostic:
    return Diagnostic(path, *flaw.place, flaw.code, flaw.message, flaw.hint)
