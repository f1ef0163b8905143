"""A site file's path in, the cluster that it describes out: as plain values, durations in seconds, sizes in MiB."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from expc.compiler.reading.grammar import parse_duration, parse_size
from expc.compiler.reading.load import Document, read
from expc.compiler.reading.nodes import Pointer
from expc.compiler.reading.schema import schema
from expc.compiler.reading.validate import validate
from expc.errors import Diagnostic, SpecError

FILE = "site.json"
"""The name of the site in `workflow/`, as the rules read it."""


@dataclass(frozen=True)
class Site:
    """A cluster. `values` is what `workflow/site.json` holds."""

    values: Mapping[str, Any]
    document: Document = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        return str(self.values["name"])

    @property
    def partitions(self) -> list[Mapping[str, Any]]:
        return list(self.values["partitions"])

    def diagnostic(self, code: str, pointer: Pointer, message: str, hint: str = "", *, key: bool = False) -> Diagnostic:
        return self.document.diagnostic(code, pointer, message, hint, key=key)

    def text(self) -> bytes:
        return (json.dumps(self.values, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def load_site(path: str, project: Path) -> Site:
    """Raises SpecError with everything that is wrong with the file."""
    document = read(path, kind="site file")
    if problems := [*document.findings, *validate(document, "site")]:
        raise SpecError(problems)
    return Site({"file": os.path.relpath(path, project), **_values(document.value)}, document)


def _values(written: Mapping[str, Any]) -> dict[str, Any]:
    """What is written, with the defaults that the schema states."""
    whole = {**_defaults(schema("site")), **written}
    jobs = {**_defaults(schema("site")["properties"]["jobs"]), **written.get("jobs", {})}
    return {
        **whole,
        "jobs": {**jobs, "target": parse_duration(jobs["target"]), "shortest": parse_duration(jobs["shortest"])},
        "partitions": [_partition(name, found) for name, found in written["partitions"].items()],
    }


def _partition(name: str, written: Mapping[str, Any]) -> dict[str, Any]:
    """GPUs as a mapping; those of a cluster without types have the empty one."""
    found = {"name": name, **_defaults(schema("site")["properties"]["partitions"]["additionalProperties"]), **written}
    found["time"] = parse_duration(written["time"])
    if "memory" in written:
        found["memory"] = parse_size(written["memory"])
    gpus = written.get("gpus", {})
    found["gpus"] = gpus if isinstance(gpus, Mapping) else {"": gpus}
    return found


def _defaults(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: stated["default"] for name, stated in part["properties"].items() if "default" in stated}
