"""Plans in, the files of `workflow/` out: whole, and without overwriting anybody else's work."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expc import __version__
from expc.assets import asset
from expc.compiler.check import Checked
from expc.compiler.meaning import views
from expc.compiler.meaning.scope import Scope
from expc.compiler.planning.gather import Materials
from expc.compiler.programs.program import OwnProgram
from expc.compiler.programs.revision import Revision
from expc.compiler.reading.site import FILE as SITE
from expc.compiler.reading.site import Site
from expc.compiler.reading.vanish import check_vanishing
from expc.compiler.writing.differs import LINE_ENDS, listed, other_line_ends
from expc.compiler.writing.profile import profile
from expc.errors import ExpcError
from expc.plan import Plan
from expc.runner.experiments import read_experiments
from expc.runner.forms import TEXTS
from expc.runner.written import Damaged, read
from expc.spec import Resources
from expc.whole import write_whole

WORKFLOW = Path("workflow")
EXPERIMENTS = "experiments.json"
WRITTEN = ".written.json"
"""The hashes of what expc wrote, so that an edit by hand is noticed."""


class OverwriteError(ExpcError):
    """A file in `workflow/` that expc did not write, or that was edited since."""


@dataclass(frozen=True)
class Compiled:
    """One spec, compiled."""

    scope: Scope
    spec_path: str
    """Relative to the project."""
    plan: Plan
    digest: str
    text: bytes
    materials: Materials

    @property
    def name(self) -> str:
        return self.plan.name


def compiled(checked: Checked, spec_path: str) -> Compiled:
    text = "".join(checked.plan.lines()).encode()
    digest = hashlib.sha256(text).hexdigest()[:12]
    return Compiled(checked.scope, spec_path, checked.plan, digest, text, checked.materials)


def workflow_files(experiments: Iterable[Compiled], project: Path, site: Site | None = None) -> dict[str, bytes]:
    """Every file of `workflow/`, by its path in that folder."""
    experiments = sorted(experiments, key=lambda one: one.name)
    files = {"Snakefile": asset("rules", "Snakefile").read_bytes()}
    files |= {f"rules/{path.name}": path.read_bytes() for path in sorted(asset("rules").glob("*.smk"))}
    files |= {f"envs/{path.name}": path.read_bytes() for path in sorted(asset("rules", "envs").glob("*.yaml"))}
    for path in sorted(asset("rules", "profiles").glob("*.yaml")):
        files[f"profiles/{path.stem}/profile.yaml"] = path.read_bytes()
    if site is not None:
        files[SITE] = site.text()
        files["profiles/slurm/profile.yaml"] = profile(site, [one.name for one in experiments]).encode()
    runner = Path(__file__).parents[2] / "runner"
    files |= {f"runner/{path.name}": path.read_bytes() for path in sorted(runner.glob("*.py"))}
    files |= {f"plans/{one.name}.{one.digest}.jsonl": one.text for one in experiments}
    stated = {
        "expc": __version__,
        "experiments": {one.name: experiment(one) for one in experiments},
        "variants": {key: value for one in experiments for key, value in sorted(_variants(one, project).items())},
        "data": {
            recipe["id"]: recipe
            for one in experiments
            for recipe in sorted(one.materials.data.values(), key=lambda recipe: str(recipe["id"]))
            if recipe["id"] in one.plan.data
        },
    }
    if inputs := {recipe["id"]: recipe for one in experiments for recipe in one.materials.inputs.values()}:
        stated["inputs"] = inputs
    if images := {recipe["identity"]: recipe for one in experiments for recipe in _images(one)}:
        stated["images"] = images
    files[EXPERIMENTS] = (json.dumps(stated, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()
    return files


def _images(one: Compiled) -> Iterator[Mapping[str, Any]]:
    """How to make the images that the stages of an experiment run in; finished ones need no making."""
    for stage in one.plan.stages.values():
        container = stage.environment.get("container")
        if isinstance(container, Mapping) and container["kind"] != "sif":
            yield container


def experiment(one: Compiled) -> dict[str, Any]:
    """What `experiments.json` says of an experiment."""
    return {
        "plan": one.digest,
        "spec": one.spec_path,
        "question": one.scope.spec.question,
        "trials_per_job": {stage.name: _per_job(stage.stage.resources) for stage in one.scope.stages.values()},
        "baseline": views.baseline(one.scope),
        "ignored": dict(one.scope.spec.ignore),
        "tables": views.tables(one.scope),
        "figures": views.figures(one.scope),
    }


def _per_job(resources: Resources) -> int | str:
    return resources.trials_per_job or "auto"


def _variants(one: Compiled, project: Path) -> dict[str, Any]:
    """How to make the code of each variant again."""
    programs: dict[str, OwnProgram] = {}
    for program in one.materials.programs.values():
        programs.setdefault(program.id, program)
    tasks = {stage.template.name: stage.template.folder for stage in one.scope.stages.values() if stage.template}
    recipes: dict[str, Any] = {}
    for key, variant in one.plan.variants.items():
        if variant.template is None:
            recipes[key] = _program_recipe(programs[key], project)
        else:
            recipes[key] = {
                "task": _task(tasks[variant.template], project),
                "choices": dict(variant.choices),
                "files": dict(variant.files),
                "methods": {
                    method.name: {"slot": method.slot, "file": str(method.path), "params": dict(method.parameters)}
                    for method in one.materials.methods.values()
                    if variant.choices.get(method.slot) == method.name
                },
            }
    return recipes


def _program_recipe(program: OwnProgram, project: Path) -> dict[str, Any]:
    return {
        "command": list(program.command),
        "results": program.results,
        "folder": os.path.relpath(program.folder, project),
        "files": dict(program.files),
        **program.extras,
        **_revision(program.revision, project),
    }


def _revision(revision: Revision, project: Path) -> dict[str, Any]:
    """The commit and the patches; nothing, if the code is what lies in its folder."""
    if not (revision.commit or revision.patches):
        return {}
    patches = [[os.path.relpath(path, project), sha256] for path, sha256 in revision.patches]
    return {"revision": {"commit": revision.commit, "patches": patches}}


def _task(folder: Path, project: Path) -> str:
    """A shipped template by its name, another by its path from the project."""
    shipped = folder.parent == asset("templates")
    return folder.name if shipped else f"./{os.path.relpath(folder, project)}"


def stated(project: Path) -> dict[str, Any]:
    """What `workflow/experiments.json` says; empty if there is no workflow yet, or this file is damaged."""
    try:
        return dict(read_experiments(str(project / WORKFLOW / EXPERIMENTS)))
    except Damaged:
        return {}


def write(files: Mapping[str, bytes], project: Path, *, only: bool = False) -> list[str]:
    """Write the files that differ, and remove those that are no longer its; returns their paths.

    `experiments.json` comes last: it names the others.

    Raises VanishError and OverwriteError before anything is written."""
    folder = project / WORKFLOW
    if not only:
        after = json.loads(files[EXPERIMENTS])["experiments"]
        check_vanishing(stated(project).get("experiments", {}), after, project)
    written = _written(folder)
    _check_edited(files, folder, written)
    changed = [
        path for path in sorted(files, key=lambda path: path == EXPERIMENTS) if not _is(folder / path, files[path])
    ]
    stale = _stale(files, written)
    hashes = {path: _hash(content) for path, content in files.items()}
    if changed or stale:
        both = {path: [*written.get(path, []), now] for path, now in hashes.items()}
        _note(folder, both | {path: written[path] for path in stale})
    for path in changed:
        write_whole(folder / path, files[path])
    removed = [path for path in stale if _hash_of(folder / path) in written[path]]  # edited since, it is somebody's own
    for path in removed:
        (folder / path).unlink()
        _remove_empty((folder / path).parent, folder)
    plans = {path: hashes for path, hashes in written.items() if path.startswith("plans/")}
    _note(folder, plans | {path: [now] for path, now in hashes.items()})
    return [*changed, *removed]


def outdated(files: Mapping[str, bytes], project: Path) -> list[str]:
    """The files of `workflow/` that a compilation would change, or remove."""
    folder = project / WORKFLOW
    written = _written(folder)
    stale = [path for path in _stale(files, written) if _hash_of(folder / path) in written[path]]
    return sorted([*stale, *(path for path, content in files.items() if not _is(folder / path, content))])


def _stale(files: Mapping[str, bytes], written: Mapping[str, list[str]]) -> list[str]:
    """What was written once and isn't of the workflow any more; plans stay."""
    return [path for path in written if path not in files and not path.startswith("plans/")]


