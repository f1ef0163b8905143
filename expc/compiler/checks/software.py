"""Where trials' software comes from: images, definitions and environments that aren't there or don't go together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from expc.compiler.checks.environment import stated
from expc.compiler.checks.files import is_file, is_folder, missing_at
from expc.compiler.checks.resources import UNKNOWN, asked
from expc.compiler.checks.resources import stated as stated_resource
from expc.compiler.checks.rule import Context, Finding, check
from expc.compiler.meaning.scope import StageScope
from expc.compiler.programs.image import (
    DOCKER,
    Definition,
    DefinitionError,
    kind_of,
    local_base,
    read_definition,
    requirement_files,
    sources,
)
from expc.compiler.programs.sif import lacking
from expc.spec import Pointer

REGISTRIES = ("docker", "library", "oras", "shub")
PINNED = re.compile(r"===?[^*,]+(?:$|[;,\s])|@.*(?:[0-9a-f]{40}|sha256[=:])")


def _definitions(context: Context) -> Iterator[tuple[StageScope, Pointer, Path]]:
    """The definition files that are there, each with the stage that names it, and where."""
    for stage in context.scope.stages.values():
        named = stage.stage.environment.container
        if named and kind_of(named) == "def" and is_file(context.base / named):
            yield stage, stated(context, stage, "container"), context.base / named


def _read(path: Path) -> Definition | None:
    try:
        return read_definition(path)
    except (OSError, UnicodeDecodeError, DefinitionError):
        return None  # E388 says why


@check("E386")
def software_from_two_places(context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        environment = stage.stage.environment
        image = environment.container or (environment.requirements if not environment.venv else None)
        first = "an image" if environment.container else "`requirements` without `venv`, from which an image is built,"
        others = [name for name in ("requirements", "venv") if environment.container and getattr(environment, name)]
        others += ["modules"] if image and environment.modules else []
        for name in others:
            message = f"{first} and `{name}` both say where software comes from"
            yield Finding(stated(context, stage, name), message, "name one of the two")
        if environment.binds and not image:
            hint = "remove them: without a container, a trial sees the machine's folders"
            yield Finding(stated(context, stage, "binds"), "`binds` are for containers, and there is none", hint)


@check("E401")
def missing_software(context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        environment = stage.stage.environment
        files = {"container": environment.container, "requirements": environment.requirements}
        for key, name in files.items():
            if name and not name.startswith(DOCKER) and not is_file(context.base / name):
                yield missing_at(context, stated(context, stage, key), name)
        for index, (source, _) in enumerate(environment.binds):
            there = is_file(context.base / source) or is_folder(context.base / source)
            if not there and not Path(source).is_absolute():  # absolute ones may lie on the cluster alone
                yield missing_at(context, (*stated(context, stage, "binds"), index, "from"), source, folder=True)


@check("E401")
def missing_included_requirements(context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        name = stage.stage.environment.requirements
        for path in requirement_files(context.base / name)[1:] if name else ():
            if not is_file(path):
                message = f"{name!r} includes {str(path)!r}, which isn't there"
                yield Finding(stated(context, stage, "requirements"), message, "put it there, or take the line out")


@check("E387")
def no_virtual_environment(context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        venv = stage.stage.environment.venv
        if venv is None or Path(venv).is_absolute() or is_file(context.base / venv / "bin" / "python"):
            continue  # an absolute one may lie on the cluster alone
        message = f"there is no virtual environment {venv!r}: it has no bin/python"
        hint = f"make it, `python3 -m venv {venv}`, and install into it what the trials need"
        yield Finding(stated(context, stage, "venv"), message, hint)


@check("E388")
def definition_that_can_not_be_read(context: Context) -> Iterator[Finding]:
    """The finding stands in the definition file."""
    for _, pointer, path in _definitions(context):
        try:
            definition = read_definition(path)
        except DefinitionError as error:
            yield Finding(pointer, str(error), error.hint, place=(str(path), error.line, error.column))
            continue
        except UnicodeDecodeError as error:
            message = f"{path.name!r} is not UTF-8 text: {error.reason} at byte {error.start}"
            yield Finding(pointer, message, "is it a definition file? A finished image is called `.sif`")
            continue
        except OSError as error:
            yield Finding(pointer, f"{path.name!r} can't be read: {error.strerror}", "check who may read it")
            continue
        for line, pattern in definition.copied:
            if not sources(path, pattern):
                message = f"`%files` copies {pattern!r}, which isn't there"
                yield Finding(pointer, message, f"paths are relative to {path.parent}/", place=(str(path), line, 1))
        for image in local_base(path, definition):
            if not is_file(image):
                yield Finding(pointer, f"it begins from {str(image)!r}, which isn't there", "build that one first")


@check("E388")
def image_that_is_none(context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        named = stage.stage.environment.container
        there = named and kind_of(named) == "sif" and is_file(context.base / named)
        if named and there and (lack := lacking(context.base / named)):
            hint = "build or copy it again, or see who may read it; `apptainer inspect` opens one that is whole"
            yield Finding(stated(context, stage, "container"), f"{named!r} {lack}", hint)


@check("E389", after=UNKNOWN)
def several_nodes_in_a_container(context: Context) -> Iterator[Finding]:
    for one in asked(context):
        environment, limits = one.stage.stage.environment, one.limits
        image = environment.container or (environment.requirements if not environment.venv else None)
        if image and (limits.nodes > 1 or limits.launcher == "srun"):
            key = "nodes" if limits.nodes > 1 else "launcher"
            message = "srun starts processes on other nodes, and can't be called inside a container"
            hint = "stay on one node, with `launcher: torchrun`, or use `venv` or `modules` instead of the image"
            yield Finding(stated_resource(context, one, key), message, hint)


@check("R014")
def image_that_may_change(context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        named = stage.stage.environment.container
        if named and named.startswith(DOCKER) and "@sha256:" not in named:
            message = f"{named!r} may be another image tomorrow: {_loose(named.removeprefix(DOCKER))}"
            hint = f"name its digest, `{named}@sha256:…`; `skopeo inspect` shows it"
            yield Finding(stated(context, stage, "container"), message, hint)
    for _, pointer, path in _definitions(context):
        definition = _read(path)
        for bootstrap, origin in definition.bases if definition else ():
            if bootstrap in REGISTRIES and "sha256" not in origin:
                message = f"{path.name} begins from {origin!r}, which may be another image tomorrow: {_loose(origin)}"
                yield Finding(pointer, message, f"name its digest there, `From: {origin}@sha256:…`")


def _loose(reference: str) -> str:
    tag = reference.rpartition("/")[2].partition(":")[2]
    return f"{tag!r} is a tag" if tag else "it has neither tag nor digest"


@check("R014")
def requirements_that_may_change(context: Context) -> Iterator[Finding]:
    for stage in context.scope.stages.values():
        name = stage.stage.environment.requirements
        if not name or not name.endswith(".txt"):
            continue
        loose = [one for path in requirement_files(context.base / name) for one in _unpinned(path)]
        if loose:
            shown = ", ".join(loose[:3]) + (f" and {len(loose) - 3} more" if len(loose) > 3 else "")
            message = f"{name} doesn't say which version of {shown}: it may be another one tomorrow"
            hint = "pin each, `torch==2.13.0`, as `pip freeze`, `pip-compile` and `uv pip compile` write them"
            yield Finding(stated(context, stage, "requirements"), message, hint)


def _unpinned(path: Path) -> Iterator[str]:
    """The packages that a requirements file names without a version."""
    joined = path.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ")
    for line in joined.splitlines():
        wanted = re.sub(r"(^|\s)#.*", "", line).partition(" --hash")[0].strip()
        wanted = wanted.partition(" ;" if "://" in wanted else ";")[0]  # the == of a marker says no version
        if wanted and not wanted.startswith("-") and not PINNED.search(wanted):
            yield re.split(r"[\s;<>=!~\[@]", wanted)[0]
