"""A scope in, the contents of what it names out: methods, own programs, data, each by a hash of its content."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from expc.compiler.digest import Digests, digest
from expc.compiler.meaning.codes import Found
from expc.compiler.meaning.scope import Scope
from expc.compiler.meaning.splits import rules
from expc.compiler.meaning.texts import texts
from expc.compiler.programs.image import software
from expc.compiler.programs.program import OwnProgram
from expc.compiler.programs.revision import Code
from expc.compiler.templates.render import Method, Variant, render
from expc.compiler.templates.template import Template
from expc.data.sources import content_hash, folder_hash, stated_paths
from expc.spec import Input, MethodFile, Source

PREPARATION = 1
"""Raised when `expc.data.prepare` would make other files of the same source."""

OF_SOME = ("resize", "channels", "revision", "config", "splits")
"""Keys of an entry that only some sources have; where they aren't, they are in no id."""


@dataclass(frozen=True)
class Materials:
    """Paths are relative to the project, save those of templates and programs."""

    methods: Mapping[str, Method]
    programs: Mapping[tuple[str, Code], OwnProgram]
    """By stage, and the code that its conditions ask for."""
    data: Mapping[tuple[str, str, int | None], Mapping[str, Any]]
    """(name, kind, fold) -> the recipe of the prepared data, with its id; the fold is None where there are none."""
    inputs: Mapping[str, Mapping[str, Any]]
    """Name -> how to fetch the input, with the id of its folder, the path in it, and what its content goes by."""
    software: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Stage -> what its environment says of software, as plans have it."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Path -> text of the files that parameters name."""

    def variant(self, template: Template, choices: Mapping[str, str]) -> Variant:
        return render(template, choices, self.methods)


def gather(scope: Scope, spec_file: Path, project: Path, digests: Digests, programs: Found) -> Materials:
    """Reads every file that the spec names; that they are there was checked before, with the `programs`."""
    base = spec_file.parent
    return Materials(
        methods={name: read_method(method, base, project) for name, method in scope.spec.methods.items()},
        programs={key: program for key, program in programs.items() if isinstance(program, OwnProgram)},
        data={
            (source.name, kind, fold): recipe(source, kind, rule, base, project, digests)
            for source in scope.spec.data.values()
            for kind in _kinds(scope, source)
            for fold, rule in rules(source)
        },
        software={
            name: software(stage.stage.environment, base, project, digests) for name, stage in scope.stages.items()
        },
        texts=texts(scope, base),
        inputs={name: input_recipe(given, base, project, digests) for name, given in scope.spec.inputs.items()},
    )


def read_method(method: MethodFile, base: Path, project: Path) -> Method:
    path = base / method.file
    return Method(
        name=method.name,
        slot=method.slot,
        text=path.read_text(encoding="utf-8"),
        parameters=method.params,
        path=Path(os.path.relpath(path, project)),
    )


def recipe(
    source: Source, kind: str, rule: Mapping[str, Any], base: Path, project: Path, digests: Digests
) -> dict[str, Any]:
    """How to make the prepared data of a source, of which `rule` makes what is missing. Its id is a hash of the
    contents, not of names and paths."""
    entry = source.entry
    files = {
        ".".join(pointer): {
            "path": os.path.relpath(base / path, project),
            "sha256": content_hash(entry, base / path, digests.sha256),
        }
        for pointer, path in stated_paths(entry).items()
    }
    made = {
        "kind": kind,
        "source": source.source,
        "name": entry.get("name", source.name if source.source == "sklearn" else None),
        "columns": entry.get("columns"),
        "labels": entry.get("labels"),
        "split": rule,
        **{key: entry[key] for key in OF_SOME if key in entry},
    }
    content = {role: (file["sha256"], _format(source, file["path"])) for role, file in files.items()}
    return {"id": digest({**made, "files": content, "preparation": PREPARATION}), **made, "files": files}


def input_recipe(given: Input, base: Path, project: Path, digests: Digests) -> dict[str, Any]:
    """How to fetch an input.

    Trials are known by its `content` alone: a file that moves, or comes from the web now, is the same input. Its
    folder also has the name that the file is to have there, since programs look at endings."""
    entry, made = given.entry, dict[str, Any]()
    if "file" in entry:
        path = base / str(entry["file"])
        made = {"file": os.path.relpath(path, project), "sha256": digests.sha256(path)}
        name = path.name
    elif "path" in entry:
        path = base / str(entry["path"])
        made = {"folder": os.path.relpath(path, project), "tree": folder_hash(path, digests.sha256)}
        name = Path(os.path.normpath(path)).name or path.resolve().name
    elif "url" in entry:
        made = {"url": str(entry["url"]), "sha256": str(entry["sha256"])}
        name = Path(urlsplit(made["url"]).path).name
    else:
        made = {key: entry[key] for key in ("hf", "revision", "files") if key in entry}
        name = str(entry["hf"]).rpartition("/")[2]
    decides = next((key for key in ("sha256", "tree") if key in made), None)
    content = digest({decides: made[decides]} if decides else made)
    return {"id": digest([content, name]), "name": given.name, "content": content, "path": name or "file", **made}


def _format(source: Source, path: str) -> str:
    """What a file's name says of how it is read."""
    if source.source == "questions":
        return (
            "jsonl"
            if path.lower().endswith((".jsonl", ".ndjson"))
            else "tsv"
            if path.lower().endswith(".tsv")
            else "csv"
        )
    tabs = source.source == "csv" and path.lower().endswith(".tsv")
    return "tsv" if tabs else source.source


def _kinds(scope: Scope, source: Source) -> list[str]:
    """The kinds of data that a source can be read as, of those that the stages want."""
    needs = [stage.template.data for stage in scope.stages.values() if stage.template and stage.template.data]
    return sorted({need.kind for need in needs if source.source in need.sources})
