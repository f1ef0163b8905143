"""What a stage's environment says of software in, what identities and plans have of it out.

A definition file counts by its text and by the files that it copies, a finished image by its content, a registry's by
its reference, requirements by theirs. Where a virtual environment lies decides nothing."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from expc.compiler.digest import Digests, digest
from expc.errors import ExpcError
from expc.spec import Environment

DOCKER = "docker://"
IMAGES = "results/images"
RECIPE = 1
"""Raised when the image that is built from requirements would be another one."""

HEADER = re.compile(r"\s*(bootstrap|from)\s*:\s*(.*?)\s*", re.IGNORECASE)
SECTION = re.compile(r"%(\S+)\s*(.*)")
INCLUDED = re.compile(r"\s*(?:-[rc]\s*|--(?:requirement|constraint)(?:\s+|=))(\S+)")


class DefinitionError(ExpcError):
    """A definition that can't be read as one; `line` and `column` say where."""

    def __init__(self, message: str, hint: str, line: int, column: int = 1) -> None:
        super().__init__(message)
        self.hint, self.line, self.column = hint, line, column


class Definition(NamedTuple):
    """What a definition file names. `copied` has, for each line of `%files`, its number and its source."""

    bases: tuple[tuple[str, str], ...]
    """(bootstrap, from) of each of its stages."""
    copied: tuple[tuple[int, str], ...]


def software(environment: Environment, base: Path, project: Path, digests: Digests) -> dict[str, Any]:
    """The entries of a plan's `environment` about software; nothing, where it is what the workflow is started in.

    `base` is the spec's folder. That the files are there was checked before."""
    found: dict[str, Any] = {}
    if environment.container is not None:
        found["container"] = container(environment.container, base, project, digests)
    elif environment.requirements is not None:
        key = "container" if environment.venv is None else "requirements"
        found[key] = _requirements(environment, base, project, digests)
    if environment.venv is not None:
        found["venv"] = _placed(environment.venv, base, project)
    if environment.modules:
        found["modules"] = list(environment.modules)
    if environment.binds:
        binds = [{"from": _placed(source, base, project), "to": target} for source, target in environment.binds]
        found["binds"] = binds
    return found


def deciding(stated: Mapping[str, Any]) -> dict[str, Any]:
    """What of it decides a result: which software there is, not where it lies."""
    found = {name: stated[name]["identity"] for name in ("container", "requirements") if name in stated}
    return found | ({"modules": stated["modules"]} if "modules" in stated else {})


def container(reference: str, base: Path, project: Path, digests: Digests) -> dict[str, Any]:
    kind = kind_of(reference)
    if kind == "docker":
        identity = digest({"docker": reference.removeprefix(DOCKER)})
        return {"reference": reference, "kind": kind, "image": f"{IMAGES}/{identity}.sif", "identity": identity}
    path = _placed(reference, base, project)
    if kind == "sif":
        identity = digest({"image": digests.sha256(base / reference)})
        return {"reference": reference, "kind": kind, "image": path, "identity": identity}
    identity = digest(_contents(base / reference, digests))
    image = f"{IMAGES}/{identity}.sif"
    return {"reference": reference, "kind": kind, "image": image, "identity": identity, "source": path}


def kind_of(reference: str) -> str:
    """`docker`, `sif` or `def`: the schema lets nothing else through."""
    return "docker" if reference.startswith(DOCKER) else reference.rpartition(".")[2]


def read_definition(path: Path) -> Definition:
    """Raises OSError, UnicodeDecodeError and DefinitionError."""
    bases: list[list[str]] = []
    copied: list[tuple[int, str]] = []
    section, arguments = "", ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if match := SECTION.match(line):
            section, arguments = match[1].lower(), match[2]
        elif match := HEADER.fullmatch(line) if not section or _begins(line) else None:
            section = ""
            if match[1].lower() == "bootstrap":
                bases.append([match[2].lower(), ""])
            elif bases:
                bases[-1][1] = match[2]
        elif section == "files" and not arguments.startswith("from ") and (words := _words(line, number)):
            copied.append((number, words[0]))
    if not bases:
        raise DefinitionError("it has no `Bootstrap:`", "is it an Apptainer definition file?", 1)
    return Definition(tuple((kind, origin) for kind, origin in bases), tuple(copied))


def _begins(line: str) -> bool:
    """Whether another stage of the definition begins, after sections of the one before."""
    return re.match(r"bootstrap\s*:", line, re.IGNORECASE) is not None


def _words(line: str, number: int) -> list[str]:
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        raise DefinitionError("a quote in `%files` isn't closed", "close it on the same line", number) from None
    if words and "{{" in words[0]:
        message = f"{line.strip()!r} in `%files` depends on arguments of the build, which it gets none of"
        raise DefinitionError(message, "name the file", number)
    return words


def sources(path: Path, pattern: str) -> list[Path]:
    """The files that a line of `%files` copies, from the folder of the definition; none if there are none."""
    folder, named = path.parent, path.parent / pattern
    starred = not named.exists() and not Path(pattern).is_absolute() and re.search(r"[*?[]", pattern)
    return [file for one in (sorted(folder.glob(pattern)) if starred else [named]) for file in _files(one)]


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file())
    elif path.exists():
        yield path


def local_base(path: Path, definition: Definition) -> list[Path]:
    """The images beside a definition that it begins from."""
    return [path.parent / origin for kind, origin in definition.bases if kind == "localimage"]


def _contents(path: Path, digests: Digests) -> dict[str, Any]:
    definition = read_definition(path)
    copied = [file for _, pattern in definition.copied for file in sources(path, pattern)]
    files = {os.path.relpath(file, path.parent): digests.sha256(file) for file in copied}
    bases = [digests.sha256(file) for file in local_base(path, definition)]
    return {"definition": digests.sha256(path), "files": files, "bases": bases}


def _requirements(environment: Environment, base: Path, project: Path, digests: Digests) -> dict[str, Any]:
    reference = str(environment.requirements)
    contents = {"requirements": [digests.sha256(path) for path in requirement_files(base / reference)]}
    locked = reference.endswith(".lock")
    identity = digest({**contents, "locked": locked, "recipe": RECIPE})
    found = {"reference": reference, "identity": identity, "source": _placed(reference, base, project)}
    if environment.venv is not None:
        return found
    return {**found, "kind": "requirements", "image": f"{IMAGES}/{identity}.sif"}


def requirement_files(path: Path) -> list[Path]:
    """The file itself, and those that it includes, each once; one that isn't there is among them."""
    found = [path]
    for file in found:
        if file.is_file():
            matches = map(INCLUDED.match, file.read_text(encoding="utf-8", errors="replace").splitlines())
            named = [file.parent / match[1] for match in matches if match]
            found += [one for one in dict.fromkeys(named) if one not in found]
    return found


def _placed(path: str, base: Path, project: Path) -> str:
    """From the project; what was written as an absolute path stays so."""
    return path if Path(path).is_absolute() else os.path.relpath(base / path, project)
