"""An own program in, its split command and the hashes of its files out."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shlex
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from expc.compiler.digest import digest, file_hash
from expc.compiler.programs.configuration import BaseError, format_of, read_tree
from expc.compiler.programs.revision import CURRENT, Code, Revision, resolve, revised
from expc.compiler.templates.render import normalised
from expc.errors import ExpcError
from expc.spec import Program

WRITTEN = ("workflow", "results", ".snakemake")
"""Folders of a project that are never a part of a program's code: what stands in them changes with every run."""

PROJECT = Path("workflow/.written.json")
"""What tells that a folder is a project, whose `workflow` and `results` are expc's own."""

SPEC = re.compile(rb"^(['\"]?)expc\1[ \t]*:", re.MULTILINE)
PIECE = 2**20
BEGINNING = 4096
"""Bytes of a YAML file in which a spec says that it is one."""


class ProgramError(ExpcError):
    """A program's code that can't be found or read."""


class IncludeError(ProgramError):
    """Patterns under `include` that fit no file."""


@dataclass(frozen=True)
class OwnProgram:
    id: str
    """Of all that the runner must know of it."""
    program: str
    """Of what decides a trial's result: not how a run goes on, nor what is looked after."""
    command: tuple[str, ...]
    results: str | None
    folder: Path
    files: Mapping[str, str]
    """Path in the code folder -> `content_hash`."""
    revision: Revision
    extras: Mapping[str, Any]
    """What `variant.json` says besides, as it is written there; only what the spec asks for."""


class ConfigurationError(ProgramError):
    """Configuration files whose bases can't be read: what is wrong, by the configuration files' names."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems.values()))


def own_program(program: Program, spec: Path, project: Path, code: Code = CURRENT) -> OwnProgram:
    """The code's path is relative to the folder of the spec. Raises ProgramError, and RevisionError for a `code` that
    can't be had."""
    folder = spec.parent / program.path
    if not folder.is_dir():
        raise ProgramError(f"the code's folder {program.path!r} does not exist")
    command = tuple(shlex.split(program.command))
    if code == CURRENT:
        return _made(program, command, folder, (spec, project), Revision())
    revision = resolve(folder, code, spec.parent)
    current = _files(program, command, folder, spec, project) if code.ref is None else []
    with revised(folder, revision, current) as there:
        made = _made(program, command, there, (spec, project), revision)
    return replace(made, folder=folder)


def _made(
    program: Program, command: tuple[str, ...], folder: Path, where: tuple[Path, Path], revision: Revision
) -> OwnProgram:
    """`where` are the spec and the project."""
    files = {name: content_hash(folder / name) for name in _files(program, command, folder, *where)}
    deciding: dict[str, Any] = {"build": program.build and shlex.split(program.build)}
    deciding["configurations"] = _configurations(program, folder)
    aside = {
        "resume": program.resume and shlex.split(program.resume),
        "protect": _protected(program, folder, where, files),
    }
    told = {"command": command, "results": program.results, "files": files}
    deciding, aside = _stated(deciding), _stated(aside)
    identities = digest({**told, **deciding, **aside}), digest({**told, **deciding})
    return OwnProgram(*identities, command, program.results, folder, files, revision, {**deciding, **aside})


