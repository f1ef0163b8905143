"""An own program in, its split command and the hashes of its files out."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from expc.compiler.digest import digest
from expc.compiler.render import normalised
from expc.errors import ExpcError
from expc.spec import Program

LEFT_OUT = ("workflow", "results", "__pycache__")
"""Folders that are never a part of a program's code."""


class ProgramError(ExpcError):
    """A program's code that can't be found or read."""


class IncludeError(ProgramError):
    """Patterns under `include` that fit no file."""


@dataclass(frozen=True)
class OwnProgram:
    id: str
    command: tuple[str, ...]
    results: str | None
    folder: Path
    files: Mapping[str, str]
    """Path in the code folder -> hash of its content; of Python without comments and blank lines."""


def own_program(program: Program, base: Path, spec: Path) -> OwnProgram:
    """`base` is the folder of the spec, which itself is never part of the code."""
    folder = base / program.path
    if not folder.is_dir():
        raise ProgramError(f"the code's folder {program.path!r} does not exist")
    command = tuple(shlex.split(program.command))
    files = {name: content_hash(folder / name) for name in _files(program, command, folder, spec)}
    identity = digest({"command": command, "results": program.results, "files": files})
    return OwnProgram(identity, command, program.results, folder, files)


def matches(folder: Path, pattern: str, spec: Path) -> Iterator[Path]:
    """The files of a code folder that fit a pattern, relative to it. Raises IncludeError."""
    try:
        found = sorted(folder.glob(f"{pattern}/*" if pattern.endswith("**") else pattern))
    except (ValueError, NotImplementedError, IndexError, OSError) as error:  # IndexError: a lone dot
        raise IncludeError(f"{pattern!r} is no pattern: {error}") from error
    for path in found:
        inside = path.relative_to(folder)
        if path.is_file() and not _hidden(inside) and not path.samefile(spec):
            yield inside


def content_hash(path: Path) -> str:
    """The hash of a file; a Python file's comments and blank lines don't count."""
    content = path.read_bytes()
    if path.suffix == ".py":
        try:
            return digest(normalised(content.decode()))
        except UnicodeDecodeError:
            pass
    return digest(content.hex())


def _files(program: Program, command: tuple[str, ...], folder: Path, spec: Path) -> list[str]:
    if program.include is None:
        named = [os.path.normpath(word) for word in command if (folder / word).is_file()]
        return sorted({name for name in named if not name.startswith(("/", ".."))})
    found = sorted({str(path) for pattern in program.include for path in matches(folder, pattern, spec)})
    if not found:
        raise IncludeError(f"no file in {program.path!r} matches include: {', '.join(program.include)}")
    return found


def _hidden(path: Path) -> bool:
    return path.parts[0] in LEFT_OUT or any(part.startswith(".") or part == "__pycache__" for part in path.parts)
