"""A container's recipe in, its image out: built or fetched, whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from expc.assets import asset
from expc.compiler.programs.image import requirement_files
from expc.errors import ExpcError
from expc.whole import replacing

PROGRAMS = ("apptainer", "singularity")
SAID = ("FATAL:", "ERROR:", "ERROR :")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
LOCKED = "uv.lock"
HANDED = re.compile(
    r"PIP_(INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST)|UV_(INDEX|DEFAULT_INDEX)|(HTTPS?|ALL|NO)_PROXY", re.IGNORECASE
)
"""What says where packages come from here: while an image is built, and not in it."""
CERTIFICATES = "/opt/requirements/.certificates.pem"
INSTALL = "python3 -m pip install --no-cache-dir --disable-pip-version-check --break-system-packages"


class BakeError(ExpcError):
    """An image that can't be made."""


def bake(recipe: Mapping[str, Any], target: Path, project: Path) -> None:
    """Write the image `target`; what Apptainer says goes to the standard output. Raises BakeError."""
    starter = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if starter is None:
        raise BakeError("there is neither apptainer nor singularity on PATH: install one, or load its module")
    with replacing(target) as image, tempfile.TemporaryDirectory(prefix="expc-image-") as scratch:
        match recipe["kind"]:
            case "docker":
                _call([starter, "pull", str(image.resolve()), untagged(recipe["reference"])], Path(scratch))
            case "def":
                definition = (project / recipe["source"]).resolve()
                _build(starter, image, definition, definition.parent)  # `%files` counts from there
            case _:
                definition = Path(scratch, "requirements.def")
                source = (project / recipe["source"]).resolve()
                trusted = trust(os.environ)
                definition.write_text(required(source, requirement_files(source), trusted), encoding="utf-8")
                _build(starter, image, definition, source.parent, trusted)


def untagged(reference: str) -> str:
    """Without the tag, where there is a digest: Apptainer takes no reference that has both."""
    name, at, digest = reference.partition("@")
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}{at}{digest}" if at else reference


def trust(environ: Mapping[str, str]) -> str | None:
    """The file of certificates by which a package index is known here, if it is not the usual one."""
    named = environ.get("PIP_CERT") or environ.get("SSL_CERT_FILE")
    return named if named and Path(named).is_file() else None


def handed(environ: Mapping[str, str], trusted: str | None = None) -> dict[str, str]:
    """What Apptainer hands on to the commands of a definition; `trusted` is what it copies to CERTIFICATES, if so."""
    found = {name: value for name, value in environ.items() if HANDED.fullmatch(name)}
    found |= dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE"), CERTIFICATES) if trusted else {}
    return {f"{before}ENV_{name}": value for before in ("APPTAINER", "SINGULARITY") for name, value in found.items()}


def required(source: Path, files: Sequence[Path], trusted: str | None = None) -> str:
    """The definition of an image with these requirements, of which `files` are all. It is built in their folder."""
    minimal = asset("images", "minimal.def").read_text(encoding="utf-8")
    names = [os.path.relpath(file, source.parent) for file in files]
    copied = [*names, *(["pyproject.toml"] if source.name == LOCKED else [])]
    lines = [f"    {_quoted(name)} {_quoted(f'/opt/requirements/{name}')}\n" for name in copied]
    lines += [f"    {_quoted(trusted)} {CERTIFICATES}\n"] if trusted else []
    end = f"    rm -f {CERTIFICATES}\n" if trusted else ""
    return f"{minimal}\n%files\n{''.join(lines)}\n{_post(source.name)}{end}"


def _post(name: str) -> str:
    """How they are installed. What uv has locked is handed to pip with its hashes, for the system's Python."""
    if name != LOCKED:
        return f"%post\n    cd /opt/requirements && {INSTALL} -r {_quoted(name)}\n"
    return (
        f"%post\n    {INSTALL} uv\n    cd /opt/requirements\n"
        "    uv export --frozen --no-dev --no-emit-project --no-header --output-file locked.txt >/dev/null\n"
        f"    {INSTALL} --no-deps -r locked.txt\n"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _build(starter: str, image: Path, definition: Path, folder: Path, trusted: str | None = None) -> None:
    _call([starter, "build", str(image.resolve()), str(definition)], folder, handed(os.environ, trusted))


def _call(command: Sequence[str], folder: Path, more: Mapping[str, str] | None = None) -> None:
    """Run Apptainer, and hand on all that it says: without its colours, so that a log can be read."""
    environ = {name: value for name, value in os.environ.items() if not name.endswith("_BIND")}
    environ |= more or {}
    words = [command[0], "--nocolor", *command[1:]]
    last = ""
    with subprocess.Popen(
        words, cwd=folder, env=environ, text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for coloured in process.stdout:
            line = COLOUR.sub("", coloured)  # the part of Apptainer that isn't Go colours all the same
            sys.stdout.write(line)
            sys.stdout.flush()
            last = line if line.startswith(SAID) else last
    if process.returncode:
        reason = last.partition(":")[2].strip() or f"exit status {process.returncode}"
        raise BakeError(f"apptainer could not make it: {reason}")
