"""A folder of code, a commit of its git repository and patches in, a folder with exactly those files out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from expc.compiler.digest import file_hash
from expc.errors import ExpcError, nearest

REF, PATCH = "code.ref", "code.patch"
"""The parameters of an own program that choose its code. No program reads them."""

HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@.*", re.MULTILINE)


class Code(NamedTuple):
    """What a condition asks for: a branch, tag or commit (None: the files as they lie there), and patches."""

    ref: str | None = None
    patches: tuple[str, ...] = ()


CURRENT = Code()


class Revision(NamedTuple):
    """The same, looked up: the commit, and the patches' files with the sha256 of each."""

    commit: str | None = None
    patches: tuple[tuple[Path, str], ...] = ()


class RevisionError(ExpcError):
    """A ref that can't be resolved, or whose files can't be had. `hint` says what there is."""

    def __init__(self, message: str, hint: str) -> None:
        self.hint = hint
        super().__init__(message)


class PatchError(RevisionError):
    """A patch that can't be read or doesn't apply."""


def code_of(params: Mapping[str, Any]) -> Code:
    ref, patches = params.get(REF), params.get(PATCH)
    given = (patches,) if isinstance(patches, str) else patches if isinstance(patches, tuple) else ()
    return Code(ref if isinstance(ref, str) else None, tuple(patch for patch in given if isinstance(patch, str)))


def resolve(folder: Path, code: Code, base: Path) -> Revision:
    """`base` is the folder that patches are relative to. Raises RevisionError and PatchError."""
    for patch in code.patches:
        if not (base / patch).is_file():
            raise PatchError(f"there is no patch {patch!r}", f"paths are relative to the spec's folder, {base}/")
    commit = None if code.ref is None else _commit(folder, code.ref)
    paths = [base / patch for patch in code.patches]
    return Revision(commit, tuple((path, file_hash(path)) for path in paths))


@contextmanager
def revised(folder: Path, revision: Revision, copied: Iterable[str]) -> Iterator[Path]:
    """A folder that is removed again, with the commit's files, or else with those that are `copied`; patched."""
    with tempfile.TemporaryDirectory(prefix="expc-code-") as made:
        target = Path(made).resolve() / "code"
        target.mkdir()
        if revision.commit is not None:
            _export(folder, revision.commit, target)
        else:
            _copy(folder, {*copied, *(name for patch, _ in revision.patches for name in _touched(patch))}, target)
        for patch, _ in revision.patches:
            _apply(patch, target, _depth(folder))
        yield target


def _commit(folder: Path, ref: str) -> str:
    if ref.startswith("-"):
        raise RevisionError(f"{ref!r} is no branch, tag or commit", "names of these don't begin with a dash")
    found = _git(folder, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    if found.returncode == 0:
        return found.stdout.decode().strip()
    inside = _git(folder, "rev-parse", "--git-dir")
    if inside.returncode:
        raise RevisionError(f"{folder} is in no git repository: {_said(inside)}", "name one by `code: {path: …}`")
    formats = ("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes")
    names = _git(folder, *formats).stdout.decode(errors="replace").split()
    raise RevisionError(f"the repository of {folder} has no branch, tag or commit {ref!r}", nearest(ref, names))


def _export(folder: Path, commit: str, target: Path) -> None:
    archive = target.parent / "code.tar"
    found = _git(folder, "archive", "--format=tar", f"--output={archive}", commit)
    if found.returncode:
        raise RevisionError(f"the files of {commit[:12]} can't be had: {_said(found)}", f"is {folder} a folder of it?")
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "tar_filter"):  # since Python 3.11.4; data_filter refuses links that lead out, as to a disk
            tar.extraction_filter = tarfile.tar_filter
        tar.extractall(target)


def _copy(folder: Path, names: Iterable[str], target: Path) -> None:
    for name in names:
        source = folder / name
        if source.is_file() and not Path(os.path.normpath(name)).is_absolute() and ".." not in Path(name).parts:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def _apply(patch: Path, target: Path, depth: int) -> None:
    """As `git diff` writes it at the repository's top, in the code's folder (--relative), or without a/ and b/."""
    tried: list[subprocess.CompletedProcess[bytes]] = []
    for strip in dict.fromkeys([1, 1 + depth, 0]):
        tried.append(_git(target, "apply", "--whitespace=nowarn", f"-p{strip}", str(patch.resolve())))
        if tried[-1].returncode == 0:
            return
    raise PatchError(*_refusal(patch, tried))


def _refusal(patch: Path, tried: list[subprocess.CompletedProcess[bytes]]) -> tuple[str, str]:
    """What git said, of the try that got furthest: a hunk that doesn't fit says more than a file that isn't there."""
    said = [_said(found) for found in tried]
    best = next((text for text in said if "patch failed" in text), said[0])
    place = re.search(r"patch failed: (.+?):(\d+)", best)
    hint = "make it anew against the code that it is for, as in `git diff --relative main my-branch > mine.diff`"
    if place is None:
        return f"{patch.name} can't be applied: {best}", hint
    text = patch.read_text(encoding="utf-8", errors="replace")
    body = text[max(text.find(f"/{place[1]}\n"), 0) :]
    hunk = next((found[0] for found in HUNK.finditer(body) if found[1] == place[2]), f"line {place[2]}")
    return f"{patch.name} doesn't apply: the hunk {hunk.strip()!r} doesn't fit {place[1]}, line {place[2]}", hint


def _touched(patch: Path) -> Iterator[str]:
    """The files that a patch is about, as paths with and without what `git diff` puts before them."""
    text = patch.read_text(encoding="utf-8", errors="replace")
    for name in re.findall(r"^(?:---|\+\+\+|rename from|rename to|copy from) \"?([^\t\n\"]+)", text, re.MULTILINE):
        parts = Path(name).parts
        yield from (str(Path(*parts[start:])) for start in range(len(parts)))


def _depth(folder: Path) -> int:
    """How far below the top of its repository a folder lies; 0 without one."""
    found = _git(folder, "rev-parse", "--show-prefix")
    return 0 if found.returncode else found.stdout.decode(errors="replace").strip().count("/")


def _said(found: subprocess.CompletedProcess[bytes]) -> str:
    lines = found.stderr.decode(errors="replace").strip().splitlines() or [f"git ended with status {found.returncode}"]
    return "; ".join(line.removeprefix("fatal: ").removeprefix("error: ") for line in lines[:4])


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Git in a folder. A hook's own variables, which point to another repository, stay out."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"LC_ALL": "C", "GIT_CEILING_DIRECTORIES": tempfile.gettempdir(), "GIT_OPTIONAL_LOCKS": "0"}
    try:
        return subprocess.run(
            ["git", *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except FileNotFoundError:
        raise RevisionError("git isn't there, and code.ref and code.patch need it", "install git") from None