def _stated(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a spec doesn't ask for is no part of an identity, so that new keys leave the old ones as they are."""
    return {key: value for key, value in asked.items() if value}


def _configurations(program: Program, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, asked in program.configurations.items():
        form = format_of(name)
        try:
            # As text: experiments.json sorts its keys, and some programs look at the order of theirs.
            base = None if asked.base is None else json.dumps(read_tree(folder / asked.base, form), ensure_ascii=False)
        except BaseError as error:
            problems[name] = f"{name} can't start from {asked.base!r}: {error}"
            continue
        found[name] = {"format": form, "base": base, "set": None if asked.sets is None else dict(asked.sets)}
        if asked.seed != "seed":  # new keys leave the old identities as they are
            found[name]["seed"] = asked.seed
    if problems:
        raise ConfigurationError(problems)
    return found


def _protected(program: Program, folder: Path, where: tuple[Path, Path], files: Mapping[str, str]) -> dict[str, str]:
    """Of the program's own files only: a trial has no others."""
    found = {str(path) for pattern in program.protect for path in matches(folder, pattern, *where)} & files.keys()
    return {name: file_hash(folder / name) for name in sorted(found)}


def matches(folder: Path, pattern: str, spec: Path, project: Path) -> Iterator[Path]:
    """The files of a code folder that fit a pattern, relative to it. Raises IncludeError.

    Specs, hidden files and what is written in this project, or another one inside the folder, are never among them."""
    written = tuple(f"{place}{os.sep}" for place in _written(project))
    real = folder.resolve()
    try:
        found = sorted(_fitting(folder, f"{pattern}/*" if pattern.endswith("**") else pattern, written))
    except (ValueError, NotImplementedError, IndexError, OSError) as error:  # IndexError: a lone dot
        raise IncludeError(f"{pattern!r} is no pattern: {error}") from error
    for path in found:
        inside = path.relative_to(folder)
        # Most of what is written is told by its name alone, without a look at the disk; the rest through links.
        if _hidden(inside) or f"{real / inside}".startswith(written) or not path.is_file():
            continue
        if f"{path.resolve()}".startswith(written) or _in_another_project(folder, inside):
            continue
        if not (path.samefile(spec) or is_spec(path)):
            yield inside


def _fitting(folder: Path, pattern: str, written: tuple[str, ...]) -> Iterator[Path]:
    """As Path.glob has it; but what is written isn't walked through, since results grow to a million files."""
    first, _, rest = pattern.partition("/")
    if first != "**" or not rest or "**" in rest:
        return folder.glob(pattern)
    return (path for place in _folders(folder, written) for path in place.glob(rest))


def _folders(folder: Path, written: tuple[str, ...]) -> Iterator[Path]:
    """A folder and those below it, without hidden ones and those that are written."""
    real = folder.resolve()
    for name, inner, _ in os.walk(folder):
        place = Path(name)
        inside = place.relative_to(folder)
        yield place
        inner[:] = [
            each
            for each in inner
            if not _hidden(inside / each)
            and not f"{real / inside / each}{os.sep}".startswith(written)
            and not (each in WRITTEN and (place / PROJECT).is_file())
        ]


def content_hash(path: Path) -> str:
    """The hash of a file's content, and of whether it may be executed.

    A Python file's comments and blank lines don't count, save the line that names its interpreter."""
    executable = is_executable(path)
    if path.suffix == ".py":
        with contextlib.suppress(UnicodeDecodeError):
            said = _program_text(path.read_bytes().decode())
            return digest([said, "executable"] if executable else said)
    return _digest_of_bytes(path, executable=executable)


def _digest_of_bytes(path: Path, *, executable: bool) -> str:
    """That of the bytes as a hexadecimal text, a piece at a time: weights may lie among the code."""
    found = hashlib.sha256(b'["' if executable else b'"')
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            found.update(piece.hex().encode())
    found.update(b'","executable"]' if executable else b'"')
    return found.hexdigest()[:16]


def is_executable(path: Path) -> bool:
    """Whether its owner may execute a file: what git remembers of its mode."""
    return bool(path.stat().st_mode & stat.S_IXUSR)


def _program_text(text: str) -> str:
    first = text.partition("\n")[0]
    return f"{first}\n{normalised(text)}" if first.startswith("#!") else normalised(text)


def _files(program: Program, command: tuple[str, ...], folder: Path, spec: Path, project: Path) -> list[str]:
    """Not the results file, which a run by hand has left: a trial that writes none would be taken at its word."""
    left = {os.path.normpath(program.results)} if program.results else set()
    if program.include is None:
        named = [os.path.normpath(word) for word in command if (folder / word).is_file()]
        return sorted({name for name in named if not name.startswith(("/", ".."))} - left)
    found = {str(path) for pattern in program.include for path in matches(folder, pattern, spec, project)}
    if not found - left:
        raise IncludeError(f"no file in {program.path!r} matches include: {', '.join(program.include)}")
    return sorted(found - left)


def _hidden(path: Path) -> bool:
    return f"{path}".partition(os.sep)[0] in WRITTEN or any(
        part.startswith(".") or part == "__pycache__" for part in path.parts
    )


def _written(project: Path) -> set[Path]:
    """Where a project is written, by name and behind a link."""
    return {place for name in WRITTEN for place in (project.resolve() / name, (project / name).resolve())}


def _in_another_project(folder: Path, inside: Path) -> bool:
    return any(
        part in WRITTEN and (folder.joinpath(*inside.parts[:depth]) / PROJECT).is_file()
        for depth, part in enumerate(inside.parts)
    )


def is_spec(path: Path) -> bool:
    """Whether a file says that it is a spec: the edits of another experiment are none of this program."""
    if path.suffix not in (".yaml", ".yml"):
        return False
    with contextlib.suppress(OSError):
        if path.is_file():  # whoever opens a pipe waits
            with path.open("rb") as file:
                return SPEC.search(file.read(BEGINNING)) is not None
    return False