def _remove_empty(place: Path, top: Path) -> None:
    """The folder, and those around it below the top, as far as nothing is left in them."""
    with contextlib.suppress(OSError):
        while place != top:
            place.rmdir()
            place = place.parent


def _check_edited(files: Mapping[str, bytes], folder: Path, written: Mapping[str, list[str]]) -> None:
    foreign = [
        f"workflow/{path}"
        for path, content in files.items()
        if (folder / path).exists()
        and not _is(folder / path, content)
        and _hash_of(folder / path) not in written.get(path, [])
    ]
    if foreign:
        crlf = other_line_ends((path.removeprefix("workflow/") for path in foreign), files, folder)
        hint = LINE_ENDS if crlf else "Move it away, or delete it, and compile again"
        raise OverwriteError(
            f"E406 not overwritten, since expc did not write it or it was edited since: {listed(foreign)}.\n    {hint}."
        )


def _is(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _hash_of(path: Path) -> str:
    return _hash(path.read_bytes()) if path.is_file() else ""


def _written(folder: Path) -> dict[str, list[str]]:
    try:
        return dict(read(str(folder / WRITTEN), "compile again", {...: TEXTS}))
    except Damaged:
        return {}


def _note(folder: Path, hashes: Mapping[str, list[str]]) -> None:
    content = (json.dumps(hashes, indent=1, sort_keys=True) + "\n").encode()
    if not _is(folder / WRITTEN, content):
        write_whole(folder / WRITTEN, content)
