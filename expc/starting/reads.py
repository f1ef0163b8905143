"""A program's options in, the files that it reads out: those that belong to its code, and those that are inputs."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from expc.spec import CHANGE_ME
from expc.starting.option import CommandLine, Option
from expc.starting.source import Source

SMALL = 20_000_000
"""Bytes of a file that each trial can be given a copy of."""

KINDS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".npz", ".npy", ".parquet", ".pt", ".pkl", ".h5", ".gz", ".arff")
"""How the names of data files end."""

NOT_DATA = ("requirements", "package", "metrics", "results", "config", "readme", "license", "changelog")
SHOWN = 4


@dataclass(frozen=True)
class Given:
    """A file that an option names, and that a spec gives as an input. `words` are a comment on it."""

    option: Option
    file: str
    words: str

    @property
    def name(self) -> str:
        return self.option.name.replace(".", "_")

    @property
    def is_known(self) -> bool:
        return self.file != CHANGE_ME


def given_files(source: Source, taken: CommandLine, base: Path) -> list[Given]:
    """Paths are relative to the folder `base` of the spec."""
    if taken.reader == "params.json":  # nothing can be given on its command line
        return []
    options = [option for option in taken.options if option.takes == "a value" and not option.is_checkpoint]
    found = (_given(source, option, base) for option in options if not option.is_output)
    return [one for one in found if one]


def _given(source: Source, option: Option, base: Path) -> Given | None:
    if not isinstance(option.default, str):
        wanted = option.is_data and option.required and option.default is None
        return _guessed(source, option, base) if wanted else None
    path = source.folder / option.default
    if _is_part(source, option.default) or not option.default.lower().endswith(KINDS):
        return None
    if path.is_file():
        return Given(option, _from(base, path), "the program's default")
    if not option.is_data:
        return None
    return Given(option, CHANGE_ME, f"the program's default, {option.default}, isn't there: put a file's path here")


def _guessed(source: Source, option: Option, base: Path) -> Given:
    there = sorted(path for path in source.folder.iterdir() if _looks_like_data(path))
    if len(there) == 1:
        return Given(option, _from(base, there[0]), "a guess: the only file beside it that looks like data")
    names = ", ".join(_from(base, path) for path in there[:SHOWN])
    return Given(option, CHANGE_ME, f"the path of a file{f', such as {names}' if names else ''}")


def _looks_like_data(path: Path) -> bool:
    name = path.name.lower()
    return name.endswith(KINDS) and not name.startswith((".", *NOT_DATA)) and path.is_file()


def _from(base: Path, path: Path) -> str:
    return os.path.relpath(path, base)


def program_files(source: Source, taken: CommandLine) -> list[str]:
    """What belongs to the program: its own files, its configuration, and small files that it names."""
    own = [path.relative_to(source.folder).as_posix() for path in source.trees]
    return list(dict.fromkeys([*own, *taken.files, *_named(source, taken)]))


def _named(source: Source, taken: CommandLine) -> Iterator[str]:
    texts = [node.value for node in source.nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    defaults: Sequence[str] = [option.default for option in taken.options if isinstance(option.default, str)]
    yield from (Path(text).as_posix() for text in (*texts, *defaults) if _is_part(source, text))


def _is_part(source: Source, text: str) -> bool:
    """Whether a text names a small file in the program's folder."""
    if len(text) >= 200 or "\n" in text or "\0" in text or not re.search(r"\.\w+$", text):
        return False
    path, name = source.folder / text, Path(text)
    inside = not name.is_absolute() and ".." not in name.parts and not name.name.startswith(".")
    return inside and path.is_file() and path.stat().st_size <= SMALL
