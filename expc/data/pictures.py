"""A folder of PNG and JPEG files in, images of one size with their labels out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from expc.data.examples import Examples
from expc.data.folders import layout
from expc.data.images import channels_first
from expc.data.problems import broken
from expc.data.tree import tree_hash
from expc.errors import ExpcError

_MODES = {1: "L", 3: "RGB"}
_KEPT = ("L", "RGB", "RGBA", "I;16")
# What has no number for each pixel and channel, or one that nobody trains on.
_DEEP = "16 bits a pixel, of which `channels` would leave black and white; leave `channels` out, or save it with 8 bits"
_READ_AS = {"1": "L", "I": "I;16", "LA": "RGBA", "P": "RGB"}


def read_pictures(entry: Mapping[str, Any], project: Path) -> dict[str, Examples]:
    """The parts of a tree. One error names every file that can't be read, or the first few and how many more.

    Raises if the files are not those that the plan was made of."""
    stated = entry["files"]["path"]
    folder = project / stated["path"]
    parts = layout(folder, stated["path"])
    pictures = _Pictures(entry.get("channels"), entry.get("resize"))
    # Each file is opened once: what was hashed is what is read.
    hashes = {path: pictures.read(folder, path) for found in parts.values() for path, _ in found}
    if tree_hash(folder, sorted(hashes), lambda path: hashes[path.relative_to(folder).as_posix()]) != stated["sha256"]:
        raise ExpcError(f"{stated['path']} has changed since `expc compile`; compile again")
    pictures.check(stated["path"])
    return {part: _examples(f"{stated['path']} ({part})", found, pictures.pixels) for part, found in parts.items()}


class _Pictures:
    """The pixels that were read so far, by path, and what is wrong with the other files."""

    def __init__(self, channels: int | None, size: Sequence[int] | None) -> None:
        self.mode, self.size = _MODES.get(channels or 0), size
        self.pixels: dict[str, NDArray[Any]] = {}
        self.problems: list[str] = []

    def read(self, folder: Path, name: str) -> str:
        """The sha256 of a file whose picture is read."""
        try:
            content = (folder / name).read_bytes()
        except OSError as error:
            raise ExpcError(f"{folder / name} can't be read: {error.strerror}") from error
        try:
            with Image.open(BytesIO(content)) as image:
                if self.mode and image.mode.startswith("I"):
                    self.problems.append(f"{name}: {_DEEP}")
                else:
                    self.pixels[name] = self._as_array(image)
        # Pillow's readers raise all of these on files that are cut short or not what they are called.
        except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
            self.problems.append(f"{name}: not a picture that can be read ({_without_buffer(error)})")
        return hashlib.sha256(content).hexdigest()

    def check(self, name: str) -> None:
        """All must be there, and alike."""
        problems = [f"{name}/{problem}" for problem in self.problems]
        if not problems:
            problems = list(_different(name, self.pixels, "size", "`resize: [height, width]`", _size))
        if not problems:
            problems = list(_different(name, self.pixels, "colours", "`channels: 1` or `channels: 3`", _colours))
        if problems:
            raise broken(problems)

    def _as_array(self, image: Image.Image) -> NDArray[Any]:
        upright = ImageOps.exif_transpose(image)
        mode = self.mode or _READ_AS.get(upright.mode, upright.mode)
        upright = upright.convert(mode if mode in _KEPT else "RGB")
        if self.size is not None:
            height, width = self.size
            upright = upright.resize((width, height), Image.Resampling.BILINEAR)
        return np.asarray(upright)


def _without_buffer(error: Exception) -> str:
    """Pillow names the buffer, whose address says nothing, and is another one each time."""
    return str(error).partition(" <_io.BytesIO")[0].removesuffix(" file") or type(error).__name__


def _size(pixels: NDArray[Any]) -> str:
    return f"{pixels.shape[0]}×{pixels.shape[1]}"


def _colours(pixels: NDArray[Any]) -> str:
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    return f"{channels} channel{'s' if channels > 1 else ''} of {pixels.dtype}"


def _different(
    name: str, pixels: Mapping[str, NDArray[Any]], what: str, remedy: str, of: Callable[[NDArray[Any]], str]
) -> Iterator[str]:
    """A line for each picture that is not like most."""
    counted = Counter(map(of, pixels.values()))
    (most, number), *_ = counted.most_common()
    for path, found in pixels.items():
        if of(found) != most:
            yield f"{name}/{path}: {what} {of(found)}, and {number} others have {most}; make them alike with {remedy}"


def _examples(file: str, found: Iterable[tuple[str, str]], pixels: Mapping[str, NDArray[Any]]) -> Examples:
    pairs = list(found)
    stacked = np.stack([pixels[path] for path, _ in pairs])
    if stacked.ndim == 4:  # channels last, whatever the size: a picture of three rows is no exception
        stacked = stacked.transpose(0, 3, 1, 2)
    return Examples(file, channels_first(stacked, file), np.array([label for _, label in pairs], dtype=object))
