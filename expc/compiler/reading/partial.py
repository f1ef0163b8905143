"""A document with errors of shape in, the part of it that is sound out, and what can be said of that part alone.

So that a spec with several mistakes is mended in one round, and not in two; and without noise: nothing is said that
hangs on what is broken, or was meant by it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from expc.compiler.reading.load import Document
from expc.compiler.reading.nodes import Pointer
from expc.compiler.reading.validate import shape_findings
from expc.compiler.reading.wording import Finding

HANGS_ON: Mapping[str, tuple[str, ...]] = {
    "E301": ("task", "stages", "metrics"),
    "E302": ("task", "stages", "methods", "inputs"),
    "E303": ("task", "stages", "factors", "ablation", "data", "evaluate"),
    "E304": ("stages", "factors", "ablation"),
    "E305": ("task", "stages", "data"),
    "E306": ("task", "stages"),
    "E310": ("task", "stages", "methods", "data"),
    "E319": ("task", "stages", "params", "factors", "ablation", "overrides", "derive", "from", "inputs", "files"),
    "E361": (),
    "E379": ("task", "stages", "methods"),
}
"""Code -> the keys at the top of a spec that it looks at, beside the place of what it finds."""

GIVEN: Mapping[str, Any] = {"expc": 1, "name": "unnamed"}
"""What stands in for keys at the top that are missing and decide nothing else."""

ROUNDS = 20
"""What is taken out may leave a hole around it, which is taken out then."""


@dataclass(frozen=True)
class Sound:
    """`broken` are keys at the top, also those that were meant by misspelt ones."""

    document: Document
    broken: frozenset[str]

    def tells(self, code: str, pointer: Pointer) -> bool:
        """Whether a finding of this code at this place hangs on nothing that is broken."""
        return code in HANGS_ON and self.broken.isdisjoint((*HANGS_ON[code], *map(str, pointer[:1])))


def sound(document: Document) -> Sound | None:
    """None if too little is left of it, or nobody knows what."""
    if document.findings:
        return None
    value, broken = copy.deepcopy(document.value), set[str]()
    for _ in range(ROUNDS):
        findings = list(shape_findings(value))
        if not findings:
            return Sound(replace(document, value=value), frozenset(broken))
        if any(not _mendable(finding) for finding in findings):
            return None
        for finding in findings:
            broken |= _meant(finding)
            _take_out(value, finding)
    return None


def _mendable(finding: Finding) -> bool:
    return bool(finding.pointer) or finding.missing in GIVEN


def _meant(finding: Finding) -> set[str]:
    """The key at the top where something is broken; of an unknown one also that which was probably meant."""
    if not finding.pointer:
        return set()
    names = re.findall(r"did you mean '([a-z_]+)'|`([a-z_]+)", finding.hint) if len(finding.pointer) == 1 else []
    return {str(finding.pointer[0]), *(name for pair in names for name in pair if name)}


def _take_out(value: dict[str, Any], finding: Finding) -> None:
    if not finding.pointer:
        value[finding.missing] = GIVEN[finding.missing]
        return
    *around, last = _without_items(finding.pointer)
    inside: Any = value
    for step in around:
        inside = inside.get(step) if isinstance(inside, dict) else None
    if isinstance(inside, dict):  # else it went with what is around it
        inside.pop(last, None)


def _without_items(pointer: Pointer) -> Iterable[Any]:
    """The place of the whole list where an item of one is meant: the other items' places must stay."""
    first = next((place for place, step in enumerate(pointer) if isinstance(step, int)), len(pointer))
    return pointer[:first]
