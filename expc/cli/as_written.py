"""What was printed in a scratch project in, the same with the paths of those who wrote the files out."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from expc.runner.outcome import header, planned

COPIED = r"/results/(?:trials/(?P<trial>\w+)/work|code/(?P<variant>\w+)|inputs/(?P<input>\w+))/(?P<path>[^\s'\":,;)]+)"
"""Where a project has copies of what is the user's."""

DATA = r"/results/data/(\w+)(?![\w/])"
"""A prepared data set, as a whole."""

LOG = re.compile(r"(?<![\w./-])results/(?=(?:code|data|inputs|images)/[\w.]+\.log\b)")
"""How rules name their logs: from the project."""


def as_written(scratch: Path) -> Callable[[str], str]:
    """`scratch` is a compiled project that is thrown away. Paths of the user's are from the current folder."""
    workflow = json.loads((scratch / "workflow/experiments.json").read_bytes())
    copied, sources = re.compile(re.escape(str(scratch)) + COPIED), _sources(workflow, scratch)
    variants, names = _variants(workflow, scratch), _names(workflow, scratch)
    prepared = re.compile(re.escape(str(scratch)) + DATA)

    def path(match: re.Match[str]) -> str:
        if match["input"]:
            return _input(workflow, scratch, match["input"], match["path"]) or match[0]
        variant = workflow["variants"].get(match["variant"] or variants.get(match["trial"]), {})
        return _code(variant, scratch, match["path"]) or match[0]

    def said(text: str) -> str:
        for found, meant in sources.items():
            text = text.replace(found, meant)
        text = prepared.sub(lambda match: names.get(match[1], match[0]), copied.sub(path, text))
        return LOG.sub(f"{scratch}/results/", text)

    return said


def _sources(workflow: Mapping[str, Any], scratch: Path) -> dict[str, str]:
    """Data and inputs are named from the project; the longest first: one may begin as another does."""
    files = [file["path"] for recipe in workflow["data"].values() for file in recipe["files"].values()]
    files += [path for recipe in workflow.get("inputs", {}).values() if (path := _given(recipe))]
    return {path: _from_here(scratch / path) for path in sorted(files, key=len, reverse=True)}


def _given(recipe: Mapping[str, Any]) -> str | None:
    return recipe.get("file") or recipe.get("folder")


def _variants(workflow: Mapping[str, Any], scratch: Path) -> dict[str, str]:
    """By the trial."""
    return {trial["id"]: trial["variant"] for plan in _plans(workflow, scratch) for trial in planned(plan)}


def _names(workflow: Mapping[str, Any], scratch: Path) -> dict[str, str]:
    """What the specs call their data sets, by id."""
    said = (header(plan)["data"] for plan in _plans(workflow, scratch))
    return {identity: one["name"] for data in said for identity, one in data.items()}


def _plans(workflow: Mapping[str, Any], scratch: Path) -> list[str]:
    plans = (f"{name}.{stated['plan']}.jsonl" for name, stated in workflow["experiments"].items())
    return [str(scratch / "workflow/plans" / plan) for plan in plans]


def _input(workflow: Mapping[str, Any], scratch: Path, identity: str, path: str) -> str | None:
    recipe = workflow.get("inputs", {}).get(identity, {})
    inside = os.path.relpath(path, recipe.get("path", ""))
    given = _given(recipe)
    return _from_here(scratch / given / inside) if given and not inside.startswith("..") else None


def _code(variant: Mapping[str, Any], scratch: Path, path: str) -> str | None:
    """A program's file as it lies in its folder, or the file of a method, which is the slot's in a template."""
    if "folder" in variant:
        here = path in variant["files"] and "revision" not in variant
        return _from_here(scratch / variant["folder"] / path) if here else None
    methods = variant.get("methods", {}).values()
    return next((_from_here(scratch / one["file"]) for one in methods if path == f"{one['slot']}.py"), None)


def _from_here(path: Path) -> str:
    return os.path.relpath(path)
