"""The names of the arrays in an npz file in, which of them make which part out. Reads no array."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import BinaryIO

from expc.errors import ExpcError

COLUMNS: Mapping[str, str] = {"image": "x", "label": "y"}
PARTS = ("train", "validation", "test")


def array_names(file: Path | BinaryIO, name: str) -> tuple[str, ...]:
    """The names of the arrays that an npz file holds."""
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(file) as archive:
            return tuple(entry.removesuffix(".npy") for entry in archive.namelist() if entry.endswith(".npy"))
    except BadZipFile as error:
        raise ExpcError(f"{name} is not an npz file; write it with numpy.savez") from error


def layout(part: str, names: Collection[str], columns: Mapping[str, str], name: str) -> dict[str, tuple[str, str]]:
    """The image and label arrays of each part that a file holds.

    The file of a part holds x and y. A file for all holds x and y, which are then split, or x_train, y_train and
    so on. `columns` gives other names than x and y."""
    image, label = columns["image"], columns["label"]
    suffixed = {each: (f"{image}_{each}", f"{label}_{each}") for each in PARTS if f"{image}_{each}" in names}
    if part != "file":
        found = {part: (image, label)}
    elif image in names and suffixed:
        raise ExpcError(f"{name} holds both {image} and {image}_{next(iter(suffixed))}; keep one or the other")
    elif suffixed:
        found = {"train": (f"{image}_train", f"{label}_train"), **suffixed}
    else:
        found = {"train": (image, label)}
    missing = [array for pair in found.values() for array in pair if array not in names]
    if missing:
        raise ExpcError(
            f"{name} holds no array {missing[0]!r}; it holds {', '.join(names) or 'none'}: "
            "say which it is with `columns: {image: …, label: …}`"
        )
    return found
