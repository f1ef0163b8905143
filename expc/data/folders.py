"""A folder of pictures in, which of them are of which part and class out. Opens no picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from expc.data.tree import files_in
from expc.errors import ExpcError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".pgm")

# What the folder of a part may be called.
PART_OF: Mapping[str, str] = {
    "train": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
}

Layout: TypeAlias = Mapping[str, tuple[tuple[str, str], ...]]
"""Part -> the pictures of it, each with its label, sorted by name."""

_FORM = "put each picture into a folder that has the name of its class: {0}/rose/1.png, or {0}/train/rose/1.png"


def layout(folder: Path, name: str) -> Layout:
    """The parts that a tree holds: those that its folders are called by, or, of a tree of classes, `train` alone."""
    names = [tuple(path.split("/")) for path in files_in(folder)]
    split = any(PART_OF.get(steps[0]) == "train" and len(steps) > 2 for steps in names)
    found: dict[str, list[tuple[str, str]]] = {}
    called: dict[str, str] = {}
    for steps in names:
        _check_place(steps, name, split=split)
        part = PART_OF[steps[0]] if split else "train"
        if split and called.setdefault(part, steps[0]) != steps[0]:
            raise ExpcError(f"{name} holds both {called[part]}/ and {steps[0]}/, which mean the same; keep one")
        found.setdefault(part, []).append(("/".join(steps), steps[1 if split else 0]))
    if not found:
        raise ExpcError(f"{name} holds no pictures; {_FORM.format(name)}")
    return {part: tuple(pictures) for part, pictures in found.items()}


def strange_classes(found: Layout) -> list[tuple[str, str]]:
    """(part, label) of each class that the training data don't have."""
    known = {label for _, label in found["train"]}
    return [
        (part, label) for part, pictures in found.items() for label in sorted({label for _, label in pictures} - known)
    ]


def _check_place(steps: tuple[str, ...], name: str, *, split: bool) -> None:
    path = f"{name}/{'/'.join(steps)}"
    if not steps[-1].lower().endswith(SUFFIXES):
        raise ExpcError(f"{path} is no picture; move it away (pictures end in {', '.join(SUFFIXES)})")
    if split and steps[0] not in PART_OF:
        parts = "train, validation and test"
        raise ExpcError(f"{path} is in none of the folders {parts}, and {name} has one called train; move it")
    if len(steps) < (3 if split else 2):
        raise ExpcError(f"{path} is in no class's folder; {_FORM.format(name)}")
