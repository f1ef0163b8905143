"""What was printed in a scratch project in, the same with the paths of those who wrote the files out."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from expc.runner.outcome import planned

COPIED = r"/results/(?:trials/(?P<trial>\w+)/work|code/(?P<variant>\w+)|inputs/(?P<input>\w+))/(?P<path>[^\s'\":,;)]+)"
"""Where a project has copies of what is the user's."""

LOG = re.compile(r"(?<![\w./-])results/(?=(?:code|data|inputs|images)/[\w.]+\.log\b)")
"""How rules name their logs: from the project."""


def as_written(scratch: Path) -> Callable[[str], str]:
    """`scratch` is a compiled project that is thrown away. Paths of the user's are from the current folder."""
    workflow = json.loads((scratch / "workflow/experiments.json").read_bytes())
    copied, sources = re.compile(re.escape(str(scratch)) + COPIED), _sources(workflow, scratch)
    variants = _variants(workflow, scratch)

    def path(match: re.Match[str]) -> str:
        if match["input"]:
            return _input(workflow, scratch, match["input"], match["path"]) or match[0]
        variant = workflow["variants"].get(match["variant"] or variants.get(match["trial"]), {})
        return _code(variant, scratch, match["path"]) or match[0]

    def said(text: str) -> str:
        for found, meant in sources.items():
            text = text.replace(found, meant)
        return LOG.sub(f"{scratch}/results/", copied.sub(path, text))

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
    plans = (f"{name}.{stated['plan']}.jsonl" for name, stated in workflow["experiments"].items())
    trials = (trial for plan in plans for trial in planned(str(scratch / "workflow/plans" / plan)))
    return {trial["id"]: trial["variant"] for trial in trials}


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
